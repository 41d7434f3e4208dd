"""Sound opener: open a sound from a file on this machine, from the browser, or from the microphone."""

import os
from collections.abc import Callable
from pathlib import Path

from ipywidgets import HTML

from sda_widgets.common.form_controls import Card, watch
from sda_widgets.files.folder_picker import FolderPicker
from sda_widgets.files.sound_upload import SoundUpload
from sda_widgets.session.context import NO_MODEL
from sda_widgets.session.guest import MAX_UPLOAD_BYTES, is_guest
from sda_widgets.session.session import Session


class SoundOpener(Card):
    """View of files: whatever is chosen, sent or recorded is passed to `open_file`, a verb of the session."""

    def __init__(self, session: Session, open_file: Callable[[Path, str], object] | None = None) -> None:
        """Without `open_file`, the file becomes the sound that new sounds replace."""
        self.session = session
        self._open_file = open_file or (lambda path, title: session.receiving.create.load_file(path, title))
        self.picker = FolderPicker(session.places.roots, self._open, self._resolve)
        self.upload = sound_upload(session, self._open)
        super().__init__([HTML("<h3>Open a sound</h3>"), self.picker, self.upload], "sda-files")
        self.picker.folder = session.places.demo if os.path.isdir(session.places.demo) else None
        session.page_acts.provide("open_sound", self.picker.focus, lambda: "" if session.model else NO_MODEL)
        watch(lambda: self.picker.enter(self.picker.folder), (session.exports, "path"))
        watch(lambda: setattr(self.picker, "ready", session.model is not None), (session, "model"))

    def _open(self, path: Path, title: str = "") -> str:
        """Open a file, by a title other than its name; return the error message, or an empty string."""
        self._open_file(path, title)
        return self.session.message

    def _resolve(self, typed: str) -> Path:
        """Return typed text as a path: a name in this folder or among the examples, if there is such a file."""
        path = Path(typed)
        folders = (folder for folder in (self.picker.folder, self.session.places.demo) if folder is not None)
        return next((folder / path for folder in folders if _exists(folder / path)), path)


def sound_upload(session: Session, open_file: Callable[[Path, str], str] | None = None) -> SoundUpload:
    """Return an upload that can be used while a model is open.

    open_file: by default the file becomes the sound that new sounds replace.
    """

    def receive(path: Path, title: str) -> str:
        session.receiving.create.load_file(path, title)
        return session.message

    upload = SoundUpload(open_file or receive)
    if is_guest(session.places):
        upload.limit_to(MAX_UPLOAD_BYTES)
    watch(lambda: setattr(upload, "ready", session.model is not None), (session, "model"))
    return upload


def _exists(path: Path) -> bool:
    """Return whether a path exists; text that is no path doesn't."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
