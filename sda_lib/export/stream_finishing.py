"""Finish a sound of any length block by block: effects, mono and stereo, and trim, with the result kept in a file.

What is done to a block equals what `finishing` does to the whole up to rounding. An effect that goes by the level of
the whole sound measures it first, so each of them is a pass of its own over samples that are kept beside the target.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy

from sda_lib.audio.clip import PART_SAMPLES, AudioClip
from sda_lib.errors import SdaError
from sda_lib.export.effects import FEEDBACK, INSERTED, MASTER, PROCESSORS, why_no_effects
from sda_lib.export.finish import Effects, Finish, Space
from sda_lib.export.spatial import decorrelation, panned, stereo_of
from sda_lib.export.write import Stream

# Spaces whose samples depend on a few samples around them alone; a place on a path depends on the whole duration.
BY_BLOCKS = ("as it is", "mono", "stereo")
# Seconds kept before and after the part that exceeds the trim level.
MOMENT = 0.005
# Fewest samples of a part: effects take arrays for channels of one sample.
LEAST = 1024


def is_finished_by_blocks(finish: Finish) -> bool:
    """Return whether a finish can be applied to a sound that is not in memory as a whole."""
    return finish.space.mode in BY_BLOCKS and not finish.loop


def finished_stream(stream: Stream, finish: Finish, folder: Path) -> Stream:
    """Return a stream with effects, space and trim applied; its samples are kept in the folder.

    Raises SdaError if effects are not installed, OSError when the folder is full.
    """
    effects = finish.effects
    if not effects.is_off:
        if reason := why_no_effects():
            raise SdaError(reason)
        stream = _kept(_with_tail(stream, effects.tail), folder / "insert-0")
    for number, name in enumerate(INSERTED):
        stream = _processed(stream, effects, name, folder / f"insert-{number + 1}")
    stream = _placed(stream, finish.space)
    for number, name in enumerate(MASTER):
        stream = _processed(stream, effects, name, folder / f"master-{number}")
    return _trimmed(stream, finish.trim) if finish.trim else stream


@dataclass(frozen=True)
class Level:
    """Rate in Hz, peak (1: full scale) and mean square of a sound."""

    sample_rate: int
    peak: float
    power: float

    @classmethod
    def of(cls, stream: Stream) -> Level:
        """Measure a stream."""
        peak = power = 0.0
        for clip in stream.blocks():
            peak = max(peak, clip.peak)
            power += float(np.square(clip.samples, dtype=np.float64).sum())
        return cls(stream.sample_rate, peak, power / (stream.length * stream.channels))


def _kept(stream: Stream, path: Path, change: Callable[[np.ndarray], np.ndarray] = lambda samples: samples) -> Stream:
    """Return a stream of the samples of another one, changed block by block, that are kept in a file."""
    with path.open("wb") as file:
        for samples in _parts(stream.blocks()):
            file.write(np.ascontiguousarray(change(np.ascontiguousarray(samples)).T, np.float32).data)

    def blocks() -> Iterator[AudioClip]:
        with path.open("rb") as file:
            while len(values := np.fromfile(file, np.float32, PART_SAMPLES * stream.channels)):
                yield AudioClip(values.reshape(-1, stream.channels).T, stream.sample_rate)

    return replace(stream, blocks=blocks)


def _parts(clips: Iterable[AudioClip]) -> Iterator[np.ndarray]:
    """Yield samples [channel, time] in parts of PART_SAMPLES; the last one is up to LEAST samples longer."""
    held: np.ndarray | None = None
    for clip in clips:
        held = clip.samples if held is None else np.concatenate([held, clip.samples], 1)
        while held.shape[1] >= PART_SAMPLES + LEAST:
            yield held[:, :PART_SAMPLES]
            held = held[:, PART_SAMPLES:]
    if held is not None and held.shape[1]:
        yield held


def _with_tail(stream: Stream, seconds: float) -> Stream:
    """Return a stream with silence behind it."""
    tail = round(seconds * stream.sample_rate)
    if not tail:
        return stream

    def blocks() -> Iterator[AudioClip]:
        yield from stream.blocks()
        for first in range(0, tail, PART_SAMPLES):
            size = min(PART_SAMPLES, tail - first)
            yield AudioClip(np.zeros((stream.channels, size), np.float32), stream.sample_rate)

    return replace(stream, blocks=blocks, length=stream.length + tail)


def _processed(stream: Stream, effects: Effects, name: str, path: Path) -> Stream:
    """Return a stream with one effect, if it is on; its samples are kept in a file."""
    if not getattr(effects, name) or (dry := Level.of(stream)).peak == 0:
        return stream
    import pedalboard

    plugins: Any = pedalboard  # its stubs don't export them
    board = plugins.Pedalboard(PROCESSORS[name](plugins, effects, dry))
    scale, begun = dry.peak if name in ("drive", "limit") else 1.0, list[bool]()

    def change(samples: np.ndarray) -> np.ndarray:
        wet = board(samples / np.float32(scale), stream.sample_rate, reset=not begun)
        begun.append(True)
        if name == "limit":
            wet = wet * scale
        elif name == "echo":
            wet = samples + FEEDBACK * wet
        return np.nan_to_num(wet)

    kept = _kept(stream, path, change)
    if name != "drive":
        return kept
    gain = max(dry.power**0.5, 1e-9) / max(Level.of(kept).power ** 0.5, 1e-9)
    return _each(kept, lambda clip: replace(clip, samples=clip.samples * np.float32(gain)))


def _each(stream: Stream, change: Callable[[AudioClip], AudioClip], channels: int | None = None) -> Stream:
    """Return a stream whose clips are changed one by one."""
    return replace(stream, blocks=lambda: map(change, stream.blocks()), channels=channels or stream.channels)


def _placed(stream: Stream, space: Space) -> Stream:
    """Return a stream in mono or stereo."""
    if space.mode == "mono":
        return _each(stream, lambda clip: clip.with_channels(1), 1)
    if space.mode != "stereo":
        return stream
    if stream.channels == 2:
        wide = _each(stream, lambda clip: stereo_of(clip, space.width, None))
    else:
        wide = replace(stream, blocks=lambda: _widened(stream.blocks(), space.width), channels=2)
    return _each(wide, lambda clip: panned(clip, space.pan))


def _widened(clips: Iterable[AudioClip], width: float) -> Iterator[AudioClip]:
    """Yield mono clips of one sound in stereo of this width, their side signals being continued from clip to clip."""
    rest = np.zeros(0)
    for clip in clips:
        mono = clip.with_channels(1)
        side = scipy.signal.oaconvolve(mono.samples[0].astype(np.float64), decorrelation(clip.sample_rate))
        side[: len(rest)] += rest[: len(side)]
        later = rest[len(side) :]
        rest = side[clip.length :]
        rest[: len(later)] += later
        yield stereo_of(mono, width, side[: clip.length])


def _trimmed(stream: Stream, decibels: float) -> Stream:
    """Return a stream without both ends that are this many dB below its peak (as `finishing.trim_silence`)."""
    limit, done, loud = Level.of(stream).peak * 10 ** (-decibels / 20), 0, list[int]()
    for clip in stream.blocks():
        found = np.flatnonzero(np.abs(clip.samples).max(0) > limit)
        loud = [*loud[:1], *([done + int(found[0]), done + int(found[-1])] if len(found) else loud[1:])]
        done += clip.length
    if not loud:
        return stream
    moment = round(MOMENT * stream.sample_rate)
    first, end = max(0, loud[0] - moment), min(stream.length, loud[-1] + 1 + moment)
    return replace(stream, blocks=lambda: _cut(stream.blocks(), first, end), length=end - first)


def _cut(clips: Iterable[AudioClip], first: int, end: int) -> Iterator[AudioClip]:
    """Yield samples first..end of successive clips."""
    done = 0
    for clip in clips:
        inside = slice(max(0, first - done), max(0, end - done))
        done += clip.length
        if clip.samples[:, inside].size:
            yield replace(clip, samples=clip.samples[:, inside])
