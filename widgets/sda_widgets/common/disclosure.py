"""Disclosure: a heading that shows and hides what is below it, by pointer and by keyboard."""

from __future__ import annotations

from collections.abc import Sequence

from ipywidgets import VBox, Widget
from traitlets import Bool, Unicode

from sda_widgets.common.browser_widget import BrowserWidget
from sda_widgets.common.form_controls import show_if, watch


class DisclosureHead(BrowserWidget):
    """The heading: a button that says whether what is below it is shown."""

    title = Unicode().tag(sync=True)
    expanded = Bool(False).tag(sync=True)


class Disclosure(VBox):
    """Widgets that are folded away at first; `expanded` shows them."""

    expanded = Bool(False, help="whether the widgets are shown")

    def __init__(self, title: str, body: Sequence[Widget], expanded: bool = False) -> None:
        self.head, self.body = DisclosureHead(title=title, expanded=expanded), VBox(list(body))
        super().__init__([self.head, self.body])
        self.expanded = expanded
        self.add_class("sda-disclosure")
        self.head.observe(lambda change: self.set_trait("expanded", change.new), "expanded")
        watch(self._show, (self, "expanded"))

    def unfold_to(self, field: Widget) -> None:
        """Show the widgets, and move the focus to one of them."""
        self.expanded = True
        field.focus()

    def _show(self) -> None:
        self.head.expanded = self.expanded
        show_if(self.expanded, self.body)
