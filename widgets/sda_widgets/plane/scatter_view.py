"""Scatter view: base of the views that show dots in the plane."""

from __future__ import annotations

from typing import Any, Generic, Protocol, TypeVar

import bqplot as bq
import numpy as np
from ipywidgets import HTML, VBox

from sda_lib.colors import STOPS
from sda_widgets.common.figures import ACCENT, WHITE
from sda_widgets.common.markup import quiet, status
from sda_widgets.plane import scatter
from sda_widgets.plane.scatter import ARROWS, OUTLINE, TRANSPARENT
from sda_widgets.plane.scatter_input import ScatterInput
from sda_widgets.session.session import Session


class Dots(Protocol):
    """Something whose parts have places in the plane."""

    @property
    def places(self) -> np.ndarray:
        """Positions [dot, 2]."""


Shown = TypeVar("Shown", bound=Dots)


class ScatterView(VBox, Generic[Shown]):
    """Figure of the dots `shown`, a hint above it and a status line below. Messages of the page, such as `{"kind":
    "move", "x", "y", "width", "height"}`, go to the method `_on_KIND` while there are dots, and are answered."""

    def __init__(self, session: Session, pointer: ScatterInput) -> None:
        self.session, self.input = session, pointer
        self.shown: Shown | None = None
        self.pointed: int | None = None  # dot under the pointer, or selected with the arrow keys
        self._pressed: int | None = None  # dot on which a press began
        self.scales = scatter.scales()
        colors = bq.ColorScale(colors=list(STOPS[1:]), min=0.0, max=1.0)
        self.dots = bq.Scatter(
            x=[], y=[], color=[], scales={**self.scales, "color": colors}, stroke=OUTLINE, stroke_width=1
        )
        self.halo, self.ring = (scatter.spot(self.scales, TRANSPARENT, color) for color in (ACCENT, WHITE))
        self.label = scatter.caption(self.scales)
        self.hint, self.status = HTML(), HTML().add_class("sda-status")
        self.input.on_message(self._receive)
        super().__init__()
        self.add_class(f"sda-{pointer.part}")

    def _plane(self, below: list[bq.Mark], above: list[bq.Mark], height: str) -> bq.Figure:
        """Return the figure, with these marks below the dots and around the current dots."""
        marks = [*below, self.dots, *above, self.halo, self.ring, self.label]
        return scatter.plane(marks, height).add_class(f"sda-{self.input.part}-figure")

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
        """Return the dot nearest to the pointer, or None if none is near."""
        return scatter.nearest_dot(self._dots.places, message)

    def _next(self, message: dict[str, Any], here: int | None) -> int:
        """Return the nearest dot in an arrow key's direction, or `here` when there is none; for None, the dot nearest
        to the middle."""
        places, aspect = self._dots.places, message["width"] / max(message["height"], 1)
        if here is None:
            return int(np.hypot(*(places * (aspect, 1)).T).argmin())
        return scatter.next_dot(places, here, ARROWS[message["key"]], aspect)

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
