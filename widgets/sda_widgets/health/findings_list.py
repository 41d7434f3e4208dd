"""Findings list: findings, each with the command that fixes it, to be copied or set up in the training tab."""

import contextlib
from collections.abc import Callable
from typing import Any

from traitlets import List

from sda_widgets.common.browser_widget import BrowserWidget


class FindingsList(BrowserWidget):
    """Shows findings and calls `train` with the command of the finding whose training is to be set up.

    The page inserts everything as text, never as markup, because model files are not trusted."""

    items: List[dict[str, Any]] = List(
        help='{"findings": [[severity, sentence]], "command", "trains": whether it trains}'
    ).tag(sync=True)

    def __init__(self, train: Callable[[str], object]) -> None:
        super().__init__()
        self._train = train
        self.on_message(self.receive)

    def receive(self, message: Any) -> None:
        """Handle a message of the page; a slow page may name a finding that no longer exists."""
        with contextlib.suppress(KeyError, TypeError, IndexError):
            if message["kind"] == "train" and message["number"] >= 0:
                item = self.items[message["number"]]
                if item["trains"]:
                    self._train(item["command"])
                    self.send({"kind": "filled"})  # last, after the form has been filled in
