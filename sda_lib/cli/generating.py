"""`sda generate`: new sounds from a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sda_lib.cli.arguments import (
    Format,
    Model,
    OutFolder,
    Seconds,
    Source,
    load_sound,
    open_model,
    out_folder,
    suffix_of,
)
from sda_lib.cli.finishing import finishing, pair
from sda_lib.cli.terminal import print_result, quiet
from sda_lib.cli.tracing import print_originality
from sda_lib.errors import SdaError

if TYPE_CHECKING:
    from sda_lib.batch.batch import Batch, BatchItem
    from sda_lib.batch.workers import WorkerPool
    from sda_lib.export.finishing import Finish

# Number of sounds from which on a list and a picture of them are always made.
MANY = 8
# Largest number of sounds in a picture.
PICTURED = 400


@finishing
def generate(
    model: Model,
    count: Annotated[int, typer.Option("-n", "--count", help="How many sounds.", min=1)] = 4,
    seconds: Seconds = "auto",
    seed: Annotated[int, typer.Option(help="The first sound's seed; the next ones count on.")] = 0,
    novelty: Annotated[float, typer.Option(help="0 stays close to the recordings, 1 goes far.", min=0, max=1)] = 0.5,
    temperature: Annotated[float, typer.Option(help="How daring each choice is.", min=0)] = 0.5,
    top_k: Annotated[int, typer.Option("--top-k", help="Among how many places a turn is chosen.", min=1)] = 48,
    top_p: Annotated[float, typer.Option("--top-p", help="Of these, the likeliest with this share.", min=0)] = 1.0,
    level_temperature: Annotated[
        list[str] | None, typer.Option("--level-temperature", help="LEVEL=T: how far its codes stray (repeatable).")
    ] = None,
    control: Annotated[
        list[str] | None,
        typer.Option(
            "--control", help="E.g. density=0.7: density, pulse, brightness, loudness, pitch, 0 to 1 (repeatable)."
        ),
    ] = None,
    slider: Annotated[
        list[str] | None, typer.Option("--slider", help="E.g. warmth=1.5, in steps (repeatable); see `sda sliders`.")
    ] = None,
    contour: Annotated[
        str, typer.Option(help="Loudness over time: swell, fade, arch, dip, waves, or TIME:LEVEL,… of 0 to 1.")
    ] = "",
    writer: Annotated[
        str, typer.Option(help="walk, hybrid (a walk that the prior steers) or prior; see the README.")
    ] = "",
    given: Annotated[
        Path | None, typer.Option("--continue-from", "--from", help="A sound to go on with, or to write anew in part.")
    ] = None,
    morph_with: Annotated[
        Path | None, typer.Option("--morph-with", help="A second sound: what comes alternates between both.")
    ] = None,
    regenerate: Annotated[str, typer.Option(help="Seconds of that sound to write anew, e.g. 1.2:2.0.")] = "",
    levels: Annotated[str, typer.Option(help="Levels of it to write anew, e.g. 2- or 0-3; the others stay.")] = "",
    source: Source = 1.0,
    out: OutFolder = None,
    name: Annotated[
        str, typer.Option(help="File name; {model}, {seed}, {index} and what varies are filled in, e.g. {seed:04d}.")
    ] = "{model}_{seed}",
    suffix: Format = "",
    vary: Annotated[
        str, typer.Option(help="What differs from sound to sound, e.g. brightness=-1:1,azimuth=-90:90,reverb=0:0.5.")
    ] = "",
    workers: Annotated[int | None, typer.Option(help="Processes; default: one per core, for 8 sounds or more.")] = None,
    listed: Annotated[
        bool | None, typer.Option("--list/--no-list", help="manifest.csv and .json; default: for 8 sounds or more.")
    ] = None,
    pictured: Annotated[
        bool | None, typer.Option("--sheet/--no-sheet", help="contact_sheet.png; default: for 8 sounds or more.")
    ] = None,
    report: Annotated[bool, typer.Option("--report", help="Say how much of each stands in the recordings.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files of that name.")] = False,
    *,
    finish: Finish,
) -> None:
    """Make new sounds with a model; the tags of each say how it was made (`sda render` makes it again).

    A file that the same command has made before is left as it is, so that a batch that was stopped goes on.

    With --from FILE the sound goes on for the seconds; --regenerate writes a part of it anew; --levels alone varies it;
    --morph-with FILE alternates between two sounds.
    """
    from sda_lib.batch.workers import start_workers, workers_for
    from sda_lib.model.header import peek

    peek(model)
    folder = out_folder(out)
    with start_workers(
        model, workers_for(count, workers) - 1
    ) as pool:  # workers load the model while it is loaded here
        from sda_lib.batch.batch import Batch, FileNaming
        from sda_lib.batch.vary import parse_variations
        from sda_lib.controls.controls import valid_controls
        from sda_lib.writers.loudness_contour import contour_of
        from sda_lib.writers.options import GenerateOptions, parse_seconds

        first = GenerateOptions(
            seconds=parse_seconds(seconds),
            seed=seed,
            writer=writer,
            novelty=novelty,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            level_temperatures=_by_level(level_temperature or []),
            controls=valid_controls(dict(map(pair, control or []))),
            sliders=dict(map(pair, slider or [])),
            contour=contour_of(contour) if contour else (),
            regenerate=_stretch(regenerate) if regenerate else None,
            levels=_levels(levels) if levels else None,
            source_amount=source,
            quality="export",
        )
        instrument = open_model(model)
        varied = parse_variations(
            vary, [] if instrument.sliders is None else [card.name for card in instrument.sliders.shown]
        )
        sound, other = (None if file is None else load_sound(instrument, file) for file in (given, morph_with))
        batch = Batch(instrument, sound, other)
        naming = FileNaming(folder, name, suffix_of(suffix), instrument.name, varied)
        items = (naming.item((first, finish), index) for index in range(count))
        made = _make(batch, items, force, pool, report)
    if count >= MANY if listed is None else listed:
        _list(batch, folder, made)
    if count >= MANY if pictured is None else pictured:
        _picture(folder, made)


def _make(
    batch: Batch, items: Iterator[BatchItem], force: bool, pool: WorkerPool | None, report: bool
) -> list[BatchItem]:
    """Make the sounds, print where each is, and return the orders that were made, in order."""
    from sda_lib.batch.batch import compose_item, resolve_paths, run_batch

    places: list[BatchItem] = []

    def seen(pairs: Iterator[tuple[BatchItem, bool]]) -> Iterator[tuple[BatchItem, bool]]:
        for item, there in pairs:
            places.append(item)
            yield item, there

    for one in run_batch(batch, seen(resolve_paths(batch, items, force)), pool):
        print_result(f"{one.item.path}{' (was there)' if one.existed and not quiet.get() else ''}")
        if report:
            print_originality(batch.model, compose_item(batch, one.item))
    return places


def _list(batch: Batch, folder: Path, items: Sequence[BatchItem]) -> None:
    from sda_lib.batch.batch import manifest_row
    from sda_lib.batch.manifest import update_manifest

    for path in update_manifest(folder, [manifest_row(batch, item) for item in items]):
        print(path)


def _picture(folder: Path, items: Sequence[BatchItem]) -> None:
    from sda_lib.audio.clip import read_clip
    from sda_lib.maps import figures

    sounds = ((item.path.stem, read_clip(item.path)) for item in items[:PICTURED])
    print(figures.save_figure(figures.thumbnails(sounds), folder / "contact_sheet.png"))


def _by_level(texts: list[str]) -> tuple[float, ...]:
    """Parse ['2=0.5'] to (0, 0, 0.5). Raises SdaError."""
    pairs = dict(map(pair, texts))
    if not all(name.isdigit() and int(name) < 1000 for name in pairs):
        raise SdaError("--level-temperature reads LEVEL=TEMPERATURE, e.g. 2=0.5.")
    wanted = {int(name): amount for name, amount in pairs.items()}
    return tuple(wanted.get(level, 0.0) for level in range(max(wanted, default=-1) + 1))


def _stretch(text: str) -> tuple[float, float]:
    first, _, end = text.partition(":")
    try:
        return float(first), float(end)
    except ValueError as error:
        raise SdaError(f"--regenerate {text} should read FROM:TO in seconds, e.g. 1.2:2.0.") from error


def _levels(text: str) -> tuple[int, int | None]:
    """Parse '2-' to (2, None), '0-3' to (0, 4), '5' to (5, 6). Raises SdaError."""
    first, dash, last = text.partition("-")
    try:
        return int(first), (int(last) + 1 if last else None) if dash else int(first) + 1
    except ValueError as error:
        raise SdaError(f"--levels {text} should read like 2- or 0-3; level 0 is the coarsest.") from error
