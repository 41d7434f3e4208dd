"""Finish: what happens to a sound between the model and the file, as data. Effects, its place in space, its loop, and
how it is delivered; the same for the command line, the page and scripts."""

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
from sda_lib.export import write as export
from sda_lib.export.effects import Effects, inserted, mastered
from sda_lib.export.spatial import Place, Space, compatibility, placed
from sda_lib.export.write import Delivery, Stream

DEEPEST_TRIM, MOMENT = 120.0, 0.005
"""Decibels under the peak, and seconds that stay before and after what is louder."""
LOOPS = ("", "points", "whole")


@dataclass(frozen=True)
class Finish:
    """Effects, then space, then room and limiter, then trim and loop, then the file. Without any, a sound is delivered
    as it is.

    `trim` takes away what is so many dB under the peak at both ends (0: nothing). `loop` is one of LOOPS: nothing, the
    points between which a tone is held, or the whole sound going round. `tags` (artist, album …) are written besides
    those that say how a sound was made."""

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
        """Whether the samples stay what they are, but for level, rate and fades."""
        return self.effects.is_off and self.space.mode == Space().mode and not (self.trim or self.loop)

    def to_plain(self) -> dict[str, Any]:
        """What differs from the defaults, as JSON takes it."""
        return _differences(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Finish:
        """Raises SdaError, ValueError or TypeError for what is no finish."""
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
    """The fields of a frozen dataclass that are not what they are by default."""
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


def finished(clip: AudioClip, finish: Finish) -> AudioClip:
    """The clip as it sounds in the end, but for its loop. Raises SdaError."""
    clip = mastered(placed(inserted(clip, finish.effects), finish.space), finish.effects)
    return trimmed(clip, finish.trim) if finish.trim else clip


def trimmed(clip: AudioClip, decibels: float) -> AudioClip:
    """The clip without what is so far under its peak at both ends, but for a moment that keeps it from clicking."""
    loud = np.flatnonzero(np.abs(clip.samples).max(0) > clip.peak * 10 ** (-decibels / 20))
    if not len(loud):
        return clip
    moment = round(MOMENT * clip.sample_rate)
    first, end = max(0, loud[0] - moment), loud[-1] + 1 + moment
    return dataclasses.replace(clip, samples=clip.samples[:, first:end])


def in_mono(clip: AudioClip, finish: Finish) -> dict[str, str]:
    """What becomes of a sound that was made wide when it is played in mono, as tags."""
    if finish.space.mode != "stereo":
        return {}
    found = compatibility(clip)
    return {"correlation": f"{found.correlation:.2f}", "mono_loss": f"{found.mono_loss + 0:.1f} dB"}


def looped(clip: AudioClip, finish: Finish) -> tuple[AudioClip, Delivery]:
    """The clip with the loop that is asked for, and the delivery that tells where it is. The loop is sought at the rate
    that is delivered, since a resampler would move it. Raises SdaError."""
    if finish.loop:
        clip = clip.resampled(finish.delivery.sample_rate or clip.sample_rate)
    if finish.loop == "points":
        clip, points = loops.looped(clip)
    elif finish.loop == "whole":
        clip = loops.seamless(clip)
        points = loops.whole(clip)
    else:
        return clip, finish.delivery
    return clip, dataclasses.replace(finish.delivery, loop=points)


def write(clip: AudioClip, path: str | Path, finish: Finish | None = None, tags: Tags | None = None) -> Path:
    """The clip, finished, as a file; appears whole or not at all. Raises SdaError."""
    finish = finish or Finish()
    clip, delivery = looped(finished(clip, finish), finish)
    return export.write(clip, path, delivery, {**(tags or {}), **in_mono(clip, finish), **finish.tags})


def write_stream(stream: Stream, path: str | Path, finish: Finish | None = None, tags: Tags | None = None) -> Path:
    """`write` for a stream. It is held in memory as a whole only where effects or a space ask for it: a room and a
    head last longer than what they are given. Raises SdaError."""
    finish = finish or Finish()
    if finish.is_plain:
        return export.write_stream(stream, path, finish.delivery, {**(tags or {}), **finish.tags})
    samples = np.concatenate([clip.samples for clip in stream.blocks()], 1)
    return write(AudioClip(samples, stream.sample_rate, Path(path).stem), path, finish, tags)
