"""Folder upload: many sounds from the browser into a new folder, to train on."""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from traitlets import Int

from sda_lib.errors import SdaError
from sda_lib.file_names import printable
from sda_lib.files import place
from sda_widgets.files.file_receiver import FileReceiver, Message
from sda_widgets.files.upload import UploadedFile, saving
from sda_widgets.session.places import NUMBER, unused

# Limits of one folder filled through the page, in files and bytes; copy larger folders to the machine instead.
MOST_FILES = 1000
MOST_BYTES = 2_000_000_000
# Limit of all such folders together in bytes, and how many files pass between two countings of them.
MOST_TOGETHER = 20_000_000_000
COUNTED_EVERY = 50


class FolderUpload(FileReceiver):
    """Keeps files in a folder and calls `on_complete` with it on the message `{"kind": "all"}`, when all of a drop have
    arrived."""

    most = Int(MOST_FILES, help="files").tag(sync=True)

    def __init__(self, parent: Path, on_complete: Callable[[Path], object]) -> None:
        """Files are received in `parent`, and new folders made in it."""
        super().__init__()
        self.incoming, self._on_complete = parent, on_complete
        self.start_new_folder()

    def start_new_folder(self) -> None:
        """Put the next sounds into a new folder."""
        self.folder: Path | None = None
        self._count = self._bytes = 0

    def _answer(self, message: Message, buffers: list[Any]) -> Message:
        if message["kind"] != "all":
            return super()._answer(message, buffers)
        if self.folder is not None:
            self._on_complete(self.folder)
        return {}

    def check(self, size: Any) -> None:
        if self._count >= MOST_FILES:
            raise SdaError(
                f"The limit of {MOST_FILES} uploaded files in one folder is reached; copy the folder to this machine."
            )
        if isinstance(size, int) and self._bytes + size > MOST_BYTES:
            raise SdaError(f"Uploads are limited to {MOST_BYTES / 1e9:.0f} GB in one folder; copy it to this machine.")
        if self._count % COUNTED_EVERY == 0 and uploaded_bytes(self.incoming) > MOST_TOGETHER:
            raise SdaError(
                f"{printable(self.incoming)} holds more than {MOST_TOGETHER / 1e9:.0f} GB of uploads; "
                "delete folders there that you no longer need."
            )

    def keep(self, file: UploadedFile) -> str:
        path = file.finish()
        with saving(path.name):
            if self.folder is None:
                self.folder = unused(self.incoming, time.strftime("%Y-%m-%d_%H%M%S"), "")
            self.folder.mkdir(parents=True, exist_ok=True)
            place(path, self.folder / path.name, NUMBER)
        self._count, self._bytes = self._count + 1, self._bytes + file.size
        return ""


def uploaded_bytes(parent: Path) -> int:
    """Return the size of all files below a folder in bytes; links are not followed."""
    sizes = 0
    for folder, _, names in os.walk(parent):
        for name in names:
            with contextlib.suppress(OSError):
                sizes += os.lstat(os.path.join(folder, name)).st_size
    return sizes
