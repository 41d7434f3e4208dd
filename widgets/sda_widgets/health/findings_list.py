"""Remedy list: findings, and under them the command that helps, to be copied or set up in the training window."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import anywidget
from traitlets import List

from sda_widgets.common.esm import together


class RemedyList(anywidget.AnyWidget):
    """Shows findings and calls `train` with the command of the one whose training is to be set up.

    All of it becomes text in the page and nothing else, because a model may be a stranger's."""

    _esm = together("common/dom.js", "health/findings_list_view.js")
    items = List(help='{"findings": [[lamp, sentence]], "command", "trains": whether it trains anew}').tag(sync=True)

    def __init__(self, train: Callable[[str], object]) -> None:
        super().__init__()
        self._train = train
        self.on_msg(lambda _widget, message, _buffers: self.hear(message))

    def hear(self, message: Any) -> None:
        """What the page says; a slow page may speak of findings that have gone."""
        with contextlib.suppress(KeyError, TypeError, IndexError):
            if message["kind"] == "train" and message["number"] >= 0:
                item = self.items[message["number"]]
                if item["trains"]:
                    self._train(item["command"])
                    self.send({"kind": "filled"})  # after all that was filled in
