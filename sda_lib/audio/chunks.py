"""Read and resample sound in blocks, so that an hour of it needs no more memory than a minute.

Blocks are float32 [channel, time]. Joined, they are bit-identical to the clip of `read_clip` after `with_channels` and
`resampled`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from sda_lib.audio.clip import RESAMPLER, AudioClip, mixed
from sda_lib.audio.reader import Reader, open_sound


def read_blocks(path: str | Path, sample_rate: int, channels: int) -> Iterator[np.ndarray]:
    """Yield a file's sound in blocks at this rate in Hz and with this many channels (1 or 2).

    Raises SdaError in one sentence for any fault of the file (reader.py).
    """
    with open_sound(path) as file:
        yield from converted(file.blocks(), file, sample_rate, channels)


def converted(blocks: Iterable[np.ndarray], file: Reader, sample_rate: int, channels: int) -> Iterator[np.ndarray]:
    """Yield the blocks of a file, [time, channel], at this rate in Hz and with this many channels (1 or 2)."""
    clips = (AudioClip(mixed(block, file.layout).T, file.sample_rate, file.name) for block in blocks)
    found = (clip.with_channels(channels).samples for clip in clips)
    return found if file.sample_rate == sample_rate else _resampled(found, file.sample_rate, sample_rate)


def _resampled(blocks: Iterable[np.ndarray], rate: int, wanted: int) -> Iterator[np.ndarray]:
    stream, first, given = None, np.zeros((0, 0), np.float32), 0
    for block in blocks:
        if stream is None:
            first = block[:, :1]
            stream = soxr.ResampleStream(rate, wanted, len(block), dtype="float32", quality=RESAMPLER)
        ready = stream.resample_chunk(block.T).T
        given += ready.shape[1]
        yield ready
    if stream is not None:
        rest = stream.resample_chunk(np.zeros((0, len(first)), np.float32), last=True).T
        yield rest if given + rest.shape[1] else first  # keep at least one sample of a very short sound


class HeldBlocks:
    """Blocks [channel, time] of a sound, once, which are `held` for another reading while it is short.

    `held` is None as soon as the sound has more than `most` samples.
    """

    def __init__(self, blocks: Iterable[np.ndarray], most: float) -> None:
        self._blocks, self._most = blocks, most
        self.held: list[np.ndarray] | None = []

    def __iter__(self) -> Iterator[np.ndarray]:
        for block in self._blocks:
            if self.held is not None:
                self.held.append(block)
                if sum(one.shape[1] for one in self.held) > self._most:
                    self.held = None
            yield block


@dataclass(frozen=True)
class Window:
    """A stretch of a longer sound [channel, time].

    The `size` samples from `before` on are the window's own; the others are context on either side.
    """

    samples: np.ndarray
    before: int
    size: int


def windows(blocks: Iterable[np.ndarray], size: int, margin: int) -> Iterator[Window]:
    """Split a sound into windows without gap or overlap, each with up to `margin` samples of context on either side.

    All but the last are `size` samples long. Their positions depend on the sound's length alone, not on the blocks.
    """
    held, start, done = None, 0, 0  # `held` begins at sample `start`; everything before `done` has been yielded
    for block in blocks:
        held = block if held is None else np.concatenate([held, block], axis=1)
        while start + held.shape[1] >= done + size + margin:
            yield Window(held[:, : done + size + margin - start], done - start, size)
            done += size
            drop = max(0, done - margin - start)
            held, start = held[:, drop:], start + drop
    if held is not None and start + held.shape[1] > done:
        yield Window(held, done - start, start + held.shape[1] - done)
