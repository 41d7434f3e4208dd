"""Sound upload: opens a sound sent by the browser, from a file or the microphone."""

from collections.abc import Callable
from pathlib import Path

from traitlets import Bool, Int

from sda_widgets.files.file_receiver import FileReceiver
from sda_widgets.files.upload import UploadedFile

# Seconds after which a recording stops by itself.
MAX_RECORDING_SECONDS = 60


class SoundUpload(FileReceiver):
    """Calls `open_file` with path and title of each file or recording; it returns an error message or ""."""

    ready = Bool(False, help="whether a sound can be opened").tag(sync=True)
    longest = Int(MAX_RECORDING_SECONDS, help="seconds of a recording").tag(sync=True)

    def __init__(self, open_file: Callable[[Path, str], str]) -> None:
        super().__init__()
        self._open_file = open_file

    def keep(self, file: UploadedFile) -> str:
        return self._open_file(file.finish(), file.title)
