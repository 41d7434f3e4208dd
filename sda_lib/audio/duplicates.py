"""Find files that hold the same sound, whatever their format, rate and level.

Two files are duplicates when their sounding parts have the same length, when their outlines match, and when the
short-time spectra of their first seconds match, in dB and up to a common gain: a copy as MP3 or at another rate differs
there by about a dB, another hit on the same drum by several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

COMPARED_SECONDS, WINDOW_SECONDS, STEP_SECONDS = 3.0, 0.064, 0.016
LOWEST_HZ, HIGHEST_HZ, BANDS = 100.0, 3800.0, 24
# Range in dB below a sound's loudest band that is compared; below it codecs differ freely.
FLOOR_DB = 45.0
# Largest mean differences of spectra (dB) and outlines (shares of the peak) of duplicates. Of 105 copies of the 35
# sounds of data/demo (OGG, MP3, another rate and level) 102 are found; two of those sounds differ by 3.0 dB at least.
SAME_DB, SAME_OUTLINE = 2.0, 0.1
# Largest difference in length of copies, as a share or in seconds, whichever is more.
SAME_LENGTH, SAME_SECONDS = 0.02, 0.08
# Columns of the outlines that are compared, parts of them whose means reject most pairs, and a factor for rounding.
COMPARED_COLUMNS, OUTLINE_PARTS, ROUNDING = 32, 4, 1.0001
# Number of first frames by which most pairs are rejected at once: by the spread of their differences in dB.
SCREENED, SCREENED_DB = 16, 1.25 * SAME_DB
# Relative shifts in frames that are tried: coders add a few milliseconds.
SHIFTS = range(-3, 4)


@dataclass(frozen=True)
class Fingerprint:
    """Properties of a file by which duplicates are found.

    `seconds` is the length of the sounding part, `spectra` float32 [frame, band] in dB below the loudest band, and
    `outline` [column, 2] the extremes in 127ths of the peak.
    """

    name: str
    seconds: float
    sample_rate: int
    spectra: np.ndarray = field(repr=False)
    outline: np.ndarray = field(repr=False)


def band_spectra(samples: np.ndarray, rate: int) -> np.ndarray:
    """Return band levels [frame, band] of samples [time] in dB below the loudest one, floored at -FLOOR_DB."""
    size, step = round(WINDOW_SECONDS * rate), round(STEP_SECONDS * rate)
    padded = np.pad(samples, (0, max(size - len(samples), 0)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::step]
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)))
    edges = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BANDS + 1) * size / rate
    starts = np.minimum(edges.round().astype(int), power.shape[1] - 1)
    bands = np.add.reduceat(power[:, : starts[-1] + 1], starts[:-1], axis=1)
    decibels = 10 * np.log10(bands + 1e-20)
    return np.maximum(decibels - decibels.max(initial=-200.0), -FLOOR_DB).astype(np.float32)


def find_duplicates(files: Sequence[Fingerprint]) -> tuple[tuple[str, str], ...]:
    """Return pairs of names of duplicates, the file with the higher rate first.

    All copies of a sound are paired with the same file.
    """
    order = sorted(files, key=lambda one: (-one.sample_rate, one.name))
    if not order:
        return ()
    outlines, lengths = _Outlines.of(order), np.array([one.seconds for one in order])
    beginnings = _Beginnings.of(order)
    by_length = np.argsort(lengths)
    lengths = lengths[by_length]
    found: dict[str, str] = {}
    for number, one in enumerate(order):
        if one.name in found:
            continue
        room = max(SAME_LENGTH * one.seconds, SAME_SECONDS)
        ends = np.searchsorted(lengths, (one.seconds - room, one.seconds + room))
        near = by_length[slice(*ends)]
        later = outlines.alike(number, near[near > number])
        for other in np.sort(beginnings.alike(number, later)):
            if spectral_distance(one.spectra, order[other].spectra) <= SAME_DB:
                found.setdefault(order[other].name, one.name)
    return tuple(sorted((one, other) for other, one in found.items()))


@dataclass(frozen=True)
class _Outlines:
    """Outlines of files [file, COMPARED_COLUMNS * 2], and their means over parts of the columns [file, part]."""

    whole: np.ndarray
    parts: np.ndarray

    @classmethod
    def of(cls, files: Sequence[Fingerprint]) -> _Outlines:
        found = np.stack([_resampled(one.outline) for one in files])
        parts = found.reshape(len(files), OUTLINE_PARTS, -1, 2).mean(2)
        return cls(found.reshape(len(files), -1), parts.reshape(len(files), -1))

    def alike(self, number: int, others: np.ndarray) -> np.ndarray:
        """Return those of the files `others` [n] whose outline is that of a file, up to SAME_OUTLINE.

        Means of parts differ no more than the outlines do, so that most files are left out by these.
        """
        for rows in (self.parts, self.whole):
            differences = np.abs(rows[others] - rows[number]).mean(1)
            others = others[differences <= SAME_OUTLINE * ROUNDING]
        return others


@dataclass(frozen=True)
class _Beginnings:
    """First frames of files [file, SCREENED + len(SHIFTS) - 1, band], and means over the middle ones [file, band]."""

    frames: np.ndarray
    means: np.ndarray

    @classmethod
    def of(cls, files: Sequence[Fingerprint]) -> _Beginnings:
        found = np.stack([_beginning(one.spectra) for one in files])
        return cls(found, _middle(found).mean(1))

    def alike(self, number: int, others: np.ndarray) -> np.ndarray:
        """Return those of the files `others` [n] whose beginning is near that of a file at some shift.

        This rejects most pairs; means over the frames, which spread no more than the frames do, reject most of these.
        """
        one = self.frames[number]
        shifted = np.stack([one[shift : shift + SCREENED] for shift in range(len(SHIFTS))])
        spreads = [_spread(self.means[others] - mean) for mean in shifted.mean(1)]
        others = others[np.min(spreads, axis=0) <= SCREENED_DB * ROUNDING]
        middle = _middle(self.frames[others]).reshape(len(others), shifted[0].size)
        spreads = [_spread(middle - frames.ravel()) for frames in shifted]
        return others[np.min(spreads, axis=0) <= SCREENED_DB]


def _beginning(spectra: np.ndarray) -> np.ndarray:
    """Return the first frames, [SCREENED + len(SHIFTS) - 1, band]; a shorter sound is padded with silence."""
    frames = SCREENED + len(SHIFTS) - 1
    return np.pad(spectra[:frames], ((0, max(0, frames - len(spectra))), (0, 0)), constant_values=-FLOOR_DB)


def _middle(beginnings: np.ndarray) -> np.ndarray:
    return beginnings[:, -SHIFTS.start : SCREENED - SHIFTS.start]


def _spread(differences: np.ndarray) -> np.ndarray:
    """Return the mean absolute deviation of rows [file, value] from their means [file]."""
    spread: np.ndarray = np.abs(differences - differences.mean(1, keepdims=True)).mean(1)
    return spread


def spectral_distance(one: np.ndarray, other: np.ndarray) -> float:
    """Return the mean difference in dB of two band spectrograms at the best shift and gain.

    Cells that are at the floor in both are left out.
    """
    return min(_distance(*_shifted(one, other, shift)) for shift in SHIFTS)


def _shifted(one: np.ndarray, other: np.ndarray, shift: int) -> tuple[np.ndarray, np.ndarray]:
    one, other = (one[shift:], other) if shift >= 0 else (one, other[-shift:])
    length = min(len(one), len(other))
    return one[:length], other[:length]


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    difference = (one - other)[np.maximum(one, other) > -FLOOR_DB]
    if not len(difference):
        return np.inf
    return float(np.abs(difference - np.median(difference)).mean())


def _resampled(outline: np.ndarray) -> np.ndarray:
    """Return an outline at a fixed number of columns, in shares of the peak."""
    columns = np.arange(COMPARED_COLUMNS) * len(outline) // COMPARED_COLUMNS
    return outline[columns].astype(np.float32) / 127
