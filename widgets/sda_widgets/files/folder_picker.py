"""Folder picker: a picker that walks the folders below a few roots."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sda_lib.errors import SdaError
from sda_widgets.common import folders
from sda_widgets.files.picker import Picker


class FolderPicker(Picker):
    """Lists `folder`, or the roots for None; lists nothing outside the roots.

    `open_file` opens a sound and returns an error message or ""; `resolve` turns typed text into a path.
    """

    def __init__(
        self, roots: folders.Roots, open_file: Callable[[Path], str], resolve: Callable[[str], Path] | None = None
    ) -> None:
        super().__init__(self._act)
        self.roots, self._open_file, self._resolve = roots, open_file, resolve or expanded
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
        self.show(list(folders.breadcrumb(self.roots, folder)), entries)

    def _act(self, act: Any) -> None:
        """Handle an act of the user; a slow page may name an entry that no longer exists."""
        with contextlib.suppress(KeyError, TypeError, AttributeError):
            if act["kind"] == "up":
                self.enter(folders.parent_folder(self.roots, self.folder))
            elif act["kind"] == "open":
                self._go(self._entries[act["name"]].path)
            elif act["kind"] == "type":
                self._go(self._resolve(act["text"].strip()))

    def _go(self, path: Path) -> None:
        """Enter a folder, or open a sound."""
        if os.path.isdir(path):
            self.enter(Path(os.path.realpath(path)))
        else:
            self.error = self._open_file(path)


def expanded(typed: str) -> Path:
    """Return typed text as a path, with `~` replaced by the user's home folder."""
    path = Path(typed)
    with contextlib.suppress(RuntimeError):  # unknown user in ~user
        path = path.expanduser()
    return path
