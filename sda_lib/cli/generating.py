"""New sounds from a model, where they come from, and what can be asked of them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sda_lib.cli.arguments import EXPORTS, ModelFile, Source, file_name, free, open_model
from sda_lib.cli.terminal import print_json
from sda_lib.errors import SdaError

if TYPE_CHECKING:
    from sda_lib.models.bundle import SdaModel
    from sda_lib.models.codes import Codes
    from sda_lib.studio.generate import GenerateOptions, Sound


def generate(
    model: Path,
    count: Annotated[int, typer.Option("-n", "--count", help="How many sounds.", min=1)] = 4,
    seconds: Annotated[float, typer.Option(help="Length of each, or of what goes on; 0.1 to 300.", min=0.05)] = 4.0,
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
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the sounds.")] = EXPORTS,
    name: Annotated[str, typer.Option(help="File name; {model}, {seed} and {index} are filled in.")] = "{model}_{seed}",
    suffix: Annotated[str, typer.Option("--format", help="wav or flac.")] = "wav",
    report: Annotated[bool, typer.Option("--report", help="Say how much of each stands in the recordings.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files of that name.")] = False,
) -> None:
    """Make new sounds with a model, as 24-bit files with the recipe of each in its tags.

    With --from FILE the sound goes on for the seconds; --regenerate writes a part of it anew; --levels alone varies it;
    --morph-with FILE alternates between two sounds.
    """
    from sda_lib.models.contour import contour_of
    from sda_lib.models.controls import checked
    from sda_lib.studio.generate import GenerateOptions, composed

    file_name(name, "model", 0, 0)
    first = GenerateOptions(
        seconds=seconds,
        seed=seed,
        writer=writer,
        novelty=novelty,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        level_temperatures=_by_level(level_temperature or []),
        controls=checked(dict(map(_pair, control or []))),
        sliders=dict(map(_pair, slider or [])),
        contour=contour_of(contour) if contour else (),
        regenerate=_stretch(regenerate) if regenerate else None,
        levels=_levels(levels) if levels else None,
        source_amount=source,
        quality="export",
    )
    instrument = open_model(model)
    sound, other = (None if file is None else heard(instrument, file) for file in (given, morph_with))
    for index in range(count):
        options = dataclasses.replace(first, seed=seed + index)
        stem = file_name(name, instrument.name, options.seed, index)
        path = free(out / f"{stem}.{suffix.lstrip('.')}", force)
        written = composed(instrument, options, sound, other)
        print(_export(instrument, options, written, sound, path))
        if report:
            _say_originality(instrument, written)


def trace(
    file: Path,
    model: ModelFile,
    json: Annotated[bool, typer.Option("--json", help="Print plain JSON.")] = False,
    picture: Annotated[Path | None, typer.Option("--picture", help="Draw it: .png, .svg or .pdf.")] = None,
) -> None:
    """Say which recordings a sound is nearest to over time, and how much of it is a copy of them."""
    from sda_lib.studio import pictures
    from sda_lib.studio.trace import originality, trace

    instrument = open_model(model)
    sound = heard(instrument, file)
    stretches = trace(instrument, sound)
    if picture:
        pictures.save(pictures.provenance(stretches, file.stem), picture)
    if json:
        found = {"stretches": [dataclasses.asdict(one) for one in stretches]}
        own = {"originality": dataclasses.asdict(originality(instrument, sound))} if instrument.discrete else {}
        return print_json({**found, **own})
    print("   from      to  distance  recording")
    for one in stretches:
        print(f"{one.begin:7.2f} {one.end:7.2f}  {one.distance:8.2f}  {one.file} at {one.position:.2f} s")
    _say_originality(instrument, sound)
    if picture:
        print(picture)


def controls(model: Path, json: Annotated[bool, typer.Option("--json", help="Print plain JSON.")] = False) -> None:
    """Say which controls act in a model, by writing some sounds with each (takes about half a minute)."""
    from sda_lib.models.controls import CONTROLS
    from sda_lib.studio.obedience import obedience

    found = obedience(open_model(model))
    if json:
        return print_json({name: dataclasses.asdict(one) for name, one in found.items()})
    for name, one in found.items():
        print(f"{name:11s} {one.why_hidden or f'acts (rank correlation {one.rho:.2f}): {CONTROLS[name]}'}")


def _export(model: SdaModel, options: GenerateOptions, written: Sound, given: Sound | None, path: Path) -> Path:
    """A sound as a file, made and written stretch by stretch, with its options in the tags."""
    from sda_lib.sound import export
    from sda_lib.studio.generate import blocks, is_cut

    stream = export.Stream(
        lambda: blocks(model, options, written, is_cut(options, given)),
        written.samples,
        model.sample_rate,
        model.recipe.audio.channels,
    )
    return export.write_stream(stream, path, tags={"title": path.stem, "model": model.name, **tags_of(options)})


def tags_of(options: GenerateOptions) -> dict[str, object]:
    """Every option as a tag, but for those that ask for nothing."""
    return {name: value for name, value in dataclasses.asdict(options).items() if value not in (None, "", (), {})}


def encoded(model: SdaModel, file: Path) -> Codes:
    """The codes of a sound file of any length."""
    from sda_lib.sound.stream import read_blocks

    return model.encode_stream(read_blocks(file, model.sample_rate, model.recipe.audio.channels))


def heard(model: SdaModel, file: Path) -> Sound:
    """The codes of a sound file of any length, or its latents where there are none."""
    from sda_lib.sound.stream import read_blocks

    blocks = read_blocks(file, model.sample_rate, model.recipe.audio.channels)
    return model.encode_stream(blocks) if model.discrete else model.hear(blocks)


def _say_originality(model: SdaModel, sound: Sound) -> None:
    from sda_lib.studio.trace import originality, trace

    if not model.discrete:
        frames = [(one.end - one.begin, one.distance) for one in trace(model, sound)]
        distance = sum(length * far for length, far in frames) / sum(length for length, _ in frames)
        return print(f"Distance {distance:.2f} from the recordings (0 a copy, 1 as from one to the next).")
    own = originality(model, sound)
    print(
        f"Longest passage shared with a recording: {own.longest:.2f} s ({own.file}); {own.share:.0%} of all passages "
        f"of 8 frames stand in the recordings; distance {own.distance:.2f} (0 a copy, 1 as from one to the next)."
    )
    if own.warning:
        print(own.warning)


def _pair(text: str) -> tuple[str, float]:
    name, equals, amount = text.partition("=")
    try:
        return name.strip(), float(amount if equals else "none")
    except ValueError as error:
        raise SdaError(f"{text!r} should read name=number, e.g. density=0.7.") from error


def _by_level(texts: list[str]) -> tuple[float, ...]:
    """['2=0.5'] as (0, 0, 0.5). Raises SdaError."""
    pairs = dict(map(_pair, texts))
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
    """'2-' as (2, None), '0-3' as (0, 4), '5' as (5, 6). Raises SdaError."""
    first, dash, last = text.partition("-")
    try:
        return int(first), (int(last) + 1 if last else None) if dash else int(first) + 1
    except ValueError as error:
        raise SdaError(f"--levels {text} should read like 2- or 0-3; level 0 is the coarsest.") from error
