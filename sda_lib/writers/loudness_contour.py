"""Loudness contours: the level of a new sound from its beginning to its end.

A contour is a list of breakpoints (time, level), both 0..1: time from the sound's beginning to its end, level from
DEPTH dB below the contour's peak up to it, with straight lines in dB between. SHAPES are contours with a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from sda_lib.errors import SdaError

# dB from level 1 down to level 0.
DEPTH = 40.0
# Seconds over which power is averaged, so that neither single onsets nor the gaps between them dominate.
WINDOW = 0.3
# Maximum number of breakpoints.
MOST_POINTS = 100

Points = tuple[tuple[float, float], ...]

# Named contours.
SHAPES: dict[str, Points] = {
    "swell": ((0.0, 0.0), (1.0, 1.0)),
    "fade": ((0.0, 1.0), (1.0, 0.0)),
    "arch": ((0.0, 0.0), (0.5, 1.0), (1.0, 0.0)),
    "dip": ((0.0, 1.0), (0.5, 0.2), (1.0, 1.0)),
    "waves": ((0.0, 0.2), (0.25, 1.0), (0.5, 0.2), (0.75, 1.0), (1.0, 0.2)),
}


def contour_of(text: str) -> Points:
    """Parse a name of SHAPES, or breakpoints such as "0:0, 0.5:1, 1:0.2". Raises SdaError when the text is neither."""
    if text.strip() in SHAPES:
        return SHAPES[text.strip()]
    try:
        points = [tuple(map(float, part.split(":"))) for part in text.split(",")]
        return checked_contour([(time, level) for time, level in points])
    except ValueError as error:
        raise SdaError(
            f"The contour {text!r} should be one of {', '.join(SHAPES)}, or read TIME:LEVEL,TIME:LEVEL with numbers "
            "from 0 to 1, e.g. 0:0,0.5:1,1:0.2."
        ) from error


def checked_contour(points: Sequence[Sequence[float]]) -> Points:
    """Return the breakpoints as a tuple.

    Raises SdaError unless there are none or 2 to MOST_POINTS, with values in 0..1 and rising times.
    """
    if len(points) == 1 or len(points) > MOST_POINTS:
        raise SdaError(f"A contour has two to {MOST_POINTS} points, not {len(points)}; e.g. 0:0,0.5:1,1:0.2.")
    for time, level in points:
        if not (0 <= time <= 1 and 0 <= level <= 1):
            raise SdaError(f"Times and levels of a contour go from 0 to 1; {time:g}:{level:g} does not.")
    times = [time for time, _ in points]
    if any(later <= sooner for sooner, later in pairwise(times)):
        raise SdaError("The times of a contour have to rise from point to point; put its points in order.")
    return tuple((float(time), float(level)) for time, level in points)


def contour_levels(points: Points, count: int) -> np.ndarray:
    """Return the level [count] in dB, 0 at the contour's peak, at the centers of `count` equal parts of the sound."""
    times, heights = np.array(points).T
    level = np.interp((np.arange(count) + 0.5) / count, times, heights)
    return DEPTH * (level - heights.max())


def measured_levels(power: np.ndarray, rate: float) -> np.ndarray:
    """Return the level [spectrum] in dB of power [spectrum], averaged over WINDOW around each spectrum.

    `rate` is in spectra per second.
    """
    reach = max(1, round(WINDOW / 2 * rate))
    summed, here = np.concatenate([[0.0], np.cumsum(power, dtype=np.float64)]), np.arange(len(power))
    first, end = np.maximum(here - reach, 0), np.minimum(here + reach + 1, len(power))
    return 10 * np.log10(np.maximum((summed[end] - summed[first]) / (end - first), 1e-12))


def contour_error(level: np.ndarray, points: Points) -> float:
    """Return the mean deviation in dB of levels [n] over a sound from the contour, regardless of absolute level."""
    away = level - contour_levels(points, len(level))
    return float(np.abs(away - np.median(away)).mean())
