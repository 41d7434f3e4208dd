"""Incoming: a sound file that comes from the browser in pieces, put together beside the others and checked."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from sda_lib.errors import SdaError

LIMIT_MB = 200
"""Megabytes that a file may have; whoever has more opens it by its path."""
SOUNDS = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".aif", ".aiff")


class Incoming:
    """Takes one file after the other; when one is complete, `take` gets its path, and the file is gone afterwards."""

    def __init__(self, take: Callable[[Path], None]) -> None:
        self._take = take
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._file: BinaryIO | None = None
        self._path = Path()
        self._size = self.received = 0

    def begin(self, name: str, size: int) -> None:
        """A file of so many bytes is coming; one that was not finished is forgotten. Raises SdaError."""
        self.forget()
        plain = Path(str(name).replace("\\", "/")).name.replace("\0", "")
        if Path(plain).suffix.lower() not in SOUNDS:
            raise SdaError(f"{plain or 'That'} is no sound file; choose one of {', '.join(SOUNDS)}.")
        if not 0 < size <= LIMIT_MB * 2**20:
            raise SdaError(
                f"{plain} is empty." if size <= 0 else f"{plain} has more than {LIMIT_MB} MB; open it by its path."
            )
        self._folder = tempfile.TemporaryDirectory(prefix="sda_")
        self._path, self._size = Path(self._folder.name) / plain, size
        self._file = self._path.open("wb")

    def receive(self, first: int, piece: bytes) -> bool:
        """The bytes from place `first` on; whether the file is complete now. Raises SdaError for what does not fit."""
        if self._file is None or first != self.received or self.received + len(piece) > self._size:
            self.forget()
            raise SdaError("The file did not arrive whole; send it again.")
        self._file.write(piece)
        self.received += len(piece)
        if self.received < self._size:
            return False
        self._file.close()
        try:
            self._take(self._path)
        finally:
            self.forget()
        return True

    def forget(self) -> None:
        """What has come so far is not wanted any more."""
        if self._file is not None:
            self._file.close()
        if self._folder is not None:
            self._folder.cleanup()
        self._file = self._folder = None
        self._size = self.received = 0
