"""Sound tiles: rows of thumbnails of sounds that play on click, sent one page at a time."""

import contextlib
from collections.abc import Callable
from typing import Any

from traitlets import Int, List

from sda_widgets.common.browser_widget import BrowserWidget

# `title`, `detail` and `tags` are text; `cells` are `{"key", "label", "seconds"}` with an `outline` [[low, high], …]
# in 127ths, or an `image`, the URL of a picture.
Row = dict[str, Any]


class SoundTiles(BrowserWidget):
    """Shows rows and calls `play` with the key of the cell that was clicked, or `stop`."""

    rows: List[Row] = List(help="the rows of the page that is shown").tag(sync=True)
    number = Int(0, help="number of that page").tag(sync=True)
    pages = Int(1).tag(sync=True)

    def __init__(
        self, play: Callable[[str], object], stop: Callable[[], object], turn: Callable[[int], object] | None = None
    ) -> None:
        super().__init__()
        self._actions = {"play": play, "stop": lambda _nothing: stop(), "turn": turn or (lambda _page: None)}
        self.on_message(self.receive)

    def receive(self, message: Any) -> None:
        """Handle a message of the page; a slow page may name a row that no longer exists."""
        with contextlib.suppress(KeyError, TypeError, AttributeError, ValueError):
            kind, value = message["kind"], message.get("value")
            if kind != "turn" or (isinstance(value, int) and 0 <= value < self.pages):
                self._actions[kind](value)
