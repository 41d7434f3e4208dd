"""Figures of a model's health: code usage, code transitions, and distance per number of levels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sda_lib.codec.code_usage import CodeUsage
from sda_lib.colors import STOPS
from sda_lib.maps.figures import FAINT, INK, LIME, PAPER, clear_axes, color_bar
from sda_lib.training.evaluate import Fidelity

# Color of unused codes; it is not part of the color ramp, so that they are visible.
NEVER = "#4a2326"
USES = LinearSegmentedColormap.from_list("uses", STOPS[1:]).with_extremes(bad=NEVER)
FOLLOWS = LinearSegmentedColormap.from_list("follows", ("#20242a", *STOPS[2:])).with_extremes(bad=(0, 0, 0, 0))
HELD_OUT = "#e0a458"


def usage_picture(use: CodeUsage, names: Sequence[str]) -> Figure:
    """Draw code usage as a heat map, one row per level and one cell per code, relative to uniform use on a logarithmic
    scale. Unused codes are reddish. `names` [level] label the rows."""
    figure, axes = _blank(9.6, 0.95 + 0.24 * use.levels)
    image = axes.imshow(relative_use(use), aspect="auto", cmap=USES, vmin=-3, vmax=3, interpolation="nearest")
    axes.set_yticks(range(use.levels), list(names))
    _label(axes, "code, dark to bright (reddish: never used)", "level")
    bar = color_bar(figure, image, axes, 8, aspect=24)
    bar.set_ticks([-3, 0, 3], labels=["1/8", "even", "8 ×"])
    return figure


def relative_use(use: CodeUsage) -> np.ndarray:
    """Return log2 of each code's use relative to uniform use [level, code], masked where a code is unused."""
    even = np.maximum(use.usage.sum(1, keepdims=True) / use.size, 1e-12)
    return np.ma.masked_invalid(np.log2(np.where(use.usage > 0, use.usage / even, np.nan)))


def transition_picture(counts: np.ndarray, level: str) -> Figure:
    """Draw how often each code of a level, given by its name, is followed by each other code, counts [code, next code],
    on a logarithmic scale."""
    figure, axes = _blank(4.7, 4.2)
    seen = np.ma.masked_equal(np.log2(1 + counts), 0)
    image = axes.imshow(seen, cmap=FOLLOWS, vmin=1, interpolation="nearest", origin="lower")
    _label(axes, "next code", f"code of {level}")
    bar = color_bar(figure, image, axes, 8, aspect=24)
    ends = sorted({1, max(int(counts.max()), 1)})
    bar.set_ticks(np.log2(1 + np.array(ends)).tolist(), labels=[f"{count} ×" for count in ends])
    return figure


def distance_picture(near: Fidelity) -> Figure:
    """Draw mel distance over the number of decoded levels, for learned and held-out sounds."""
    figure, axes = _blank(4.7, 4.2)
    _draw_curve(axes, zip(near.counts, near.train_curve, strict=False), LIME, "learned sounds")
    _draw_curve(axes, zip(near.counts, near.held_out_curve, strict=False), HELD_OUT, "held-out sounds")
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _label_distances(axes, "decoded levels", "mel distance (lower is closer)")
    return figure


def curve_picture(curve: Sequence[Sequence[float]], kept: float | None) -> Figure:
    """Draw mel distance over training steps from (step, held-out, train) points, with a line at the step that was
    kept."""
    figure, axes = _blank(9.6, 2.6)
    for label, place, color in (("held-out sounds", 1, HELD_OUT), ("learned sounds", 2, LIME)):
        _draw_curve(axes, ((point[0], point[place]) for point in curve if len(point) > place), color, label)
    if kept is not None:
        axes.axvline(kept, color=FAINT, linewidth=1, linestyle="--", label="kept")
    _label_distances(axes, "step", "mel distance")
    return figure


def _draw_curve(axes: Axes, points: Iterable[tuple[float, float]], color: str, label: str) -> None:
    """Draw a line through (x, y) points, if there are any."""
    if found := list(points):
        axes.plot(*zip(*found, strict=True), color=color, marker="o", markersize=4, linewidth=1.8, label=label)


def _label_distances(axes: Axes, x: str, y: str) -> None:
    """Add horizontal grid lines, labels of both axes, and a legend."""
    axes.grid(axis="y", color="#2a2f36", linewidth=0.7)
    axes.set_axisbelow(True)
    _label(axes, x, y)
    axes.legend(frameon=False, labelcolor=INK, fontsize=9)


def _label(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x, color=FAINT, fontsize=9)
    axes.set_ylabel(y, color=FAINT, fontsize=9)


def _blank(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), facecolor=PAPER, layout="constrained")
    axes = figure.subplots()
    clear_axes(axes, labelsize=8, length=0)
    return figure, axes
