"""Collecting: upload of many sounds from the browser into a new folder, to train on."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
from traitlets import Int, List, Unicode

from sda_lib.errors import SdaError
from sda_widgets.common import folders
from sda_widgets.common.esm import PACKAGE, join_modules
from sda_widgets.files.upload import LARGEST, UploadedFile
from sda_widgets.session.file_names import unused

# Limits of one folder filled through the page, in files and bytes; copy larger folders to the machine instead.
MOST_FILES = 1000
MOST_BYTES = 2_000_000_000

Message = dict[str, Any]


class FolderUpload(anywidget.AnyWidget):
    """Receives files from the browser in parts, as `UploadedFile` does, and calls `done` with their folder when all of a
    drop have arrived.

    Messages come as `{"kind": "begin", "id", "name", "size"}`, `{"kind": "part", "id", "offset"}` with one buffer, and
    `{"kind": "all"}`; the first two are answered: `go` from an offset, `refused` and why, or `done`.
    """

    _esm = join_modules("common/dom.js", "files/upload_view.js", "training/folder_upload.js")
    _css = PACKAGE / "training/folder_upload.css"
    suffixes = List(Unicode(), default_value=list(folders.SOUND_SUFFIXES)).tag(sync=True)
    readable = Unicode(folders.READABLE_FORMATS).tag(sync=True)
    largest = Int(LARGEST, help="bytes of a file").tag(sync=True)
    most = Int(MOST_FILES, help="files").tag(sync=True)

    def __init__(self, place: Path, done: Callable[[Path], object]) -> None:
        """Create the widget; new folders are made below `place`."""
        super().__init__()
        self.place, self.folder = place, None
        self._done, self._incoming, self._id = done, None, None
        self._files = self._bytes = 0
        self.on_msg(lambda _widget, message, buffers: self.receive(message, buffers))

    def start_new_folder(self) -> None:
        """Put the next sounds into a new folder."""
        self.folder, self._files, self._bytes = None, 0, 0

    def receive(self, message: Any, buffers: list[Any]) -> None:
        """Answer one message of the page."""
        try:
            if message["kind"] == "all":
                return self._done(self.folder) if self.folder is not None else None
            answer = self._answer(message, buffers)
        except SdaError as error:
            self._drop()
            answer = {"kind": "refused", "why": str(error)}
        except (KeyError, TypeError, IndexError, AttributeError):
            return None  # malformed message
        return self.send({**answer, "id": message["id"]}) if answer else None

    def _answer(self, message: Message, buffers: list[Any]) -> Message:
        kind, id_ = message["kind"], message["id"]
        if kind == "begin":
            self._drop()
            self._check(message["size"])
            self._incoming, self._id = UploadedFile(message["name"], message["size"]), id_
            return {"kind": "go", "offset": 0}
        if kind == "part" and self._incoming is not None and id_ == self._id:
            return self._part(message["offset"], buffers[0])
        return {"kind": "refused", "why": "Another file came in between; send this one again."}

    def _check(self, size: Any) -> None:
        if self._files >= MOST_FILES:
            raise SdaError(f"{MOST_FILES} files have come, which is all that can come this way; copy the folder here.")
        if isinstance(size, int) and self._bytes + size > MOST_BYTES:
            raise SdaError(f"More than {MOST_BYTES / 1e9:.0f} GB can't come this way; copy the folder to this machine.")

    def _part(self, offset: Any, part: memoryview) -> Message:
        offset = self._incoming.add(offset, part)
        if not self._incoming.complete:
            return {"kind": "go", "offset": offset}
        self._keep(self._incoming.finish(), self._incoming.size)
        self._drop()
        return {"kind": "done"}

    def _keep(self, path: Path, size: int) -> None:
        try:
            if self.folder is None:
                self.folder = unused(self.place, time.strftime("%Y-%m-%d_%H%M%S"), "")
            self.folder.mkdir(parents=True, exist_ok=True)
            shutil.move(path, unused(self.folder, path.stem, path.suffix))
        except OSError as error:
            why = error.strerror or error
            raise SdaError(f"{path.name} can't be kept ({why}); free some space and send it again.") from error
        self._files, self._bytes = self._files + 1, self._bytes + size

    def _drop(self) -> None:
        """Discard the file being received, if any, and its temporary copy."""
        if self._incoming is not None:
            self._incoming.close()
        self._incoming = self._id = None
