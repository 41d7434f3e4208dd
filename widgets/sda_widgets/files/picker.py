"""Picker: list of a folder on this machine; its owner decides what is listed and what a choice does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import anywidget
from traitlets import Bool, Int, List, Unicode

from sda_widgets.common.esm import PACKAGE, join_modules
from sda_widgets.common.folders import Entry

# Lines of a folder that are sent to the page; the rest are only counted.
LISTED = 5000

Message = dict[str, Any]


class Picker(anywidget.AnyWidget):
    """Shows a folder and calls `act` with what the user did; it reads no folder itself.

    Acts: `{"kind": "up"}`, `{"kind": "open", "name"}` (a line), `{"kind": "type", "text"}` (a path, or a name).
    """

    _esm = join_modules("common/dom.js", "files/picker.js")
    _css = PACKAGE / "files/open_sound.css"
    trail = List(Unicode(), help="the way to the folder; none where the roots are listed").tag(sync=True)
    lines = List(help="[name, whether it is a folder, what else is said of it]").tag(sync=True)
    more = Int(0, help="lines that are not told").tag(sync=True)
    why = Unicode("", help="why the last act came to nothing; the page takes it away").tag(sync=True)
    ready = Bool(False, help="whether a sound can be opened").tag(sync=True)
    prompt = Unicode("Path of a sound file", help="what stands in the empty field").tag(sync=True)

    def __init__(self, act: Callable[[Message], None]) -> None:
        super().__init__()
        self.on_msg(lambda _widget, message, _buffers: act(message))

    def show(self, trail: list[str], found: Sequence[Entry]) -> None:
        """List a folder."""
        lines = [[one.name, one.folder, "" if one.folder else _size(one.size)] for one in found[:LISTED]]
        with self.hold_sync():
            self.trail, self.lines, self.more, self.why = trail, lines, len(found) - len(lines), ""


def _size(size: int) -> str:
    """Format bytes for display."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"
