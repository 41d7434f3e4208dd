"""Commands that trace the sources of sounds and check a model's controls."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from sda_lib.cli.arguments import Json, Model, ModelFile, SoundFile, load_sound, open_model, sound_blocks
from sda_lib.cli.flags import flag
from sda_lib.cli.terminal import print, print_json

if TYPE_CHECKING:
    import numpy as np

    from sda_lib.codec.frames import CodeStream
    from sda_lib.model.model import SdaModel
    from sda_lib.writers.options import GenerateOptions
    from sda_lib.writers.provenance import Originality, OwnWaveform
    from sda_lib.writers.take import Sound

SCALE = "0 = a copy, 1 = as far as recordings are from each other"


def trace(
    file: SoundFile,
    model: ModelFile,
    json: Json = False,
    picture: Annotated[Path | None, flag("Also draw it: .png, .svg or .pdf.")] = None,
) -> None:
    """Find the recordings nearest to a sound over time, and measure how much of it is copied."""
    from sda_lib.maps import figures
    from sda_lib.sessions.provenance_tags import novelty_of
    from sda_lib.writers.provenance import trace

    opened = open_model(model)
    sound = load_sound(opened, file)
    stretches, own = trace(opened, sound), _originality(opened, sound, sound_blocks(opened, file), novelty_of(file))
    if picture:
        figures.save_figure(figures.provenance_figure(stretches, file.stem), picture)
    if json:
        found = {"stretches": [dataclasses.asdict(one) for one in stretches]}
        return print_json({**found, **_plain(own)})
    print("   from      to  distance  recording")
    for one in stretches:
        print(f"{one.begin:7.2f} {one.end:7.2f}  {one.distance:8.2f}  {one.file} at {one.position:.2f} s")
    _print(opened, sound, own)
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


def print_originality(model: SdaModel, made: Sound | CodeStream, options: GenerateOptions) -> None:
    """Print how much of a sound generated with options is copied."""
    from sda_lib.codec.frames import CodeStream

    sound = made.codes() if isinstance(made, CodeStream) else made
    blocks = (clip.samples for clip in model.decode_blocks(sound, options.source_amount))
    _print(model, sound, _originality(model, sound, blocks, options.novelty))


def _originality(
    model: SdaModel, sound: Sound, blocks: Iterable[np.ndarray], novelty: float | None
) -> Originality | OwnWaveform:
    """Return how much of a sound is copied; of one without codes, how much of its waveform."""
    from sda_lib.codec.codes import Codes
    from sda_lib.writers.provenance import originality, own_waveform

    return (
        originality(model, sound, blocks, novelty) if isinstance(sound, Codes) else own_waveform(model, sound, blocks)
    )


def _plain(own: Originality | OwnWaveform) -> dict[str, Any]:
    """Return the result as JSON data."""
    from sda_lib.writers.provenance import Originality

    if isinstance(own, Originality):
        return {"originality": {**dataclasses.asdict(own), "warning": own.warning}}
    return {"waveform": dataclasses.asdict(own)}


def _print(model: SdaModel, sound: Sound, own: Originality | OwnWaveform) -> None:
    from sda_lib.writers.provenance import Originality, trace

    if not isinstance(own, Originality):
        print(own.sentence)
        frames = [(one.end - one.begin, one.distance) for one in trace(model, sound)]
        distance = sum(length * far for length, far in frames) / sum(length for length, _ in frames)
        return print(f"Distance from the recordings: {distance:.2f} ({SCALE}).")
    print(own.waveform.sentence)
    print(
        f"By codes: {own.share:.0%} of all passages of 8 frames occur in the recordings, the longest {own.longest:.2f} "
        f"s ({own.file}); distance {own.distance:.2f} ({SCALE})."
    )
    if own.warning:
        print(own.warning)
