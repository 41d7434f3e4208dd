"""Commands that trace the sources of sounds and check a model's controls."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from sda_lib.cli.arguments import Json, Model, ModelFile, SoundFile, load_sound, open_model
from sda_lib.cli.flags import flag
from sda_lib.cli.terminal import print_json

if TYPE_CHECKING:
    from sda_lib.model.model import SdaModel
    from sda_lib.writers.take import Sound

SCALE = "0 = a copy, 1 = as far as recordings are from each other"


def trace(
    file: SoundFile,
    model: ModelFile,
    json: Json = False,
    picture: Annotated[Path | None, flag("Also draw it: .png, .svg or .pdf.")] = None,
) -> None:
    """Find the recordings nearest to a sound over time, and measure how much of it is copied."""
    from sda_lib.codec.codes import Codes
    from sda_lib.maps import figures
    from sda_lib.writers.provenance import originality, trace

    opened = open_model(model)
    sound = load_sound(opened, file)
    stretches = trace(opened, sound)
    if picture:
        figures.save_figure(figures.provenance_figure(stretches, file.stem), picture)
    if json:
        found = {"stretches": [dataclasses.asdict(one) for one in stretches]}
        own = {"originality": dataclasses.asdict(originality(opened, sound))} if isinstance(sound, Codes) else {}
        return print_json({**found, **own})
    print("   from      to  distance  recording")
    for one in stretches:
        print(f"{one.begin:7.2f} {one.end:7.2f}  {one.distance:8.2f}  {one.file} at {one.position:.2f} s")
    print_originality(opened, sound)
    if picture:
        print(picture)


def controls(model: Model, json: Json = False) -> None:
    """Check which controls work in a model, by generating sounds with each (about half a minute)."""
    from sda_lib.controls.names import CONTROLS
    from sda_lib.writers.control_check import check_controls

    found = check_controls(open_model(model))
    if json:
        return print_json({name: dataclasses.asdict(one) for name, one in found.items()})
    for name, one in found.items():
        print(f"{name:11s} {one.why_hidden or f'works (rank correlation {one.rho:.2f}): {CONTROLS[name]}'}")


def print_originality(model: SdaModel, sound: Sound) -> None:
    from sda_lib.codec.codes import Codes
    from sda_lib.writers.provenance import originality, trace

    if not isinstance(sound, Codes):
        frames = [(one.end - one.begin, one.distance) for one in trace(model, sound)]
        distance = sum(length * far for length, far in frames) / sum(length for length, _ in frames)
        return print(f"Distance from the recordings: {distance:.2f} ({SCALE}).")
    own = originality(model, sound)
    print(
        f"Longest passage shared with a recording: {own.longest:.2f} s ({own.file}); {own.share:.0%} of all passages "
        f"of 8 frames occur in the recordings; distance {own.distance:.2f} ({SCALE})."
    )
    if own.warning:
        print(own.warning)
