"""File receiver: takes files from the browser in parts, for widgets that open or collect them."""

from typing import Any

from traitlets import Int, List, Unicode

from sda_lib.audio.suffixes import readable_suffixes
from sda_lib.errors import SdaError
from sda_widgets.common import folders
from sda_widgets.common.browser_widget import BrowserWidget
from sda_widgets.files.upload import INCOMING, MAX_UPLOAD_BYTES, UploadedFile

Message = dict[str, Any]


class FileReceiver(BrowserWidget):
    """Receive one file at a time and pass it to `keep`.

    Messages of the page: `{"kind": "begin", "id", "name", "size"}`, `{"kind": "part", "id", "offset"}` with one buffer,
    `{"kind": "cancel", "id"}`. All but the last are answered: `go` from an offset, `refused` or `done` with an error
    message or "". The page sends the next part only then, so no message is large and none waits in memory.
    """

    suffixes = List(Unicode(), default_value=sorted(readable_suffixes())).tag(sync=True)
    readable = Unicode(folders.READABLE_FORMATS).tag(sync=True)
    incoming = INCOMING  # folder of the file that is being received
    largest = Int(MAX_UPLOAD_BYTES, help="bytes of a file").tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self._most = MAX_UPLOAD_BYTES
        self._file: UploadedFile | None = None
        self._id: Any = None
        self.on_msg(lambda _widget, message, buffers: self.receive(message, buffers))

    def limit_to(self, largest: int) -> None:
        """Take files of so many bytes at most."""
        self._most = self.largest = largest  # the browser can change the second one, which only informs it

    def check(self, size: Any) -> None:
        """Raise SdaError if no file of `size` bytes is accepted now; its own limits are checked elsewhere."""

    def keep(self, file: UploadedFile) -> str:
        """Use a complete file, which is deleted afterwards; return an error message or ""."""
        raise NotImplementedError

    def receive(self, message: Any, buffers: list[Any]) -> None:
        """Answer one message of the page."""
        try:
            answer = self._answer(message, buffers)
        except SdaError as error:
            self._drop()
            answer = {"kind": "refused", "error": str(error)}
        except (KeyError, TypeError, IndexError, AttributeError):
            return  # malformed message
        if answer:
            self.send({**answer, "id": message["id"]})

    def _answer(self, message: Message, buffers: list[Any]) -> Message:
        kind, number = message["kind"], message["id"]
        if kind == "begin":
            self._drop()
            self.check(message["size"])
            self._file, self._id = UploadedFile(message["name"], message["size"], self.incoming, self._most), number
            return {"kind": "go", "offset": 0}
        if kind == "part":
            return self._part(number, message["offset"], buffers[0])
        if kind == "cancel" and number == self._id:
            self._drop()
        return {}

    def _part(self, number: Any, offset: Any, part: memoryview) -> Message:
        if self._file is None or number != self._id:
            return {"kind": "refused", "error": "Another upload interrupted this one; send the file again."}
        offset = self._file.add(offset, part)
        if not self._file.complete:
            return {"kind": "go", "offset": offset}
        try:
            return {"kind": "done", "error": self.keep(self._file)}
        finally:
            self._drop()

    def _drop(self) -> None:
        """Discard the file being received, if any, and its temporary copy."""
        if self._file is not None:
            self._file.close()
        self._file = self._id = None
