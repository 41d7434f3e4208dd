"""Dots: what windows share that lay things out in the plane: marks, the pointer over them, the way to the next one."""

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
EDGE = 1.1
"""The plot goes from -EDGE to EDGE both ways, so that no dot is cut."""
NEAR = 18.0
"""Pixels from a dot, or from the line between two, within which the pointer is on it."""
WAYS = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, 1), "ArrowDown": (0, -1)}
ASIDE = 2.0
"""How much more than the way ahead the way aside counts when an arrow key looks for the next dot."""
WHITE, ACCENT, OUTLINE, NOTHING = "#ffffff", "#c8f169", "#55606d", "#00000000"


class DotsInput(anywidget.AnyWidget):
    """Hears pointer and keys over the figure `.sda-PART-figure` in `.sda-PART` and sends them as messages; waits for an
    answer between moves. `keys_heard` are those that it takes; with `twice` it tells of double clicks too; a drag that
    ends on the figure `onto` (a selector) says where on its plot, and Escape leads there. With `reveal` the
    figure is scrolled to when it appears, and has the keys if the other one had them."""

    _esm = ROOM / "scatter_input.js"
    label = Unicode().tag(sync=True)
    part = Unicode().tag(sync=True)
    keys_heard = ListTrait(Unicode()).tag(sync=True)
    twice = Bool(False).tag(sync=True)
    onto = Unicode().tag(sync=True)
    reveal = Bool(False).tag(sync=True)


def scales() -> dict[str, bq.Scale]:
    """The plane's two scales."""
    return {axis: bq.LinearScale(min=-EDGE, max=EDGE) for axis in "xy"}


def plane(marks: Sequence[bq.Mark], height: str) -> bq.Figure:
    """A figure of nothing but marks, which neither widen its scales nor hear anything: the input beside it does."""
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
    """One dot on top of the others, or none."""
    return bq.Scatter(x=[], y=[], scales=scales, colors=[inside], stroke=rim, stroke_width=2)


def caption(scales: dict[str, bq.Scale]) -> bq.Label:
    """A name beside a dot, or none."""
    return bq.Label(
        x=[], y=[], text=[], scales=scales, colors=[WHITE], default_size=12, font_weight="normal", y_offset=-12
    )


def name(mark: bq.Label, text: str, at: np.ndarray | None) -> None:
    """Put a caption beside a place [2], on the side where it stays inside the figure, or take it away."""
    leftward = at is not None and at[0] > 0
    with mark.hold_sync():
        mark.text = np.array([] if at is None else [text], dtype=str)
        mark.align, mark.x_offset = ("end", -8) if leftward else ("start", 8)
        put(mark, at)


def put(mark: bq.Mark, at: np.ndarray | None) -> None:
    """A mark of one point there [2], or nowhere."""
    lay(mark, [] if at is None else [at])


def stretch(mark: bq.Lines, one: np.ndarray | None, other: np.ndarray | None) -> None:
    """A line from one place [2] to another, or none."""
    lay(mark, [] if one is None or other is None else [one, other])


def lay(mark: bq.Mark, places: Sequence[np.ndarray]) -> None:
    """A mark's points; new arrays every time, because bqplot does not send one that it already holds."""
    across, up = np.array(places, float).reshape(-1, 2).T.copy()
    with mark.hold_sync():
        mark.x, mark.y = across, up


def pointed(message: dict[str, Any]) -> np.ndarray:
    """Where the pointer is, in the plane's units [2]; the page counts from the upper left corner."""
    return np.array([2 * message["x"] - 1, 1 - 2 * message["y"]]) * EDGE


def pixels(places: np.ndarray, message: dict[str, Any]) -> np.ndarray:
    """Places or differences [..., 2] of the plane in pixels of the plot, as the page has it now."""
    return places * (message["width"], message["height"]) / (2 * EDGE)


def nearest(places: np.ndarray, message: dict[str, Any]) -> int | None:
    """The number of the place [dot, 2] that is nearest to the pointer, if it is near."""
    distance = np.hypot(*pixels(places - pointed(message), message).T)
    number = int(distance.argmin())
    return number if distance[number] <= NEAR else None


def ahead(places: np.ndarray, here: int, way: tuple[int, int], aspect: float) -> int:
    """The number of the nearest of places [dot, 2] in a direction, or of the one here when there is none; `aspect` is
    the plot's width over its height."""
    places = places * (aspect, 1)
    onward, aside = (places - places[here]) @ way, (places - places[here]) @ way[::-1]
    cost = np.where(onward > 1e-9, np.hypot(onward, ASIDE * aside), np.inf)
    return int(cost.argmin()) if np.isfinite(cost).any() else here
