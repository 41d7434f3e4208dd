"""Folder choice: the training folder, given by path, chosen from a list, or filled with files from the browser."""

from pathlib import Path

from ipywidgets import HTML, HBox, Layout, Text, VBox

from sda_widgets.common import folders
from sda_widgets.common.form_controls import Card, button, watch
from sda_widgets.files.folder_picker import FolderPicker
from sda_widgets.session.session import Session
from sda_widgets.training.folder_upload import FolderUpload


class FolderChoice(Card):
    """Part of the training tab; `folder.value` is the chosen path. Lists nothing outside the roots."""

    def __init__(self, session: Session) -> None:
        self.session, self.roots = session, session.places.roots
        first = session.scan.paths[0] if len(session.scan.paths) == 1 else str(session.places.demo)
        self.folder = Text(first, placeholder="Path of a folder", layout=Layout(flex="1 1 0"), continuous_update=False)
        self.browse = button("Browse", "Choose a folder on this machine", self._toggle)
        self.use = button("Use this folder", "Train on the sounds in it and its subfolders", self._use, "sda-primary")
        self.upload = FolderUpload(session.places.sounds, self._use_upload)
        self.list = VBox([]).add_class("sda-files").add_class("sda-choosing")
        self.picker = FolderPicker(self.roots, session.previews.file)
        self.picker.prompt, self.picker.ready = "Filter, or the path of a folder", True
        watch(lambda: setattr(self.use, "disabled", self.picker.folder is None), (self.picker, "breadcrumb"))
        super().__init__([HTML("<h3>Sounds</h3>"), HBox([self.folder, self.browse]), self.list, self.upload])
        self.folder.observe(lambda change: self._scan(change.new), "value")
        session.scan.observe(lambda change: self._use_clean_copy(change.new), "cleaned")

    def _scan(self, path: str) -> None:
        if self.upload.folder is not None and path != str(self.upload.folder):
            self.upload.start_new_folder()
        self.session.scan.start(path)

    def _use_upload(self, folder: Path) -> None:
        """Use the folder of uploaded files as the training folder, once all of a drop have arrived."""
        if self.folder.value == str(folder):
            self.session.scan.start(folder)  # files were added to it
        else:
            self.folder.value = str(folder)

    def _use_clean_copy(self, folder: Path | None) -> None:
        if folder is not None:
            self.folder.value = str(folder)

    def _toggle(self) -> None:
        """Show or hide the list of folders."""
        if self.list.children:
            self.list.children, self.browse.description = (), "Browse"
            return
        chosen = Path(self.folder.value).expanduser()
        self.picker.enter(chosen if chosen.is_dir() and folders.is_inside(self.roots, chosen) else None)
        self.list.children, self.browse.description = (self.picker, self.use), "Close"

    def _use(self) -> None:
        if self.picker.folder is not None:
            self.folder.value = str(self.picker.folder)
            self._toggle()
