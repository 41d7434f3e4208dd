"""Folder picker: a picker that walks the folders below a few roots."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from traitlets import Bool, Int, List, Unicode

from sda_lib.errors import SdaError
from sda_lib.file_names import printable
from sda_widgets.common import folders
from sda_widgets.common.browser_widget import BrowserWidget, keys_trait
from sda_widgets.common.keys import FILES

# Lines of a folder that are sent to the page; the rest are only counted.
MOST_LINES = 5000


class FolderPicker(BrowserWidget):
    """Lists `folder`, or the roots for None; lists nothing outside the roots.

    `open_file` opens a sound below the roots and returns an error message or ""; `resolve` turns typed text into a
    path. Messages of the page: `{"kind": "up"}`, `{"kind": "open", "name"}` (a line), `{"kind": "type", "text"}` (a
    path, or a name).
    """

    breadcrumb = List(Unicode(), help="labels from the root to the folder; [] for the roots").tag(sync=True)
    lines: List[list[Any]] = List(help="[name, whether it is a folder, details]").tag(sync=True)
    hidden_lines = Int(0, help="number of lines that are not sent").tag(sync=True)
    error = Unicode("", help="why the last act failed; the page clears it").tag(sync=True)
    ready = Bool(False, help="whether a sound can be opened").tag(sync=True)
    keymap = keys_trait(FILES)
    prompt = Unicode("Path of a sound file", help="placeholder of the field").tag(sync=True)

    def __init__(
        self, roots: folders.Roots, open_file: Callable[[Path], str], resolve: Callable[[str], Path] | None = None
    ) -> None:
        super().__init__()
        self.on_message(self._act)
        self.roots, self._open_file, self._resolve = roots, open_file, resolve or Path
        self.folder: Path | None = None
        self._entries: dict[str, folders.Entry] = {}

    def enter(self, folder: Path | None) -> None:
        """Show a folder; on error show the message and stay."""
        try:
            entries = folders.list_folder(self.roots, folder)
        except SdaError as error:
            self.error = str(error)
            return
        self.folder, self._entries = folder, {entry.name: entry for entry in entries}
        lines = [[one.name, one.folder, "" if one.folder else _size(one.size)] for one in entries[:MOST_LINES]]
        with self.hold_sync():
            self.breadcrumb, self.lines = list(folders.breadcrumb(self.roots, folder)), lines
            self.hidden_lines, self.error = len(entries) - len(lines), ""

    def _act(self, act: Any) -> None:
        """Handle an act of the user; a slow page may name an entry that no longer exists."""
        with contextlib.suppress(KeyError, TypeError, AttributeError):
            if act["kind"] == "up":
                self.enter(folders.parent_folder(self.roots, self.folder))
            elif act["kind"] == "open":
                self._go(self._entries[act["name"]].path)
            elif act["kind"] == "type":
                self._type(act["text"].strip())

    def _type(self, text: str) -> None:
        """Go to a path, or to a name in the folder that is shown."""
        path = self._resolve(text)
        if os.path.isabs(os.path.expanduser(path)):
            self._go(path)
        elif text:
            self.error = f"There is no file {printable(text)}; check the path."

    def _go(self, path: Path) -> None:
        """Enter a folder, or open a sound; refuse what lies outside of the roots."""
        try:
            path = folders.checked(self.roots, path)
        except SdaError as error:
            self.error = str(error)
            return
        if os.path.isdir(path):
            self.enter(Path(os.path.realpath(path)))
        else:
            self.error = self._open_file(path)


def _size(size: int) -> str:
    """Format bytes for display."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"
