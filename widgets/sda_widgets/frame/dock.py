"""Dock: a bar at the foot of the page, and above it what it opens to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ipywidgets import HBox, VBox, Widget

from sda_widgets.common.form_controls import show_if, watch
from sda_widgets.frame.dock_toggle import DockToggle


class Dock(VBox):
    """`build` makes what the dock opens to, once, when it is first opened; `bar` is always shown beside the button."""

    def __init__(self, words: str, build: Callable[[], Widget], bar: Sequence[Widget]) -> None:
        self._build = build
        self.toggle = DockToggle(words=words)
        self.body = VBox([]).add_class("sda-dock-body")
        super().__init__([self.body, HBox([self.toggle, *bar]).add_class("sda-foot")])
        self.add_class("sda-dock")
        watch(self._show, (self.toggle, "is_open"))

    def _show(self) -> None:
        if self.toggle.is_open and not self.body.children:
            self.body.children = (self._build(),)
        show_if(self.toggle.is_open, self.body)
