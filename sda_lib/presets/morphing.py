"""Blend two presets: numbers in between, and choices of the nearer one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from sda_lib.errors import SdaError
from sda_lib.export.finish import Place, Space
from sda_lib.presets.preset import LONGEST_NAME, Preset
from sda_lib.writers.loudness_contour import MOST_POINTS, Points
from sda_lib.writers.options import AUTO, GenerateOptions

T = TypeVar("T")
# Blends two values; the share is that of the second.
Blend = Callable[[Any, Any, float], Any]
# Digits after the point of blended numbers.
DIGITS = 4
# Cutoffs in Hz that stand for a high-pass and a low-pass filter that are off.
LOWEST, HIGHEST = 20.0, 20_000.0


def morph_presets(first: Preset, second: Preset, share: float, name: str = "") -> Preset:
    """Return a preset `share` (0..1) of the way from the first to the second; the default name tells both.

    Raises SdaError for a share out of range.
    """
    if not 0 <= share <= 1:
        raise SdaError(f"The share of the second preset must be from 0 to 1, not {share:g}.")
    name = name or f"{first.name} → {second.name} {share:.0%}"[:LONGEST_NAME]
    about = f"Between {first.name} and {second.name}."
    if share in (0, 1):
        return replace(second if share else first, name=name, about=about)
    axes = {one.axes_of for one in (first, second) if one.axes_of}
    finish = _blended(first.finish, second.finish, share, FINISH)
    options = _options(first.options, second.options, share)
    return Preset(name, about, options, finish, axes.pop() if len(axes) == 1 else "")


# --- ways to blend ---------------------------------------------------------------------------------------------------


def nearer(first: Any, second: Any, share: float) -> Any:
    """Return the value of the nearer preset; the first in the middle."""
    return second if share > 0.5 else first


def linear(first: float, second: float, share: float) -> float:
    return round(first + share * (second - first), DIGITS)


def geometric(first: float, second: float, share: float) -> float:
    """Return what is in between by ratio, of positive numbers."""
    return round(first ** (1 - share) * second**share, DIGITS)


def where_both(way: Blend, *missing: Any) -> Blend:
    """Return a blend that takes the nearer value where one of them is `missing`."""
    return lambda first, second, share: (
        nearer(first, second, share) if first in missing or second in missing else way(first, second, share)
    )


def _cutoff(off: float) -> Blend:
    """Return the blend of a filter's cutoff, 0 = off, which stands for the cutoff `off`."""

    def blend(first: float, second: float, share: float) -> float:
        if first == second == 0:
            return 0.0
        return geometric(first or off, second or off, share)

    return blend


def _whole(first: float, second: float, share: float) -> int:
    return round(geometric(first, second, share))


def _named(way: Blend) -> Blend:
    """Return the blend of numbers by name: those of one preset alone are there while it is the nearer one."""

    def blend(first: Mapping[str, float], second: Mapping[str, float], share: float) -> dict[str, float]:
        both = {name: way(one, second[name], share) for name, one in first.items() if name in second}
        return {**nearer(first, second, share), **both}

    return blend


def _levels(first: tuple[float, ...], second: tuple[float, ...], share: float) -> tuple[float, ...]:
    """Blend temperatures of levels; one that is missing is 0."""
    count = max(len(first), len(second))
    padded = [(*one, *(0.0,) * (count - len(one))) for one in (first, second)]
    return tuple(linear(one, other, share) for one, other in zip(*padded, strict=True))


def _points(first: Points, second: Points, share: float) -> Points:
    """Blend two polygons over time, with the breakpoints of both; with too many, those of the nearer one."""
    times = sorted({time for time, _ in (*first, *second)})
    if len(times) > MOST_POINTS:
        return nearer(first, second, share)
    one, other = (_heights(points, times) for points in (first, second))
    return tuple((time, linear(one[place], other[place], share)) for place, time in enumerate(times))


def _heights(points: Points, times: list[float]) -> list[float]:
    """Return a polygon's heights at times."""
    known, heights = zip(*points, strict=True)
    return [float(height) for height in np.interp(times, known, heights)]


def _azimuth(first: float, second: float, share: float) -> float:
    """Blend directions the shorter way round."""
    way = (second - first + 180) % 360 - 180
    return round((first + share * way + 180) % 360 - 180, DIGITS)


def _place(first: Place, second: Place, share: float) -> Place:
    if first.path or second.path:
        return nearer(first, second, share)
    return _blended(first, second, share, {"azimuth": _azimuth, "elevation": linear, "distance": geometric})


def _space(first: Space, second: Space, share: float) -> Space:
    if first.mode != second.mode:
        return nearer(first, second, share)
    return _blended(first, second, share, {"width": linear, "pan": linear, "place": _place})


# --- of whole values -------------------------------------------------------------------------------------------------


def _options(first: GenerateOptions, second: GenerateOptions, share: float) -> GenerateOptions:
    """Blend options of new sounds; a curve and a number of the same slider make a curve."""
    moves = [{**{name: ((0.0, step),) for name, step in one.sliders.items()}, **one.curves} for one in (first, second)]
    names = dict.fromkeys((*moves[0], *moves[1]))
    still = ((0.0, 0.0),)
    blended = {name: _points(moves[0].get(name, still), moves[1].get(name, still), share) for name in names}
    curved = {name for one in (first, second) for name in one.curves}
    return replace(
        _blended(first, second, share, OPTIONS),
        sliders={name: points[0][1] for name, points in blended.items() if name not in curved},
        curves={name: points for name, points in blended.items() if name in curved},
    )


def _blended(first: T, second: T, share: float, ways: Mapping[str, Blend]) -> T:
    """Return a dataclass with its fields blended in these ways; the other fields are those of the nearer one."""
    changes: Any = {name: way(getattr(first, name), getattr(second, name), share) for name, way in ways.items()}
    whole: Any = nearer(first, second, share)
    return replace(whole, **changes)


def _parts(ways: Mapping[str, Blend]) -> Blend:
    return lambda first, second, share: _blended(first, second, share, ways)


OPTIONS: dict[str, Blend] = {
    "seconds": where_both(geometric, AUTO),
    **dict.fromkeys(
        ("source_amount", "novelty", "temperature", "top_p", "varispeed", "varispeed_spread", "strictness"), linear
    ),
    "top_k": _whole,
    "level_temperatures": _levels,
    "controls": _named(linear),
    "contour": where_both(_points, ()),
}
EFFECTS: dict[str, Blend] = {
    "highpass": _cutoff(LOWEST),
    "lowpass": _cutoff(HIGHEST),
    **dict.fromkeys(("tilt", "drive", "compress", "reverb", "room", "limit"), linear),
    "echo": where_both(linear, 0.0),
}
DELIVERY: dict[str, Blend] = {
    "lufs": where_both(linear, None),
    **dict.fromkeys(("ceiling_db", "fade_in", "fade_out"), linear),
}
FINISH: dict[str, Blend] = {
    "effects": _parts(EFFECTS),
    "space": _space,
    "delivery": _parts(DELIVERY),
    "trim": where_both(linear, 0.0),
}
