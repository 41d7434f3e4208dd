"""Scatter: base of the views that show dots in the plane, with their marks, pointer positions and arrow keys."""

from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar

import bqplot as bq
import numpy as np
from ipywidgets import HTML

from sda_lib.colors import STOPS
from sda_widgets.common.figures import PAGE_ACCENT, PAGE_OUTLINE, PAGE_TEXT, plain_figure
from sda_widgets.common.form_controls import Card
from sda_widgets.common.markup import quiet, status
from sda_widgets.plane.scatter_input import ScatterInput
from sda_widgets.session.session import Session

# The plot ranges from -EDGE to EDGE on both axes, so that no dot is cut off.
EDGE = 1.1
# Pixels within which the pointer counts as on a dot, or on the line between two.
NEAR = 18.0
ARROWS = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, 1), "ArrowDown": (0, -1)}
# Weight of the sideways distance against the forward one when an arrow key looks for the next dot.
SIDEWAYS = 2.0
OUTLINE, TRANSPARENT = PAGE_OUTLINE, "transparent"


def spot(scales: dict[str, bq.Scale], fill: str, outline: str) -> bq.Scatter:
    """Return a mark for one dot above the others, at first empty."""
    return bq.Scatter(x=[], y=[], scales=scales, colors=[fill], stroke=outline, stroke_width=2)


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


class Dots(Protocol):
    """Something whose parts have places in the plane."""

    @property
    def places(self) -> np.ndarray:
        """Positions [dot, 2]."""


Shown = TypeVar("Shown", bound=Dots)


class ScatterView(Card, Generic[Shown]):
    """Figure of the dots `shown`, a hint above it and a status line below. Messages of the page, such as `{"kind":
    "move", "x", "y", "width", "height"}`, go to the method `_on_KIND` while there are dots, and are answered."""

    def __init__(self, session: Session, pointer: ScatterInput) -> None:
        self.session, self.input = session, pointer
        self.shown: Shown | None = None
        self.pointed: int | None = None  # dot under the pointer, or selected with the arrow keys
        self._pressed: int | None = None  # dot on which a press began
        self.scales = {axis: bq.LinearScale(min=-EDGE, max=EDGE) for axis in "xy"}
        colors = bq.ColorScale(colors=list(STOPS[1:]), min=0.0, max=1.0)
        self.dots = bq.Scatter(
            x=[], y=[], color=[], scales={**self.scales, "color": colors}, stroke=OUTLINE, stroke_width=1
        )
        self.halo, self.ring = (spot(self.scales, TRANSPARENT, color) for color in (PAGE_ACCENT, PAGE_TEXT))
        self.label = bq.Label(
            x=[],
            y=[],
            text=[],
            scales=self.scales,
            colors=[PAGE_TEXT],
            default_size=12,
            font_weight="normal",
            y_offset=-12,
        )
        self.hint, self.status = HTML(), HTML().add_class("sda-status")
        self.input.on_message(self._receive)
        super().__init__((), f"sda-{pointer.part}")

    def _plane(self, below: list[bq.Mark], above: list[bq.Mark], height: str) -> bq.Figure:
        """Return the figure, with these marks below the dots and around the current dots. They neither widen its scales
        nor handle events; ScatterInput does."""
        marks = [*below, self.dots, *above, self.halo, self.ring, self.label]
        for mark in marks:
            mark.preserve_domain = {"x": True, "y": True}
            if isinstance(mark, bq.Scatter):
                mark.interactions = {}
        margin = dict.fromkeys(("top", "bottom", "left", "right"), 4)
        figure = plain_figure(marks, [], margin, height, padding_x=0, padding_y=0)
        return figure.add_class("sda-dots").add_class(f"sda-{self.input.part}-figure")

    @property
    def _dots(self) -> Shown:
        """What is shown, where messages and buttons act; they do so only while there are dots."""
        assert self.shown is not None
        return self.shown

    def _receive(self, message: dict[str, Any]) -> None:
        try:
            if self.shown is not None:
                getattr(self, f"_on_{message['kind']}")(message)
        finally:
            self.input.send({"kind": "answered"})

    def _position(self, number: int | None) -> np.ndarray | None:
        return None if number is None or self.shown is None else self.shown.places[number]

    def _nearest(self, message: dict[str, Any]) -> int | None:
        """Return the dot nearest to the pointer, or None if none is within NEAR pixels."""
        distance = np.hypot(*pixels(self._dots.places - pointer_position(message), message).T)
        number = int(distance.argmin())
        return number if distance[number] <= NEAR else None

    def _next(self, message: dict[str, Any], here: int | None) -> int:
        """Return the nearest dot in an arrow key's direction, or `here` when there is none; for None, the dot nearest
        to the middle."""
        places = self._dots.places * (message["width"] / max(message["height"], 1), 1)
        if here is None:
            return int(np.hypot(*places.T).argmin())
        direction, offsets = ARROWS[message["key"]], places - places[here]
        forward, sideways = offsets @ direction, offsets @ direction[::-1]
        cost = np.where(forward > 1e-9, np.hypot(forward, SIDEWAYS * sideways), np.inf)
        return int(cost.argmin()) if np.isfinite(cost).any() else here

    def _point(self, number: int | None) -> bool:
        """Set the pointed dot; return whether it is another one."""
        is_other = number != self.pointed
        self.pointed = number
        if is_other:
            self._draw_marks()
        return is_other

    def _draw_marks(self) -> None:
        """Draw the marks of the current dots and describe them."""
        raise NotImplementedError

    def _explain(self, text: str) -> None:
        self.hint.value = quiet(text)

    def _say(self, html: str) -> None:
        self.status.value = status(html)
