"""Shared parts of the scatter views: marks, the pointer over them, and arrow keys from dot to dot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import bqplot as bq
import numpy as np
from ipywidgets import Layout
from traitlets import Bool, Unicode
from traitlets import List as ListTrait

ROOM = Path(__file__).parent
# The plot ranges from -EDGE to EDGE on both axes, so that no dot is cut off.
EDGE = 1.1
# Pixels within which the pointer counts as on a dot, or on the line between two.
NEAR = 18.0
WAYS = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, 1), "ArrowDown": (0, -1)}
# Weight of the sideways distance against the forward one when an arrow key looks for the next dot.
ASIDE = 2.0
WHITE, ACCENT, OUTLINE, NOTHING = "#ffffff", "#c8f169", "#55606d", "#00000000"


class ScatterInput(anywidget.AnyWidget):
    """Sends pointer and key events over the figure `.sda-PART-figure` in `.sda-PART` as messages, and waits for an
    answer between moves. `keys_heard` are the keys handled; `twice` enables double-clicks. A drag that ends on the
    figure `onto` (a CSS selector) reports the position on its plot, and Escape moves the focus there. With `reveal` the
    figure is scrolled into view when it appears, and takes the focus if the `onto` figure had it."""

    _esm = ROOM / "scatter_input.js"
    label = Unicode().tag(sync=True)
    part = Unicode().tag(sync=True)
    keys_heard = ListTrait(Unicode()).tag(sync=True)
    twice = Bool(False).tag(sync=True)
    onto = Unicode().tag(sync=True)
    reveal = Bool(False).tag(sync=True)


def scales() -> dict[str, bq.Scale]:
    """Return the two scales of the plane."""
    return {axis: bq.LinearScale(min=-EDGE, max=EDGE) for axis in "xy"}


def plane(marks: Sequence[bq.Mark], height: str) -> bq.Figure:
    """Return a figure of marks only, which neither widen its scales nor handle events; DotsInput does."""
    for mark in marks:
        mark.preserve_domain = {"x": True, "y": True}
        if isinstance(mark, bq.Scatter):
            mark.interactions = {}
    figure = bq.Figure(
        marks=list(marks), axes=[], padding_x=0, padding_y=0, animation_duration=0,
        fig_margin={"top": 4, "bottom": 4, "left": 4, "right": 4}, background_style={"fill": "transparent"},
        layout=Layout(width="auto", height=height, min_width="0"),
    )  # fmt: skip
    figure.display_toolbar = False
    return figure.add_class("sda-dots")


def spot(scales: dict[str, bq.Scale], inside: str, rim: str) -> bq.Scatter:
    """Return a mark for one dot above the others, at first empty."""
    return bq.Scatter(x=[], y=[], scales=scales, colors=[inside], stroke=rim, stroke_width=2)


def caption(scales: dict[str, bq.Scale]) -> bq.Label:
    """Return a mark for a name beside a dot, at first empty."""
    return bq.Label(
        x=[], y=[], text=[], scales=scales, colors=[WHITE], default_size=12, font_weight="normal", y_offset=-12
    )


def name(mark: bq.Label, text: str, at: np.ndarray | None) -> None:
    """Show a caption beside a point [2], on the side where it stays inside the figure, or hide it."""
    leftward = at is not None and at[0] > 0
    with mark.hold_sync():
        mark.text = np.array([] if at is None else [text], dtype=str)
        mark.align, mark.x_offset = ("end", -8) if leftward else ("start", 8)
        put(mark, at)


def put(mark: bq.Mark, at: np.ndarray | None) -> None:
    """Move a one-point mark to a point [2], or hide it."""
    lay(mark, [] if at is None else [at])


def stretch(mark: bq.Lines, one: np.ndarray | None, other: np.ndarray | None) -> None:
    """Draw a line between two points [2], or hide it."""
    lay(mark, [] if one is None or other is None else [one, other])


def lay(mark: bq.Mark, places: Sequence[np.ndarray]) -> None:
    """Set a mark's points. Arrays are always new, because bqplot does not send one that it already holds."""
    across, up = np.array(places, float).reshape(-1, 2).T.copy()
    with mark.hold_sync():
        mark.x, mark.y = across, up


def pointed(message: dict[str, Any]) -> np.ndarray:
    """Return the pointer's position in units of the plane [2]; the page counts from the upper left corner."""
    return np.array([2 * message["x"] - 1, 1 - 2 * message["y"]]) * EDGE


def pixels(places: np.ndarray, message: dict[str, Any]) -> np.ndarray:
    """Convert positions or differences [..., 2] of the plane to pixels of the plot at its current size."""
    return places * (message["width"], message["height"]) / (2 * EDGE)


def nearest(places: np.ndarray, message: dict[str, Any]) -> int | None:
    """Return the index of the position [dot, 2] nearest to the pointer, or None if none is within NEAR pixels."""
    distance = np.hypot(*pixels(places - pointed(message), message).T)
    number = int(distance.argmin())
    return number if distance[number] <= NEAR else None


def ahead(places: np.ndarray, here: int, way: tuple[int, int], aspect: float) -> int:
    """Return the index of the nearest position [dot, 2] in a direction, or `here` when there is none; `aspect` is the
    plot's width over its height."""
    places = places * (aspect, 1)
    onward, aside = (places - places[here]) @ way, (places - places[here]) @ way[::-1]
    cost = np.where(onward > 1e-9, np.hypot(onward, ASIDE * aside), np.inf)
    return int(cost.argmin()) if np.isfinite(cost).any() else here
