"""Scatter view: base of the views that show dots in the plane."""

from __future__ import annotations

from typing import Any

import bqplot as bq
import numpy as np
from ipywidgets import HTML, VBox

from sda_lib.colors import STOPS
from sda_widgets.common.markup import quiet, status
from sda_widgets.plane import scatter
from sda_widgets.plane.scatter import OUTLINE
from sda_widgets.plane.scatter_input import ScatterInput
from sda_widgets.session.session import Session


class ScatterView(VBox):
    """Figure of dots, a hint above it and a status line below. Messages of the page, such as `{"kind": "move", "x",
    "y", "width", "height"}`, go to the method `_on_KIND` while `positions` is not None, and are answered."""

    def __init__(self, session: Session, pointer: ScatterInput) -> None:
        self.session, self.input = session, pointer
        self.pointed: int | None = None  # dot under the pointer, or selected with the arrow keys
        self._pressed: int | None = None  # dot on which a press began
        self.scales = scatter.scales()
        colors = bq.ColorScale(colors=list(STOPS[1:]), min=0.0, max=1.0)
        self.dots = bq.Scatter(
            x=[], y=[], color=[], scales={**self.scales, "color": colors}, stroke=OUTLINE, stroke_width=1
        )
        self.label = scatter.caption(self.scales)
        self.hint, self.status = HTML(), HTML().add_class("sda-status")
        self.input.on_msg(lambda _widget, message, _buffers: self._receive(message))
        super().__init__()

    @property
    def positions(self) -> np.ndarray | None:
        """Positions of the dots [dot, 2], or None while there are none."""
        raise NotImplementedError

    def _receive(self, message: dict[str, Any]) -> None:
        try:
            if self.positions is not None:
                getattr(self, f"_on_{message['kind']}")(message)
        finally:
            self.input.send({"kind": "answered"})

    def _position(self, number: int | None) -> np.ndarray | None:
        positions = self.positions
        return None if number is None or positions is None else positions[number]

    def _nearest(self, message: dict[str, Any]) -> int | None:
        """Return the dot nearest to the pointer, or None if none is near."""
        return scatter.nearest_dot(self.positions, message)

    def _explain(self, text: str) -> None:
        self.hint.value = quiet(text)

    def _say(self, html: str) -> None:
        self.status.value = status(html)
