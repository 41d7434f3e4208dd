"""Commands that trace the origin of sounds and check a model's controls."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sda_lib.cli.arguments import Json, Model, ModelFile, load_sound, open_model
from sda_lib.cli.terminal import print_json

if TYPE_CHECKING:
    from sda_lib.model.model import SdaModel
    from sda_lib.writers.options import Sound


def trace(
    file: Path,
    model: ModelFile,
    json: Json = False,
    picture: Annotated[Path | None, typer.Option("--picture", help="Draw it: .png, .svg or .pdf.")] = None,
) -> None:
    """Say which recordings a sound is nearest to over time, and how much of it is a copy of them."""
    from sda_lib.maps import figures
    from sda_lib.writers.provenance import originality, trace

    instrument = open_model(model)
    sound = load_sound(instrument, file)
    stretches = trace(instrument, sound)
    if picture:
        figures.save_figure(figures.provenance_figure(stretches, file.stem), picture)
    if json:
        found = {"stretches": [dataclasses.asdict(one) for one in stretches]}
        own = {"originality": dataclasses.asdict(originality(instrument, sound))} if instrument.discrete else {}
        return print_json({**found, **own})
    print("   from      to  distance  recording")
    for one in stretches:
        print(f"{one.begin:7.2f} {one.end:7.2f}  {one.distance:8.2f}  {one.file} at {one.position:.2f} s")
    print_originality(instrument, sound)
    if picture:
        print(picture)


def controls(model: Model, json: Json = False) -> None:
    """Say which controls act in a model, by writing some sounds with each (takes about half a minute)."""
    from sda_lib.controls.names import CONTROLS
    from sda_lib.writers.control_check import check_controls

    found = check_controls(open_model(model))
    if json:
        return print_json({name: dataclasses.asdict(one) for name, one in found.items()})
    for name, one in found.items():
        print(f"{name:11s} {one.why_hidden or f'acts (rank correlation {one.rho:.2f}): {CONTROLS[name]}'}")


def print_originality(model: SdaModel, sound: Sound) -> None:
    from sda_lib.writers.provenance import originality, trace

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
