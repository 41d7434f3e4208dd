"""Finish: what happens to a sound between the model and the file, as data. Effects, its place in space, its loop, and
how it is delivered; the same for the command line, the page and scripts."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sda_lib.errors import SdaError
from sda_lib.sound import export, loops
from sda_lib.sound.clip import AudioClip
from sda_lib.sound.effects import Effects, inserted, mastered
from sda_lib.sound.export import Delivery, Stream
from sda_lib.sound.spatial import Place, Space, placed
from sda_lib.sound.tags import Loop, Tags

LOOPS = ("", "points", "whole")


@dataclass(frozen=True)
class Finish:
    """Effects, then space, then room and limiter, then the loop, then the file. Without any, a sound is delivered as it
    is. `loop` is one of LOOPS: nothing, the points between which a tone is held, or the whole sound going round.
    `tags` (artist, album …) are written besides those that say how a sound was made."""

    effects: Effects = field(default_factory=Effects)
    space: Space = field(default_factory=Space)
    delivery: Delivery = field(default_factory=Delivery)
    loop: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.loop not in LOOPS:
            raise SdaError(f"There is no loop {self.loop!r}; there are {' and '.join(filter(None, LOOPS))}.")

    @property
    def is_plain(self) -> bool:
        """Whether the samples stay what they are, but for level, rate and fades."""
        return self.effects.is_off and self.space.mode == Space().mode and not self.loop

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
        tags = {str(name): str(text) for name, text in dict(plain.get("tags", {})).items()}
        return cls(effects, Space(**space), Delivery(**delivery), loop, tags)


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
    return mastered(placed(inserted(clip, finish.effects), finish.space), finish.effects)


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
    return export.write(clip, path, delivery, {**(tags or {}), **finish.tags})


def write_stream(stream: Stream, path: str | Path, finish: Finish | None = None, tags: Tags | None = None) -> Path:
    """`write` for a stream. It is held in memory as a whole only where effects or a space ask for it: a room and a
    head last longer than what they are given. Raises SdaError."""
    finish = finish or Finish()
    if finish.is_plain:
        return export.write_stream(stream, path, finish.delivery, {**(tags or {}), **finish.tags})
    samples = np.concatenate([clip.samples for clip in stream.blocks()], 1)
    return write(AudioClip(samples, stream.sample_rate, Path(path).stem), path, finish, tags)
