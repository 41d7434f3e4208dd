"""Curves of sliders over a new sound: breakpoints (time, step), time from 0, its beginning, to 1, its end.

Between breakpoints a curve is a straight line; before the first and after the last it is constant. Times are relative,
so that a curve fits sounds of every length.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sda_lib.codec.placement import Placement
from sda_lib.errors import SdaError
from sda_lib.writers.loudness_contour import MOST_POINTS, Points

FORM = "NAME=TIME:STEP,TIME:STEP, e.g. brightness=0:-1,0.5:2,1:0"


def checked_curves(curves: Mapping[str, Sequence[Sequence[float]]]) -> dict[str, Points]:
    """Return curves by slider with their points as tuples.

    Raises SdaError unless each has 1 to MOST_POINTS pairs of numbers with rising times from 0 to 1.
    """
    return {name: _checked(name, points) for name, points in curves.items()}


def _checked(name: str, points: Sequence[Sequence[float]]) -> Points:
    try:
        found = tuple((float(time), float(step)) for time, step in points)
    except (TypeError, ValueError) as error:
        raise SdaError(f"The curve of {name} needs pairs of time and step, e.g. ((0, -1), (1, 2)).") from error
    if not 1 <= len(found) <= MOST_POINTS:
        raise SdaError(f"The curve of {name} has one to {MOST_POINTS} points, not {len(found)}.")
    times = [time for time, _ in found]
    if not all(0 <= time <= 1 for time in times) or any(np.diff(times) <= 0):
        raise SdaError(f"The times of the curve of {name} have to rise from point to point, from 0 to 1.")
    return found


def curves_of(texts: Sequence[str]) -> dict[str, Points]:
    """Parse ['brightness=0:-1,1:2', …] to curves by slider. Raises SdaError for text of another form."""
    return dict(map(_parsed, texts))


def _parsed(text: str) -> tuple[str, Points]:
    name, _, points = text.partition("=")
    try:
        pairs = [tuple(map(float, part.split(":"))) for part in points.split(",")]
        return name.strip(), tuple((time, step) for time, step in pairs)
    except ValueError as error:
        raise SdaError(f"The curve {text!r} should read {FORM}.") from error


def slider_steps(
    sliders: Mapping[str, float], curves: Mapping[str, Points], sound: Placement
) -> dict[str, float | np.ndarray]:
    """Return the steps of each slider: one number, or for a curve one per frame of the sound [frame].

    A curve replaces the number of the same slider.
    """
    shares = sound.seconds_of(np.arange(sound.frames) + 0.5) / max(sound.seconds, 1e-9)
    steps: dict[str, float | np.ndarray] = {name: step for name, step in sliders.items() if name not in curves}
    for name, points in curves.items():
        times, heights = zip(*points, strict=True)
        steps[name] = np.interp(shares, times, heights).astype(np.float32)
    return steps
