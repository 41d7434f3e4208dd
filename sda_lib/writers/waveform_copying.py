"""Copying by waveform: how much of a sound is the memory's own samples.

A window of the sound is a recording's own waveform where its normalized cross-correlation with a recording exceeds
SAME at the best position, whatever its gain or polarity. Only the places of the grains behind the window are searched,
with SHIFT_SECONDS around: benchmarks/copying.py compares this with a search of all recordings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import torch
from scipy import fft

from sda_lib.memory.grains import Memory

# Length of a window, and the distance of two windows, in seconds. A shorter sound is one window.
WINDOW_SECONDS, STEP_SECONDS = 0.2, 0.05
# A window with a greater correlation is a recording's own waveform.
SAME = 0.9
# Largest distance in seconds from a grain's place that is searched: joints move recordings by up to 12 ms.
SHIFT_SECONDS = 0.025
# Power of windows that are not judged: relative to that of the loudest one, and of silence.
QUIET, SILENT = 1e-4, 1e-10
# Windows of one recording in sequence continue it up to this deviation in seconds.
DEVIATION = 0.002
# Share of own waveform that novelty implies: 95 of 100 walks of 1.2 s and more stay below (benchmarks/copying.py: up to
# 0.81 at novelty 0.5, 0.69 at 0.7, 0.50 at 0.8, 0.21 at 1). Sounds with fewer windows than that vary too much.
IMPLIED, LEAST_WINDOWS = ((0.0, 1.0), (0.5, 0.9), (0.7, 0.75), (0.8, 0.6), (1.0, 0.35)), 20
# Correlations computed at once.
BLOCK = 256


@dataclass(frozen=True)
class OwnWaveform:
    """How much of a sound is a recording's own waveform.

    `share`: share of its windows; `longest`: seconds of the longest passage of such windows from one recording, which
    is `file` from `position` seconds on ("" and 0 without any); `windows`: number of windows judged.
    """

    share: float
    longest: float
    file: str
    position: float
    windows: int

    @property
    def sentence(self) -> str:
        """The result as one sentence."""
        passage = f"; the longest passage is {self.longest:.2f} s of {self.file} from {self.position:.2f} s"
        what = f"{self.share:.0%} of its 200-ms windows are a recording's own waveform"
        return f"{what}{passage if self.file else ''}."


@dataclass(frozen=True)
class WaveformSearch:
    """A sound whose windows are searched in a memory's recordings.

    `grain` [frame]: the nearest grain of every frame; `begin` [frame]: the sample of the sound where the frame begins,
    at the memory's sample rate.
    """

    memory: Memory
    grain: np.ndarray
    begin: np.ndarray

    @property
    def rate(self) -> int:
        return self.memory.codec.audio.sample_rate

    @property
    def step(self) -> int:
        """Samples from one window to the next."""
        return round(STEP_SECONDS * self.rate)

    @property
    def shift(self) -> int:
        """Samples on either side of a grain's place that are searched."""
        return round(SHIFT_SECONDS * self.rate)

    @cached_property
    def _place(self) -> np.ndarray:
        """The position on the memory's tape where the sound's first sample is, if each frame is its grain [frame]."""
        start = self.memory.tape_start[torch.from_numpy(self.grain).to(self.memory.tape_start.device)]
        return start.cpu().numpy() + self.memory.margin - self.begin

    def windows(self, blocks: Iterable[np.ndarray]) -> Windows:
        """Return the audible windows of the sound's samples, given as blocks [channel, time]."""
        parts = [self._judged(first, samples) for first, samples in _sections(blocks, self.rate)]
        found = [np.concatenate(rows) for rows in zip(*parts, strict=True)] if parts else [np.zeros(0)] * 5
        begin, length, power, correlation, place = found
        audible = power > max(power.max(initial=0.0) * QUIET, SILENT)
        return Windows(*(one[audible] for one in (begin, length, correlation, place)))

    def result(self, blocks: Iterable[np.ndarray]) -> OwnWaveform:
        """Return how much of the sound's samples, given as blocks [channel, time], is a recording's own waveform."""
        found = self.windows(blocks)
        same, rate = found.correlation > SAME, self.rate
        if not same.any():
            return OwnWaveform(0.0, 0.0, "", 0.0, len(same))
        ends = found.begin + found.length
        first, last = max(_passages(found, same, self.step, rate), key=lambda one: ends[one[1]] - found.begin[one[0]])
        seconds = float(ends[last] - found.begin[first]) / rate
        return OwnWaveform(float(same.mean()), seconds, *self._named(int(found.place[first])), len(same))

    def _judged(self, first: int, samples: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return begin, length, power, correlation and place of the windows [window] of a section of the sound.

        The section has mid samples [time] and begins at sample `first` of the sound.
        """
        length = min(len(samples), round(WINDOW_SECONDS * self.rate))
        begin = np.arange(0, len(samples) - length + 1, self.step)
        summed = np.concatenate([[0.0], np.cumsum(np.square(samples, dtype=np.float64))])
        power = (summed[begin + length] - summed[begin]) / length
        begin, power = begin[power > SILENT], power[power > SILENT]
        places = [self._places(first + int(one), length) for one in begin]
        window = np.repeat(np.arange(len(begin)), [len(one) for one in places])
        place = np.concatenate([*places, np.zeros(0, int)])
        correlation, offset = self._correlations(samples, begin[window], place, length)
        best = np.zeros(len(begin), int)
        order = np.lexsort((correlation, window))  # the last of a window is its best
        best[window[order]] = order
        lengths = np.full(len(begin), length)
        return first + begin, lengths, power, correlation[best], place[best] + offset[best]

    def _places(self, begin: int, length: int) -> np.ndarray:
        """Return the positions on the tape where a window begins if it continues one of the grains behind it.

        Positions within half of `shift` of another one are left out.
        """
        first = max(0, np.searchsorted(self.begin, begin, "right") - 1)
        inside = slice(first, np.searchsorted(self.begin, begin + length))
        found: list[int] = []
        for place in np.unique(self._place[inside] + begin):
            if not found or place - found[-1] > self.shift // 2:
                found.append(int(place))
        return np.clip(found, 0, self.memory.tape.shape[1])

    def _correlations(
        self, samples: np.ndarray, begin: np.ndarray, place: np.ndarray, length: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the greatest correlation of windows with the tape around their places, and its offset from there."""
        shift, rows = self.shift, np.arange(length + 2 * self.shift)
        size, parts = fft.next_fast_len(len(rows), real=True), []
        for first in range(0, len(begin), BLOCK):
            window = samples[begin[first : first + BLOCK, None] + np.arange(length)]
            around = self._tape[place[first : first + BLOCK, None] + rows]
            product = np.abs(
                fft.irfft(fft.rfft(around, size) * fft.rfft(window, size).conj(), size)[:, : 2 * shift + 1]
            )
            summed = np.cumsum(np.square(np.pad(around, ((0, 0), (1, 0))), dtype=np.float64), 1)
            power = (summed[:, length:] - summed[:, : 2 * shift + 1]) * np.square(window).sum(1, keepdims=True)
            correlation = product / np.sqrt(np.maximum(power, (SILENT * length) ** 2))
            offset = correlation.argmax(1)
            parts.append((correlation[np.arange(len(offset)), offset], offset - shift))
        best, offset = (np.concatenate(one) for one in zip(*parts, strict=True)) if parts else np.zeros((2, 0))
        return best, offset.astype(int)

    @cached_property
    def _tape(self) -> np.ndarray:
        """The mid samples of all recordings in sequence, with silence around for windows at either end."""
        return np.pad(self.memory.tape[0].cpu().numpy(), (self.shift, self.shift + round(WINDOW_SECONDS * self.rate)))

    def _named(self, place: int) -> tuple[str, float]:
        """Return the file and the position in seconds of a place on the tape."""
        start = self.memory.tape_start.cpu().numpy() + self.memory.margin
        grain = int(np.abs(start - place).argmin())
        file, position = self.memory.source(grain)
        return file, max(0.0, position + (place - float(start[grain])) / self.rate)


@dataclass(frozen=True)
class Windows:
    """The audible windows of a sound, each [window].

    `begin`: first sample; `length` in samples; `correlation` with the best position 0..1; `place`: that position on the
    memory's tape.
    """

    begin: np.ndarray
    length: np.ndarray
    correlation: np.ndarray
    place: np.ndarray


def copying_warning(own: OwnWaveform, novelty: float) -> str:
    """Return a sentence of warning if more is a recording's own waveform than the novelty implies, else ""."""
    points = np.array(IMPLIED)
    implied = float(np.interp(novelty, points[:, 0], points[:, 1]))
    if own.windows < LEAST_WINDOWS or own.share <= implied:
        return ""
    return (
        f"That is more than novelty {novelty:g} implies (up to {implied:.0%}): this sound is close to a copy; try "
        f"another seed{', a higher novelty' if novelty < 1 else ''} or a varispeed."
    )


def _sections(blocks: Iterable[np.ndarray], rate: int) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the mid samples of blocks [channel, time] as sections that overlap so that no window is missing.

    Each comes with its first sample, a multiple of a window's step.
    """
    length, step = round(WINDOW_SECONDS * rate), round(STEP_SECONDS * rate)
    first, held, judged = 0, np.zeros(0, np.float32), False
    for block in blocks:
        held = np.concatenate([held, block.mean(0)])
        if len(held) >= length:
            yield first, held
            judged, done = True, (len(held) - length) // step * step + step
            first, held = first + done, held[done:]
    if not judged and len(held):
        yield first, held


def _passages(found: Windows, same: np.ndarray, step: int, rate: int) -> Iterator[tuple[int, int]]:
    """Yield the first and the last window of passages that are the `same` as one recording in sequence."""
    moved = np.abs(np.diff(found.place) - np.diff(found.begin)) > DEVIATION * rate
    apart = moved | (np.diff(found.begin) > step) | (same[1:] != same[:-1])
    for first, end in pairwise([0, *(np.flatnonzero(apart) + 1), len(same)]):
        if same[first]:
            yield first, end - 1
