"""Sound rows: one page of the history, each sound with its picture; played, chosen and starred by pointer or keys."""

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from traitlets import Int, List

from sda_widgets.common.browser_widget import BrowserWidget, keys_trait
from sda_widgets.common.keys import HISTORY

# `number` and `seconds` are numbers; `title`, `detail` and `note` text; `image` is the URL of a picture, or empty;
# `starred` a switch.
Row = dict[str, Any]


class SoundRows(BrowserWidget):
    """Shows rows, and calls the act of a message with its value.

    Acts are `play`, `restore` and `star` with the number of a sound, `choose` and `delete` with a list of numbers,
    `turn` with the number of a page, and `stop`.
    """

    rows: List[Row] = List(help="the rows of the page that is shown").tag(sync=True)
    chosen: List[int] = List(help="numbers of the chosen rows").tag(sync=True)
    number = Int(0, help="number of that page").tag(sync=True)
    pages = Int(1).tag(sync=True)
    keymap = keys_trait(HISTORY)

    def __init__(self, acts: Mapping[str, Callable[[Any], object]]) -> None:
        super().__init__()
        self._acts = dict(acts)
        self.on_message(self.receive)

    def receive(self, message: Any) -> None:
        """Carry out a message of the page; one that makes no sense, as of a page that is slow, is ignored."""
        with contextlib.suppress(KeyError, TypeError, AttributeError):
            kind, value = message["kind"], message.get("value")
            if kind == "stop" or self._fits(kind, value):
                self._acts[kind](value)

    def _fits(self, kind: str, value: Any) -> bool:
        known = {row["number"] for row in self.rows}
        if kind in ("choose", "delete"):
            return isinstance(value, list) and all(_is_whole(one) and one in known for one in value)
        return _is_whole(value) and (0 <= value < self.pages if kind == "turn" else value in known)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
