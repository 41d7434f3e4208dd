"""`sda generate`: new sounds from a model."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sda_lib.cli import arguments as args
from sda_lib.cli.delivery import finishing, pairs
from sda_lib.cli.flags import Flag, filled, flag, with_flags
from sda_lib.cli.preset_option import PresetName, with_preset
from sda_lib.cli.terminal import print, print_result, quiet
from sda_lib.cli.tracing import print_originality
from sda_lib.cluster.cluster import LOCAL, open_cluster
from sda_lib.errors import SdaError, explained_as
from sda_lib.export.finish import Finish
from sda_lib.writers.options import GenerateOptions, parse_seconds

if TYPE_CHECKING:
    from sda_lib.batch.batch import Batch, BatchItem
    from sda_lib.batch.workers import WorkerPool

# Number of sounds from which on a list and a picture of them are always made.
MANY = 8
# Largest number of sounds in a picture.
PICTURED = 400


def _by_level(texts: Sequence[str]) -> tuple[float, ...]:
    """Parse ['2=0.5'] to (0, 0, 0.5). Raises SdaError."""
    amounts = pairs(texts)
    if not all(name.isdigit() and int(name) < 1000 for name in amounts):
        raise SdaError("--level-temperature reads LEVEL=TEMPERATURE, e.g. 2=0.5.")
    wanted = {int(name): amount for name, amount in amounts.items()}
    return tuple(wanted.get(level, 0.0) for level in range(max(wanted, default=-1) + 1))


def _contour(text: str) -> tuple[tuple[float, float], ...]:
    from sda_lib.writers.loudness_contour import contour_of

    return contour_of(text)


def _curves(texts: Sequence[str]) -> dict[str, Any]:
    from sda_lib.writers.slider_curves import curves_of

    return curves_of(texts)


def _span(text: str) -> tuple[float, float]:
    first, _, end = text.partition(":")
    with explained_as(f"{text!r} should read FROM:TO in seconds, e.g. 1.2:2.0."):
        return float(first), float(end)


def _levels(text: str) -> tuple[int, int | None]:
    """Parse '2-' to (2, None), '0-3' to (0, 4), '5' to (5, 6). Raises SdaError."""
    first, dash, last = text.partition("-")
    with explained_as(f"--levels {text} should read like 2- or 0-3; level 0 (Structure 1) is the coarsest."):
        return int(first), (int(last) + 1 if last else None) if dash else int(first) + 1


FLAGS = {
    name: Flag(GenerateOptions, field, kind, parse, note=note, checked=parse is None and kind is not str, panel="Sound")
    for name, field, kind, parse, note in (
        ("seconds", "seconds", str, parse_seconds, "Default: auto."),
        ("seed", "seed", int, None, "Each further sound adds 1."),
        ("novelty", "novelty", float, None, ""),
        ("temperature", "temperature", float, None, ""),
        ("top_k", "top_k", int, None, ""),
        ("top_p", "top_p", float, None, ""),
        ("level_temperature", "level_temperatures", list[str], _by_level, "LEVEL=T, e.g. 2=0.5 (repeatable)."),
        ("control", "controls", list[str], pairs, "E.g. density=0.7 (repeatable)."),
        ("slider", "sliders", list[str], pairs, "E.g. warmth=1.5 (repeatable); see `sda sliders`."),
        ("curve", "curves", list[str], _curves, "E.g. warmth=0:-1,1:2 (repeatable)."),
        ("contour", "contour", str, _contour, "Or a name: swell, fade, arch, dip, waves."),
        ("varispeed", "varispeed", float, None, "12 is an octave higher."),
        ("varispeed_spread", "varispeed_spread", float, None, "E.g. 3: from 3 below to 3 above."),
        ("writer", "writer", str, None, ""),
        ("recordings", "recordings", list[str], tuple, "E.g. drums or 'drums/*' (repeatable); see `sda info`."),
        ("strictness", "strictness", float, None, "With --recordings."),
        ("regenerate", "regenerate", str, _span, "E.g. 1.2:2.0, with --from."),
        ("part", "part", str, _span, "E.g. 1800:1830, of a sound of an hour."),
        ("levels", "levels", str, _levels, "E.g. 2- or 0-3, with --from; the others stay."),
        ("source", "source_amount", float, None, ""),
    )
}


def options_of_flags(**given: Any) -> GenerateOptions:
    """Return generation options from the values of FLAGS. Raises SdaError."""
    return GenerateOptions(**filled(GenerateOptions, FLAGS, given), quality="export")


@finishing
@with_flags("options", FLAGS, options_of_flags)
def generate(
    context: typer.Context,
    model: args.Model,
    count: args.Count = 4,
    given: Annotated[
        Path | None, flag("A sound to continue, or to regenerate in part.", "--continue-from", "--from")
    ] = None,
    morph_with: Annotated[Path | None, flag("A second sound: the new one alternates between both.")] = None,
    out: args.OutFolder = None,
    name: Annotated[
        str, flag("File name; {model}, {seed}, {index} and what varies are filled in, e.g. {seed:04d}.")
    ] = "{model}_{seed}",
    suffix: args.Format = "",
    vary: Annotated[
        str, flag("What differs from sound to sound, e.g. brightness=-1:1,azimuth=-90:90,reverb=0:0.5.")
    ] = "",
    workers: Annotated[int | None, flag("Processes; default: one per core, from 8 sounds on.")] = None,
    scheduler: args.Scheduler = "",
    listed: Annotated[
        bool | None, flag("Write manifest.csv and .json; default: from 8 sounds on.", "--list/--no-list")
    ] = None,
    pictured: Annotated[
        bool | None, flag("Write contact_sheet.png; default: from 8 sounds on.", "--sheet/--no-sheet")
    ] = None,
    preset: PresetName = "",
    report: Annotated[bool, flag("Print how much of each is copied from recordings.", "--report")] = False,
    force: args.Force = False,
    *,
    options: GenerateOptions,
    finish: Finish,
) -> None:
    """Generate sounds with a model; the tags of each say how it was made (`sda render` makes it again).

    A file that the same command has made before is kept, so that a stopped batch can be continued.

    With --from FILE the sound is continued for the seconds; --regenerate rewrites a part of it; --levels alone varies
    it; --morph-with FILE alternates between two sounds.
    """
    from sda_lib.model.header import read_header

    read_header(model)  # reports a faulty file before workers start
    folder = args.out_folder(out)
    with _workers(model, count, workers, scheduler) as pool:  # they load the model while it is loaded here
        from sda_lib.batch.batch import Batch, FileNaming
        from sda_lib.batch.vary import parse_variations

        opened = args.open_model(model)
        varied = parse_variations(vary, [] if opened.sliders is None else [card.name for card in opened.sliders.shown])
        sound, other = (None if file is None else args.load_sound(opened, file) for file in (given, morph_with))
        batch = Batch(opened, sound, other)
        settings = with_preset(opened, preset, context, FLAGS, (options, finish))
        naming = FileNaming(folder, name, args.suffix_of(suffix), opened.name, varied)
        items = (naming.item(settings, index) for index in range(count))
        made = _make(batch, items, force, pool, report, only_workers=scheduler not in ("", LOCAL))
    if count >= MANY if listed is None else listed:
        _list(batch, folder, made)
    if count >= MANY if pictured is None else pictured:
        _picture(folder, made)


@contextlib.contextmanager
def _workers(model: Path, count: int, wanted: int | None, scheduler: str) -> Iterator[WorkerPool | None]:
    """Start processes that help this one, or give the model to the workers of a scheduler; None for few sounds.

    With a cluster on this computer, this process makes sounds as well.
    """
    from sda_lib.batch.workers import start_workers, workers_for

    if not scheduler:
        with start_workers(model, workers_for(count, wanted) - 1) as pool:
            yield pool
        return
    with open_cluster(max(1, min(count, wanted or os.cpu_count() or 1) - 1), scheduler) as cluster:
        from sda_lib.batch.cluster_workers import cluster_workers

        with cluster_workers(cluster, model) as tasks:
            yield tasks


def _make(
    batch: Batch, items: Iterator[BatchItem], force: bool, pool: WorkerPool | None, report: bool, only_workers: bool
) -> list[BatchItem]:
    """Generate and write the sounds, print each path, and return the items in order."""
    from sda_lib.batch.batch import compose_item, resolve_paths, run_batch

    made = []
    for done in run_batch(batch, resolve_paths(batch, items, force), pool, only_workers):
        made.append(done)
        print_result(f"{done.path}{' (was there)' if done.existed and not quiet.get() else ''}")
        if report:
            print_originality(batch.model, compose_item(batch, done), done.options)
    return sorted(made, key=lambda item: item.options.seed)


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
