"""Finishing: everything between a decoded clip and its file: effects, spatial placement, trim, loop and delivery."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sda_lib.audio.clip import AudioClip
from sda_lib.audio.tags import Loop, Tags
from sda_lib.errors import SdaError
from sda_lib.export import loops
from sda_lib.export.effects import Effects, insert_effects, master_effects
from sda_lib.export.spatial import Place, Space, compatibility, place_in_space
from sda_lib.export.write import Delivery, Stream, write_clip, write_stream

# Lowest trim level in dB below the peak, and seconds kept before and after the part that exceeds it.
DEEPEST_TRIM, MOMENT = 120.0, 0.005
LOOPS = ("", "points", "whole")


@dataclass(frozen=True)
class Finish:
    """Settings of effects, space, trim, loop and delivery, applied in this order; reverb and limiter follow the space.

    By default a sound is delivered unchanged. `trim` removes both ends below that many dB under the peak (0: off).
    `loop` is one of LOOPS: none, loop points for a held tone, or the whole sound as a loop. `tags` (artist, album …)
    are written in addition to those that describe how the sound was made.
    """

    effects: Effects = field(default_factory=Effects)
    space: Space = field(default_factory=Space)
    delivery: Delivery = field(default_factory=Delivery)
    trim: float = 0.0
    loop: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.trim <= DEEPEST_TRIM:
            raise SdaError(f"The trim goes from 0 (none) to {DEEPEST_TRIM:g} dB under the peak, e.g. 60.")
        if self.loop not in LOOPS:
            raise SdaError(f"There is no loop {self.loop!r}; there are {' and '.join(filter(None, LOOPS))}.")

    @property
    def is_plain(self) -> bool:
        """Whether the samples are unchanged except for level, rate and fades."""
        return self.effects.is_off and self.space.mode == Space().mode and not (self.trim or self.loop)

    def to_plain(self) -> dict[str, Any]:
        """Return the values that differ from the defaults, as JSON data."""
        return _differences(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Finish:
        """Return a finish from the data of `to_plain`. Raises SdaError, ValueError or TypeError for other data."""
        space, delivery = dict(plain.get("space", {})), dict(plain.get("delivery", {}))
        if "place" in space:
            place = dict(space["place"])
            path = tuple(tuple(float(one) for one in point) for point in place.pop("path", ()))
            space["place"] = Place(**place, path=path)
        if delivery.get("loop"):
            delivery["loop"] = Loop(**delivery["loop"])
        effects, loop = Effects(**plain.get("effects", {})), str(plain.get("loop", ""))
        trim = float(plain.get("trim", 0.0))
        tags = {str(name): str(text) for name, text in dict(plain.get("tags", {})).items()}
        return cls(effects, Space(**space), Delivery(**delivery), trim, loop, tags)


def _differences(value: Any) -> dict[str, Any]:
    """Return the fields of a frozen dataclass that differ from their defaults."""
    default, found = type(value)(), {}
    for one in dataclasses.fields(value):
        mine, usual = getattr(value, one.name), getattr(default, one.name)
        if mine != usual:
            found[one.name] = (
                _differences(mine)
                if dataclasses.is_dataclass(usual)
                else dataclasses.asdict(mine)
                if dataclasses.is_dataclass(mine)
                else mine
            )
    return found


def apply_finish(clip: AudioClip, finish: Finish) -> AudioClip:
    """Apply effects, spatial placement and trim to a clip.

    Raises SdaError if effects are not installed or don't fit the placement, and for a SOFA file that can't be read.
    """
    clip = master_effects(place_in_space(insert_effects(clip, finish.effects), finish.space), finish.effects)
    return trim_silence(clip, finish.trim) if finish.trim else clip


def trim_silence(clip: AudioClip, decibels: float) -> AudioClip:
    """Remove both ends of a clip that are this many dB below its peak; MOMENT is kept on either side."""
    loud = np.flatnonzero(np.abs(clip.samples).max(0) > clip.peak * 10 ** (-decibels / 20))
    if not len(loud):
        return clip
    moment = round(MOMENT * clip.sample_rate)
    first, end = max(0, loud[0] - moment), loud[-1] + 1 + moment
    return dataclasses.replace(clip, samples=clip.samples[:, first:end])


def mono_tags(clip: AudioClip, finish: Finish) -> dict[str, str]:
    """Return the mono compatibility of a clip placed in stereo, as tags; none for other modes."""
    if finish.space.mode != "stereo":
        return {}
    found = compatibility(clip)
    return {"correlation": f"{found.correlation:.2f}", "mono_loss": f"{found.mono_loss + 0:.1f} dB"}


def with_loop(clip: AudioClip, finish: Finish) -> tuple[AudioClip, Delivery]:
    """Return the clip with the requested loop, and the delivery that contains it.

    The loop is searched at the delivered sample rate, since resampling would shift it. Raises SdaError for a clip that
    can't be looped.
    """
    if not finish.loop:
        return clip, finish.delivery
    clip = clip.resampled(finish.delivery.sample_rate or clip.sample_rate)
    if finish.loop == "points":
        clip, points = loops.with_sustain_loop(clip)
    else:
        clip = loops.seamless(clip)
        points = loops.whole_clip_loop(clip)
    return clip, dataclasses.replace(finish.delivery, loop=points)


def write_finished(clip: AudioClip, path: str | Path, finish: Finish | None = None, tags: Tags | None = None) -> Path:
    """Finish a clip and write it atomically. Raises SdaError as `apply_finish`, `with_loop` and `write_clip` do."""
    finish = finish or Finish()
    clip, delivery = with_loop(apply_finish(clip, finish), finish)
    return write_clip(clip, path, delivery, {**(tags or {}), **mono_tags(clip, finish), **finish.tags})


def write_finished_stream(
    stream: Stream, path: str | Path, finish: Finish | None = None, tags: Tags | None = None
) -> Path:
    """Finish a stream and write it, as `write_finished` does.

    The whole sound is held in memory only if effects, placement, trim or loop need it.
    """
    finish = finish or Finish()
    if finish.is_plain:
        return write_stream(stream, path, finish.delivery, {**(tags or {}), **finish.tags})
    samples = np.concatenate([clip.samples for clip in stream.blocks()], 1)
    return write_finished(AudioClip(samples, stream.sample_rate, Path(path).stem), path, finish, tags)
