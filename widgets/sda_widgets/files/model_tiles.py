"""Model tiles: the models of the library as pictures of their recordings, one page at a time."""

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from traitlets import Int, List, Unicode

from sda_lib.display.history import thumbnail_url
from sda_lib.library.listing import LibraryModel
from sda_widgets.common.browser_widget import BrowserWidget

# Tiles of a page.
ON_A_PAGE = 24
# `key`, `name`, `detail`, `tags` and `health` are text; `image` is the URL of a picture, or empty; `starred` a switch.
Tile = dict[str, Any]


class ModelTiles(BrowserWidget):
    """Shows tiles, and calls `choose` with the key of the one that was chosen, or `open` with it."""

    tiles: List[Tile] = List(help="the tiles of the page that is shown").tag(sync=True)
    chosen = Unicode(help="key of the chosen tile, or empty").tag(sync=True)
    number = Int(0, help="number of that page").tag(sync=True)
    pages = Int(1).tag(sync=True)

    def __init__(self, choose: Callable[[str], object], open_model: Callable[[str], object]) -> None:
        super().__init__()
        self._models: Sequence[LibraryModel] = ()
        self._acts: dict[str, Callable[[Any], object]] = {"choose": choose, "open": open_model, "turn": self._turn}
        self.on_message(self.receive)

    def show(self, models: Sequence[LibraryModel], chosen: str) -> None:
        """Show the page with the chosen model, or the first one."""
        self._models = models
        place = next((at for at, one in enumerate(models) if str(one.entry.path) == chosen), 0)
        self.chosen = chosen
        self._turn(place // ON_A_PAGE)

    def receive(self, message: Any) -> None:
        """Carry out a message of the page; one that makes no sense, as of a page that is slow, is ignored."""
        with contextlib.suppress(KeyError, TypeError, AttributeError):
            kind, value = message["kind"], message.get("value")
            if kind == "turn" or value in [tile["key"] for tile in self.tiles]:
                self._acts[kind](value)

    def _turn(self, number: Any) -> None:
        pages = max(1, -(-len(self._models) // ON_A_PAGE))
        if isinstance(number, int) and 0 <= number < pages:
            shown = self._models[number * ON_A_PAGE : (number + 1) * ON_A_PAGE]
            with self.hold_sync():
                self.tiles, self.number, self.pages = list(map(_tile, shown)), number, pages


def _tile(one: LibraryModel) -> Tile:
    entry, marks = one.entry, one.marks
    detail = "unreadable" if entry.problem else f"{entry.files} files, {entry.minutes:.1f} min"
    return {
        "key": str(entry.path), "name": entry.name, "detail": detail, "tags": " · ".join(marks.tags),
        "health": one.health, "starred": marks.starred, "image": thumbnail_url(entry.thumbnail),
    }  # fmt: skip
