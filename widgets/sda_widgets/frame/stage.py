"""Stage: shows one place of the page at a time, and builds each when it is first shown."""

from __future__ import annotations

from collections.abc import Sequence

from ipywidgets import VBox, Widget

from sda_widgets.frame.place import Place

SHOWN = "sda-shown"


class Stage(VBox):
    """The places shown so far, of which one is visible. Hidden ones keep their size, so that figures keep theirs."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._places = {place.name: place for place in places}
        self.built: dict[str, Widget] = {}
        super().__init__([])
        self.add_class("sda-stage")

    def show(self, name: str) -> None:
        """Show a place. Raises KeyError for one that the page does not have."""
        shown = self.built.get(name) or self._build(name)
        for other in self.built.values():
            if other is not shown:
                other.remove_class(SHOWN)
        shown.add_class(SHOWN)

    def _build(self, name: str) -> Widget:
        place = self._places[name]
        built = place.build()
        built.add_class("sda-place").add_class(f"sda-place-{name}")
        self.built[name] = built
        self.children = tuple(self.built.values())
        return built
