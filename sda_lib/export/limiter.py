"""A look-ahead limiter whose gain depends on the next milliseconds alone.

A sound that is rendered in parts can't be lowered as a whole: its loudest moment may be in another part. The limiter
lowers the moments that exceed a ceiling, so every part has the samples of the whole. Gain is the least that any sample
nearby needs, smoothed by a window that is as long, which keeps the true peak under the ceiling (Lund, "Control of
loudness in digital TV", 2006, and Giannoulis et al., "Digital dynamic range compressor design", 2012).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from scipy.ndimage import maximum_filter1d

from sda_lib.audio.chunks import Window, windows
from sda_lib.audio.clip import PART_SAMPLES, AudioClip

# Samples before and after a peak over which the gain falls and rises; 5 ms at 48 kHz.
HALF = 240
# Places between two samples at which the level is measured, and samples on either side that they are computed from.
PLACES, TAPS = 4, 12
# Samples on either side that a sample of the result depends on.
REACH = 2 * HALF + TAPS
# Part of the ceiling, 0.5 dB below it, that peaks are lowered to: a gain that moves adds a little between samples.
MARGIN = 10 ** (-0.5 / 20)
# Between samples a sound exceeds them by less than this factor.
OVERSHOOT = 2.0


def limited(clips: Iterable[AudioClip], ceiling: float, size: int = PART_SAMPLES) -> Iterator[AudioClip]:
    """Yield a sound, given and returned as successive clips, with its peaks lowered to a ceiling, 1 being full scale.

    A sample depends on REACH samples on either side alone, however the sound is divided.
    """
    like: list[AudioClip] = []

    def samples() -> Iterator[np.ndarray]:
        for clip in clips:
            like[:] = [clip]
            yield clip.samples

    for window in windows(samples(), size, REACH):
        yield replace(like[0], samples=_limited(window, ceiling * MARGIN))


def _limited(window: Window, ceiling: float) -> np.ndarray:
    """Return the samples [channel, time] of a window with its peaks lowered to a ceiling."""
    inside = slice(window.before, window.before + window.size)
    own = window.samples[:, inside]
    if np.abs(window.samples).max(initial=0.0) * OVERSHOOT <= ceiling:
        return own
    level = levels(window.samples)
    reduction = np.where(level > ceiling, 1 - ceiling / np.maximum(level, ceiling), 0.0)
    if not reduction.any():
        return own
    most = maximum_filter1d(reduction, 2 * HALF + 1, mode="constant")
    return (own * (1 - _smoothed(most)[inside])).astype(np.float32)


def levels(samples: np.ndarray) -> np.ndarray:
    """Return the largest level [time] of samples [channel, time] at each sample, and between it and the next one."""
    padded = np.pad(samples.astype(np.float64), ((0, 0), (TAPS - 1, TAPS)))
    count, found = samples.shape[1], np.abs(samples).max(0).astype(np.float64)
    for weights in _interpolation():
        between = np.zeros((len(samples), count))
        for tap, weight in enumerate(weights):
            between += weight * padded[:, tap : tap + count]
        np.maximum(found, np.abs(between).max(0), out=found)
    return found


def _interpolation() -> np.ndarray:
    """Return the filters [place, tap] of a windowed sinc at the places between two samples."""
    taps = np.arange(2 * TAPS) - (TAPS - 1)
    away = taps - np.arange(1, PLACES)[:, None] / PLACES
    filters = np.sinc(away) * np.cos(np.pi * away / (2 * (TAPS + 1))) ** 2
    return filters / filters.sum(1, keepdims=True)


def _smoothed(values: np.ndarray) -> np.ndarray:
    """Return values [time] averaged over a raised cosine of 2 * HALF + 1 samples.

    Sums are taken tap by tap, so that a value is the same wherever the window begins; where all are 0, it is 0.
    """
    weights = np.hanning(2 * HALF + 3)[1:-1]
    weights /= weights.sum()
    padded, smooth = np.pad(values, HALF, mode="edge"), np.zeros(len(values))
    active = np.flatnonzero(maximum_filter1d(values, 2 * HALF + 1, mode="constant"))
    for run in np.split(active, np.flatnonzero(np.diff(active) > 1) + 1):
        first, end = run[0], run[-1] + 1
        for tap, weight in enumerate(weights):
            smooth[first:end] += weight * padded[first + tap : end + tap]
    return smooth
