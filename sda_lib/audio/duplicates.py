"""Twins: files that hold the same sound, whatever their format, rate and level.

Two files are twins when their sounding parts are as long, when their outlines run alike, and when the short-time
spectra of their first seconds do so too, in dB and up to one level for all: a copy as MP3 or at another rate differs
there by about a dB, another stroke on the same drum by several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

HEARD_SECONDS, WINDOW_SECONDS, STEP_SECONDS = 3.0, 0.064, 0.016
LOWEST_HZ, HIGHEST_HZ, BANDS = 100.0, 3800.0, 24
FLOOR_DB = 45.0
"""What lies farther below a sound's loudest band counts as nothing: there codings differ freely."""
SAME_DB, SAME_OUTLINE = 2.0, 0.1
"""Mean differences up to which spectra and outlines (in shares of the peak) are the same. Of 105 copies
of the 35 sounds of data/demo (OGG, MP3, another rate and level) 102 are found; two of those sounds differ by 3.0 dB at
least."""
SAME_LENGTH, SAME_SECONDS = 0.02, 0.08
"""By how much copies differ in length, as a share or in seconds, whichever is more."""
SCREENED = 16
"""Frames by which most pairs are told apart at once."""
SHIFTS = range(-3, 4)
"""Steps by which one may begin later: coders add a few milliseconds."""


@dataclass(frozen=True)
class Likeness:
    """What twins have in common: seconds that sound, `spectra` float32 [frame, band] in dB below the loudest, and the
    `outline` [column, 2] in 127ths of the peak."""

    name: str
    seconds: float
    sample_rate: int
    spectra: np.ndarray = field(repr=False)
    outline: np.ndarray = field(repr=False)


def spectra(samples: np.ndarray, rate: int) -> np.ndarray:
    """Band levels [frame, band] of samples [time] in dB below the loudest one, not below -FLOOR_DB."""
    size, step = round(WINDOW_SECONDS * rate), round(STEP_SECONDS * rate)
    padded = np.pad(samples, (0, max(size - len(samples), 0)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::step]
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)))
    edges = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BANDS + 1) * size / rate
    starts = np.minimum(edges.round().astype(int), power.shape[1] - 1)
    bands = np.add.reduceat(power[:, : starts[-1] + 1], starts[:-1], axis=1)
    levels = 10 * np.log10(bands + 1e-20)
    return np.maximum(levels - levels.max(initial=-200.0), -FLOOR_DB).astype(np.float32)


def twins(files: Sequence[Likeness]) -> tuple[tuple[str, str], ...]:
    """Pairs of names, of each the one with the higher rate first; of many copies all are paired with one."""
    order = sorted(files, key=lambda one: (-one.sample_rate, one.name))
    outlines = np.stack([_wide(one.outline) for one in order]) if order else np.zeros((0, 1, 2))
    lengths = np.array([one.seconds for one in order])
    beginnings = np.stack([_beginning(one.spectra) for one in order]) if order else np.zeros((0, 1, 1))
    found: dict[str, str] = {}
    for number, one in enumerate(order):
        if one.name in found:
            continue
        near = np.abs(lengths - one.seconds) <= np.maximum(SAME_LENGTH * one.seconds, SAME_SECONDS)
        alike = _outline_distance(outlines, outlines[number]) <= SAME_OUTLINE
        later = np.flatnonzero(near & alike & (np.arange(len(order)) > number))
        for other in later[_may_be_same(beginnings[later], beginnings[number])]:
            if spectral_distance(one.spectra, order[other].spectra) <= SAME_DB:
                found.setdefault(order[other].name, one.name)
    return tuple(sorted((one, other) for other, one in found.items()))


def _beginning(spectra: np.ndarray) -> np.ndarray:
    """The first frames, [SCREENED + len(SHIFTS) - 1, band]; a shorter sound is followed by silence."""
    frames = SCREENED + len(SHIFTS) - 1
    return np.pad(spectra[:frames], ((0, max(0, frames - len(spectra))), (0, 0)), constant_values=-FLOOR_DB)


def _may_be_same(beginnings: np.ndarray, one: np.ndarray) -> np.ndarray:
    """Which of the beginnings [file, frame, band] are not far from one at every shift: most pairs are settled so."""
    middle = beginnings[:, -SHIFTS.start : SCREENED - SHIFTS.start]
    differences = (middle - one[shift : shift + SCREENED] for shift in range(len(SHIFTS)))
    spreads = [np.abs(one - one.mean((1, 2), keepdims=True)).mean((1, 2)) for one in differences]
    return np.min(spreads, axis=0) <= 1.25 * SAME_DB


def spectral_distance(one: np.ndarray, other: np.ndarray) -> float:
    """Mean difference in dB of two band pictures where either is heard, at the shift and level that fit best."""
    return min(_distance(*_shifted(one, other, shift)) for shift in SHIFTS)


def _shifted(one: np.ndarray, other: np.ndarray, shift: int) -> tuple[np.ndarray, np.ndarray]:
    one, other = (one[shift:], other) if shift >= 0 else (one, other[-shift:])
    length = min(len(one), len(other))
    return one[:length], other[:length]


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    heard = np.maximum(one, other) > -FLOOR_DB
    difference = (one - other)[heard]
    if not len(difference):
        return np.inf
    return float(np.abs(difference - np.median(difference)).mean())


def _outline_distance(outlines: np.ndarray, one: np.ndarray) -> np.ndarray:
    """Mean differences [file] from one outline [column, 2]."""
    return np.abs(outlines - one).mean((1, 2))


def _wide(outline: np.ndarray) -> np.ndarray:
    """An outline at a fixed number of columns, in shares of the peak."""
    columns = np.arange(32) * len(outline) // 32
    return outline[columns].astype(np.float32) / 127
