"""Opening: open a sound from a file on this machine, from the browser, or from the microphone."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
from ipywidgets import HTML, VBox
from traitlets import Bool, Int, List, Unicode

from sda_lib.errors import SdaError
from sda_widgets.common import folders
from sda_widgets.common.esm import join_modules
from sda_widgets.files.picker import Message, Picker
from sda_widgets.files.upload import LARGEST, UploadedFile
from sda_widgets.session.session import Session

# Seconds after which a recording stops by itself.
LONGEST_RECORDING = 60


class SoundUpload(anywidget.AnyWidget):
    """Receives files and recordings from the browser in parts, and calls `take` with the path of each.

    Messages come as `{"kind": "begin", "id", "name", "size"}`, `{"kind": "part", "id", "offset"}` with one buffer,
    `{"kind": "cancel", "id"}`; each but the last is answered: `go` from an offset, `refused` and why, or `done`
    and the result. The page sends the next part only then, so no message is large and none waits in memory.
    """

    _esm = join_modules("common/dom.js", "files/upload_view.js", "files/open_sound.js")
    ready = Bool(False, help="whether a sound can be opened").tag(sync=True)
    suffixes = List(Unicode(), default_value=list(folders.SOUND_SUFFIXES)).tag(sync=True)
    readable = Unicode(folders.READABLE_FORMATS).tag(sync=True)
    largest = Int(LARGEST, help="bytes").tag(sync=True)
    longest = Int(LONGEST_RECORDING, help="seconds of a recording").tag(sync=True)

    def __init__(self, take: Callable[[Path], str]) -> None:
        """`take` opens a file, which is deleted afterwards, and returns an error message or an empty string."""
        super().__init__()
        self._take = take
        self._incoming: UploadedFile | None = None
        self._id: Any = None
        self.on_msg(lambda _widget, message, buffers: self.receive(message, buffers))

    def receive(self, message: Any, buffers: list[Any]) -> None:
        """Answer one message of the page."""
        try:
            answer = self._answer(message, buffers)
        except SdaError as error:
            self._drop()
            answer = {"kind": "refused", "why": str(error)}
        except (KeyError, TypeError, IndexError, AttributeError):
            return  # malformed message
        if answer:
            self.send({**answer, "id": message["id"]})

    def _answer(self, message: Message, buffers: list[Any]) -> Message:
        kind, id_ = message["kind"], message["id"]
        if kind == "begin":
            self._drop()
            self._incoming, self._id = UploadedFile(message["name"], message["size"]), id_
            return {"kind": "go", "offset": 0}
        if kind == "part":
            return self._part(id_, message["offset"], buffers[0])
        if kind == "cancel" and id_ == self._id:
            self._drop()
        return {}

    def _part(self, id_: Any, offset: Any, part: memoryview) -> Message:
        if self._incoming is None or id_ != self._id:
            return {"kind": "refused", "why": "Another file came in between; send this one again."}
        offset = self._incoming.add(offset, part)
        if not self._incoming.complete:
            return {"kind": "go", "offset": offset}
        try:
            return {"kind": "done", "why": self._take(self._incoming.finish())}
        finally:
            self._drop()

    def _drop(self) -> None:
        """Discard the file being received."""
        if self._incoming is not None:
            self._incoming.close()
        self._incoming = self._id = None


class SoundOpener(VBox):
    """View of files: whatever is chosen, sent or recorded is passed to `take`, a verb of the session."""

    def __init__(self, session: Session, take: Callable[[Path], object] | None = None) -> None:
        """Without `take`, the file becomes the sound that new sounds replace."""
        self.session = session
        self._take = take or (lambda path: session.receiving.create.load_file(path))
        self.roots = session.places.roots
        self.folder: Path | None = None
        self._found: dict[str, folders.Entry] = {}
        self.picker, self.intake = Picker(self._act), SoundUpload(self._open)
        super().__init__([HTML("<h3>Open a sound</h3>"), self.picker, self.intake])
        self.add_class("sda-card").add_class("sda-opening")
        session.observe(lambda _change: self._enable(), "model")
        session.exports.observe(lambda _change: self._enter(self.folder), "path")
        self._enter(session.places.demo if os.path.isdir(session.places.demo) else None)
        self._enable()

    def _open(self, path: Path) -> str:
        """Pass a file to `take`; return the error message, or an empty string."""
        self._take(path)
        return self.session.message

    def _enable(self) -> None:
        self.picker.ready = self.intake.ready = self.session.model is not None

    def _act(self, act: Any) -> None:
        """Handle an act of the picker; a slow page may name a line that no longer exists."""
        with contextlib.suppress(KeyError, TypeError, AttributeError):
            if act["kind"] == "up":
                self._enter(folders.parent_folder(self.roots, self.folder))
            elif act["kind"] == "open":
                self._go(self._found[act["name"]].path)
            elif act["kind"] == "type":
                self._go(self._named(act["text"].strip()))

    def _go(self, path: Path) -> None:
        if os.path.isdir(path):
            self._enter(Path(os.path.realpath(path)))
        else:
            self.picker.why = self._open(path)

    def _enter(self, folder: Path | None) -> None:
        """Show a folder; on error show the message and stay."""
        try:
            found = folders.list_folder(self.roots, folder)
        except SdaError as error:
            self.picker.why = str(error)
            return
        self.folder, self._found = folder, {one.name: one for one in found}
        self.picker.show(list(folders.breadcrumb(self.roots, folder)), found)

    def _named(self, typed: str) -> Path:
        """Resolve typed text: a path, or a name in this folder or among the examples."""
        path = Path(typed)
        with contextlib.suppress(RuntimeError):  # unknown user in ~user
            path = path.expanduser()
        places = (folder / path for folder in (self.folder, self.session.places.demo) if folder is not None)
        return next((place for place in places if os.path.exists(place)), path)
