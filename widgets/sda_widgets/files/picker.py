"""Picker: list of a folder on this machine; its owner decides what is listed and what a choice does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
from traitlets import Bool, Int, List, Unicode

from sda_widgets.common.folders import Entry
from sda_widgets.common.static import STATIC

# Lines of a folder that are sent to the page; the rest are only counted.
MOST_LINES = 5000


class Picker(anywidget.AnyWidget):
    """Shows a folder and calls `act` with what the user did; it reads no folder itself.

    Acts: `{"kind": "up"}`, `{"kind": "open", "name"}` (a line), `{"kind": "type", "text"}` (a path, or a name).
    """

    _esm = STATIC / "picker.js"
    _css = Path(__file__).with_suffix(".css")
    breadcrumb = List(Unicode(), help="labels from the root to the folder; [] for the roots").tag(sync=True)
    lines = List(help="[name, whether it is a folder, details]").tag(sync=True)
    hidden_lines = Int(0, help="number of lines that are not sent").tag(sync=True)
    error = Unicode("", help="why the last act failed; the page clears it").tag(sync=True)
    ready = Bool(False, help="whether a sound can be opened").tag(sync=True)
    prompt = Unicode("Path of a sound file", help="placeholder of the field").tag(sync=True)

    def __init__(self, act: Callable[[dict[str, Any]], None]) -> None:
        super().__init__()
        self.on_msg(lambda _widget, message, _buffers: act(message))

    def show(self, breadcrumb: list[str], entries: Sequence[Entry]) -> None:
        """List a folder."""
        lines = [[one.name, one.folder, "" if one.folder else _size(one.size)] for one in entries[:MOST_LINES]]
        with self.hold_sync():
            self.breadcrumb, self.lines = breadcrumb, lines
            self.hidden_lines, self.error = len(entries) - len(lines), ""


def _size(size: int) -> str:
    """Format bytes for display."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"
