"""Folder choice: the training folder, given by path, chosen from a list, or filled with files from the browser."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from ipywidgets import HTML, Button, HBox, Layout, Text, VBox

from sda_lib.errors import SdaError
from sda_widgets.common import folders
from sda_widgets.files.picker import Picker
from sda_widgets.session.session import Session
from sda_widgets.training.folder_upload import FolderUpload


class FolderChoice(VBox):
    """Part of the training tab; `folder.value` is the chosen path. Lists nothing outside the roots."""

    def __init__(self, session: Session) -> None:
        self.session, self.roots = session, session.places.roots
        self.folder = Text(
            value=str(session.places.demo),
            placeholder="Path of a folder",
            layout=Layout(flex="1 1 0"),
            continuous_update=False,
        )
        self.browse = _button("Browse", "Choose among the folders of this machine", self._unfold)
        self.use = _button("Use this folder", "Learn from the sounds in it and below it", self._use)
        self.use.add_class("sda-primary")
        self.collecting = FolderUpload(session.places.sounds, self._collected)
        self.list = VBox([]).add_class("sda-opening").add_class("sda-choosing")
        self.picker: Picker | None = None
        self.at: Path | None = None
        self._found: dict[str, folders.Entry] = {}
        super().__init__([HTML("<h3>Sounds</h3>"), HBox([self.folder, self.browse]), self.list, self.collecting])
        self.add_class("sda-card")
        self.folder.observe(lambda change: self._chosen(change.new), "value")

    def _chosen(self, path: str) -> None:
        if self.collecting.folder is not None and path != str(self.collecting.folder):
            self.collecting.start_new_folder()
        self.session.scan.start(path)

    def _collected(self, folder: Path) -> None:
        """Use the folder of dropped files as the training folder, once all of a drop have arrived."""
        if self.folder.value == str(folder):
            self.session.scan.start(folder)  # files were added to it
        else:
            self.folder.value = str(folder)

    def _unfold(self) -> None:
        """Show or hide the list of folders."""
        if self.list.children:
            self.list.children, self.browse.description = (), "Browse"
            return
        if self.picker is None:
            self.picker = Picker(self._act)
            self.picker.prompt, self.picker.ready = "Find, or the path of a folder", True
        chosen = Path(self.folder.value).expanduser()
        self._enter(chosen if chosen.is_dir() and folders.is_inside(self.roots, chosen) else None)
        self.list.children, self.browse.description = (self.picker, self.use), "Close"

    def _use(self) -> None:
        if self.at is not None:
            self.folder.value = str(self.at)
            self._unfold()

    def _act(self, act: Any) -> None:
        """Handle an act of the list; a slow page may name a line that no longer exists."""
        with contextlib.suppress(KeyError, TypeError, AttributeError):
            if act["kind"] == "up":
                self._enter(folders.parent_folder(self.roots, self.at))
            elif act["kind"] == "open":
                self._go(self._found[act["name"]].path)
            elif act["kind"] == "type":
                self._go(Path(act["text"].strip()).expanduser())

    def _go(self, path: Path) -> None:
        """Enter a folder, or preview a sound."""
        if os.path.isdir(path):
            self._enter(Path(os.path.realpath(path)))
        else:
            self.picker.why = self.session.previews.file(path)

    def _enter(self, folder: Path | None) -> None:
        """Show a folder; on error show the message and stay."""
        try:
            found = folders.list_folder(self.roots, folder)
        except SdaError as error:
            self.picker.why = str(error)
            return
        self.at, self._found = folder, {one.name: one for one in found}
        self.use.disabled = folder is None
        self.picker.show(list(folders.breadcrumb(self.roots, folder)), found)


def _button(text: str, tip: str, act: Any) -> Button:
    button = Button(description=text, tooltip=tip, layout=Layout(width="auto"))
    button.on_click(lambda _button: act())
    return button
