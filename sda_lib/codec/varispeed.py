"""Varispeed: a sound at another playback rate, by a windowed sinc (Kaiser) that is evaluated at exact positions.

Every output sample is computed by the same operations on the same numbers whatever part of the sound is requested, so
windows and blocks are bit-identical to the whole. Rates above 1 are low-pass filtered against aliasing.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from sda_lib.codec.placement import Placement

# Zero crossings of the sinc on either side, shape of its window (about 100 dB), and the cutoff in half sample rates.
CROSSINGS, BETA, CUTOFF = 32, 10.0, 0.945
# Positions between two samples for which the filter is computed; between these it is interpolated (error -110 dB).
PHASES = 1024
# Output samples computed at once.
BLOCK = 8192


def rate_of(semitones: float) -> float:
    """Return the playback rate that raises the pitch by semitones."""
    return float(2.0 ** (semitones / 12))


def semitones_of(rate: float) -> float:
    """Return the semitones by which a playback rate raises the pitch."""
    return 12 * math.log2(rate)


def half_width(lead: float, rate: float) -> int:
    """Return how many samples before and after its position an output sample depends on.

    It is 0 at rate 1 if the position `lead` of the first output sample is a sample.
    """
    return 0 if rate == 1 and lead == math.floor(lead) else math.ceil(CROSSINGS * max(1.0, rate))


def source_range(first: int, end: int, lead: float, rate: float) -> tuple[int, int]:
    """Return the range of source samples that output samples first..end depend on; `lead` is the position of the first.

    It can extend beyond the source on both sides.
    """
    if (width := half_width(lead, rate)) == 0:
        return int(lead) + first, int(lead) + end
    return math.floor(lead + first * rate) - width + 1, math.floor(lead + (end - 1) * rate) + width + 1


def source_frames(sound: Placement, first: int, end: int) -> tuple[int, int]:
    """Return the frames that the samples of frames first..end are made from: more than these if they are resampled."""
    if half_width(sound.beginning, sound.rate) == 0:
        return first, end
    begin, stop = source_range(sound.sample_of(first), sound.sample_of(end), sound.beginning, sound.rate)
    low = max(0, min(begin // sound.hop, sound.frames - 1))
    return low, min(sound.frames, max(low + 1, -(-stop // sound.hop)))


def played(source: np.ndarray, sound: Placement, first: int = 0, end: int | None = None, begin: int = 0) -> np.ndarray:
    """Return the samples [channel, time] that play of a sound's frames first..end: cut, at its rate, with its gain.

    `source` [channel, time] are decoded frames from frame `begin` on, at least those of `source_frames`.
    """
    span = sound.sample_of(first), sound.sample_of(sound.frames if end is None else end)
    samples = resampled(source, begin * sound.hop, *span, sound.beginning, sound.rate)
    return samples if sound.gain == 1 else samples * np.float32(sound.gain)


def resampled(source: np.ndarray, begin: int, first: int, end: int, lead: float, rate: float) -> np.ndarray:
    """Return output samples first..end [channel, time] of a source played at a rate.

    `source` [channel, time] begins at sample `begin` of the whole; beyond its ends there is silence.
    """
    low, high = source_range(first, end, lead, rate)
    if half_width(lead, rate) == 0 and begin <= low and high <= begin + source.shape[1]:
        return source[:, low - begin : high - begin]
    before, after = max(0, begin - low), max(0, high - begin - source.shape[1])
    padded = np.pad(source, ((0, 0), (before, after)))
    begin -= before
    if rate == 1:
        return _shifted(padded[:, low - begin :], end - first, lead - math.floor(lead))
    out = np.empty((len(source), end - first), np.float32)
    for at in range(first, end, BLOCK):
        numbers = np.arange(at, min(at + BLOCK, end))
        out[:, at - first : at - first + len(numbers)] = _samples(padded, begin, lead + numbers * rate, rate)
    return out


def _shifted(source: np.ndarray, count: int, fraction: float) -> np.ndarray:
    """Return `count` samples [channel, time] at one fraction between the samples of a source, one filter for all."""
    if fraction == 0:
        return source[:, :count]
    weights = _weights(1.0, np.array([fraction]))[0]
    out = np.zeros((len(source), count), np.float32)
    for tap, weight in enumerate(weights):
        out += weight * source[:, tap : tap + count]
    return out


def _samples(source: np.ndarray, begin: int, positions: np.ndarray, rate: float) -> np.ndarray:
    """Return samples [channel, n] at positions [n], from a source [channel, time] that begins at position `begin`."""
    whole = np.floor(positions)
    weights = _weights(rate, positions - whole)
    rows = whole.astype(int) - weights.shape[1] // 2 + 1 - begin
    near = np.lib.stride_tricks.sliding_window_view(source, weights.shape[1], axis=-1)
    return np.stack([(channel[rows] * weights).sum(-1) for channel in near])


def _weights(rate: float, fractions: np.ndarray) -> np.ndarray:
    """Return the filter [n, tap] at each of the fractions 0..1 [n] of a sample."""
    filters, slopes = _filters(rate)
    phase = fractions * PHASES
    number = phase.astype(int)
    return filters[number] + (phase - number).astype(np.float32)[:, None] * slopes[number]


@lru_cache(maxsize=4)
def _filters(rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Return filters [phase, tap] of a rate, and their differences from those of the next phase."""
    width = math.ceil(CROSSINGS * max(1.0, rate))
    taps = np.arange(-width + 1, width + 1)
    away = taps[None] - np.arange(PHASES + 1)[:, None] / PHASES
    cutoff = CUTOFF / max(1.0, rate)
    window = np.i0(BETA * np.sqrt(np.clip(1 - (away / width) ** 2, 0, None)))
    filters = np.sinc(cutoff * away) * window
    filters = (filters / filters.sum(1, keepdims=True)).astype(np.float32)
    return filters[:-1], np.diff(filters, axis=0)
