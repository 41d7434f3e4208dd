"""Shared parts of the scatter views: marks, the pointer's position, and arrow keys from dot to dot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bqplot as bq
import numpy as np

from sda_widgets.common.figures import WHITE, plain_figure

# The plot ranges from -EDGE to EDGE on both axes, so that no dot is cut off.
EDGE = 1.1
# Pixels within which the pointer counts as on a dot, or on the line between two.
NEAR = 18.0
ARROWS = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, 1), "ArrowDown": (0, -1)}
# Weight of the sideways distance against the forward one when an arrow key looks for the next dot.
SIDEWAYS = 2.0
OUTLINE, TRANSPARENT = "#55606d", "#00000000"


def scales() -> dict[str, bq.Scale]:
    """Return the two scales of the plane."""
    return {axis: bq.LinearScale(min=-EDGE, max=EDGE) for axis in "xy"}


def plane(marks: Sequence[bq.Mark], height: str) -> bq.Figure:
    """Return a figure of marks only, which neither widen its scales nor handle events; ScatterInput does."""
    for mark in marks:
        mark.preserve_domain = {"x": True, "y": True}
        if isinstance(mark, bq.Scatter):
            mark.interactions = {}
    margin = dict.fromkeys(("top", "bottom", "left", "right"), 4)
    return plain_figure(marks, [], margin, height, padding_x=0, padding_y=0).add_class("sda-dots")


def spot(scales: dict[str, bq.Scale], fill: str, outline: str) -> bq.Scatter:
    """Return a mark for one dot above the others, at first empty."""
    return bq.Scatter(x=[], y=[], scales=scales, colors=[fill], stroke=outline, stroke_width=2)


def caption(scales: dict[str, bq.Scale]) -> bq.Label:
    """Return a mark for a name beside a dot, at first empty."""
    return bq.Label(
        x=[], y=[], text=[], scales=scales, colors=[WHITE], default_size=12, font_weight="normal", y_offset=-12
    )


def set_caption(mark: bq.Label, text: str, at: np.ndarray | None) -> None:
    """Show a caption beside a point [2], on the side where it stays inside the figure, or hide it."""
    on_right = at is not None and at[0] > 0
    with mark.hold_sync():
        mark.text = np.array([] if at is None else [text], dtype=str)
        mark.align, mark.x_offset = ("end", -8) if on_right else ("start", 8)
        set_point(mark, at)


def set_point(mark: bq.Mark, at: np.ndarray | None) -> None:
    """Move a one-point mark to a point [2], or hide it."""
    set_points(mark, [] if at is None else [at])


def set_line(mark: bq.Lines, one: np.ndarray | None, other: np.ndarray | None) -> None:
    """Draw a line between two points [2], or hide it."""
    set_points(mark, [] if one is None or other is None else [one, other])


def set_points(mark: bq.Mark, points: Sequence[np.ndarray] | np.ndarray) -> None:
    """Set a mark's points [2]. Arrays are always new, because bqplot does not send one that it already holds."""
    x, y = np.array(points, float).reshape(-1, 2).T.copy()
    with mark.hold_sync():
        mark.x, mark.y = x, y


def pointer_position(message: dict[str, Any]) -> np.ndarray:
    """Return the pointer's position in units of the plane [2]; the page counts from the upper left corner."""
    return np.array([2 * message["x"] - 1, 1 - 2 * message["y"]]) * EDGE


def pixels(points: np.ndarray, message: dict[str, Any]) -> np.ndarray:
    """Convert positions or differences [..., 2] of the plane to pixels of the plot at its current size."""
    return points * (message["width"], message["height"]) / (2 * EDGE)


def nearest_dot(points: np.ndarray, message: dict[str, Any]) -> int | None:
    """Return the index of the point [dot, 2] nearest to the pointer, or None if none is within NEAR pixels."""
    distance = np.hypot(*pixels(points - pointer_position(message), message).T)
    number = int(distance.argmin())
    return number if distance[number] <= NEAR else None


def next_dot(points: np.ndarray, here: int, direction: tuple[int, int], aspect: float) -> int:
    """Return the index of the nearest point [dot, 2] in a direction, or `here` when there is none; `aspect` is the
    plot's width over its height."""
    points = points * (aspect, 1)
    forward, sideways = (points - points[here]) @ direction, (points - points[here]) @ direction[::-1]
    cost = np.where(forward > 1e-9, np.hypot(forward, SIDEWAYS * sideways), np.inf)
    return int(cost.argmin()) if np.isfinite(cost).any() else here
