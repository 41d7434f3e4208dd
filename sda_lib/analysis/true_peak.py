"""True peak: the largest level of a sound between its samples too, and the gain that keeps it below full scale.

As in ITU-R BS.1770-5, Annex 2, it is measured at four times the sample rate.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import soxr

from sda_lib.audio.clip import RESAMPLER, AudioClip

# Oversampling factor.
OVERSAMPLING = 4
# Samples on either side that the oversampler needs around a part (it reaches 92).
CONTEXT = 128
# Samples of the parts that are measured one by one.
BLOCK = 8192
# Between samples a sound exceeds them by less than this factor. Parts that can't exceed full scale are not oversampled,
# which takes 7 ms for a second of one channel.
OVERSHOOT = 2.0


class TruePeakMeter:
    """Measure the true peak of a sound given block by block."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._channels = channels
        self._oversampler = soxr.ResampleStream(sample_rate, OVERSAMPLING * sample_rate, channels, "float32", RESAMPLER)
        self._peak, self._ended = 0.0, False

    def add(self, samples: np.ndarray) -> None:
        """Add the next samples [channel, time]."""
        self._peak = max(self._peak, float(np.abs(samples).max(initial=0.0)))
        self._add_oversampled(samples, False)

    def _add_oversampled(self, samples: np.ndarray, last: bool) -> None:
        fine = self._oversampler.resample_chunk(np.ascontiguousarray(samples.T, np.float32), last=last)
        self._peak = max(self._peak, float(np.abs(fine).max(initial=0.0)))

    @property
    def peak(self) -> float:
        """True peak, 1 being full scale. Ends the sound: no samples can be added after it."""
        if not self._ended:
            self._add_oversampled(np.zeros((self._channels, 0)), True)
            self._ended = True
        return self._peak


class BlockPeaks:
    """Peaks of a sound in blocks: true peaks where these can exceed full scale, else the largest samples.

    They are measured again only where the sound changes.
    """

    def __init__(self, samples: np.ndarray, sample_rate: int) -> None:
        """Measure all of samples [channel, time]."""
        self._rate = sample_rate
        self._peaks = np.zeros(max(1, -(-samples.shape[1] // BLOCK)))
        self.update(samples, 0, samples.shape[1])

    @property
    def peak(self) -> float:
        """The largest of the peaks, 1 being full scale."""
        return float(self._peaks.max())

    def copy(self) -> BlockPeaks:
        """Return the same peaks, to be updated by themselves."""
        other = copy.copy(self)
        other._peaks = self._peaks.copy()
        return other

    def update(self, samples: np.ndarray, first: int, end: int) -> None:
        """Measure the sound again [channel, time], of the same length, after samples first..end changed."""
        low, high = max(0, first - CONTEXT) // BLOCK, min(len(self._peaks), -(-(end + CONTEXT) // BLOCK))
        if first >= end:
            return
        inside = np.abs(samples[:, low * BLOCK : high * BLOCK]).max(0)
        self._peaks[low:high] = np.maximum.reduceat(inside, np.arange(0, len(inside), BLOCK))
        for block in low + np.flatnonzero(self._peaks[low:high] > 1 / OVERSHOOT):
            self._peaks[block] = max(self._peaks[block], self._true_peak(samples, int(block) * BLOCK))

    def _true_peak(self, samples: np.ndarray, first: int) -> float:
        """Return the true peak of the block that begins at a sample."""
        before = min(first, CONTEXT)
        part = np.ascontiguousarray(samples[:, first - before : first + BLOCK + CONTEXT].T)
        fine = soxr.resample(part, self._rate, OVERSAMPLING * self._rate, quality=RESAMPLER)
        return float(np.abs(fine[OVERSAMPLING * before : OVERSAMPLING * (before + BLOCK)]).max(initial=0.0))


def guard_db(peak: float) -> float:
    """Return the gain in dB, 0 or below in steps of 0.1, by which a sound of this true peak stays below full scale.

    Less than 0.005 dB above full scale are a matter of rounding.
    """
    return math.floor(0.05 - 200 * math.log10(peak)) / 10 if peak > 1 else 0.0


def guard_note(gain_db: float, what: str = "Played") -> str:
    """Return what a user should know of a gain by `guard_db`, without a full stop; empty for 0 dB."""
    return f"{what} at {gain_db:.1f} dB to stay below full scale" if gain_db else ""


def below_full_scale(clips: Sequence[AudioClip], level: float = 1.0) -> tuple[list[AudioClip], float]:
    """Return clips with one gain for all by which none exceeds full scale, and this gain in dB (0: as they were).

    `level` is a further gain that they are played at, 1 at most; their samples are below full scale before it, too.
    """
    peaks = (max(clip.peak, level * BlockPeaks(clip.samples, clip.sample_rate).peak) for clip in clips)
    gain_db = guard_db(max(peaks))
    return [amplified(clip, gain_db) for clip in clips], gain_db


def amplified(clip: AudioClip, gain_db: float) -> AudioClip:
    """Return a clip with a gain in dB; the clip itself at 0."""
    return replace(clip, samples=clip.samples * np.float32(10 ** (gain_db / 20))) if gain_db else clip
