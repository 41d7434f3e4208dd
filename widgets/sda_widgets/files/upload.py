"""Uploaded file: received from the page in parts and written to disk at once; its name and size are checked."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sda_lib.audio.suffixes import is_readable
from sda_lib.errors import SdaError
from sda_lib.file_names import safe_name, without_unprintable
from sda_lib.files import part_folder
from sda_widgets.common.folders import READABLE_FORMATS

# Largest file taken from the page, in bytes; a file on this machine is opened by its path, whatever its size.
MAX_UPLOAD_BYTES = 200_000_000
# Default folder of files that are being received.
INCOMING = Path(tempfile.gettempdir())
# Bytes that stay free on a disk, so that uploads never fill it.
FREE_BYTES = 500_000_000
# Characters of a name that are kept; in any script they fit the length limit of file systems.
MAX_NAME = 60


class UploadedFile:
    """One file of `size` bytes, at most `largest`, being received in a hidden folder in `folder`; `close` deletes it.

    `title` and `name` are those of `names_of`.

    All methods raise SdaError when the data does not match the announcement, or when writing to disk fails.
    """

    def __init__(self, name: Any, size: Any, folder: Path = INCOMING, largest: int = MAX_UPLOAD_BYTES) -> None:
        self.title, self.name = names_of(name)
        self.size = _checked(self.name, size, largest)
        self.received = 0
        check_space(folder, self.name, self.size)
        with contextlib.ExitStack() as opened, saving(self.name):
            self.path = opened.enter_context(part_folder(folder / "sda-incoming")) / self.name
            self._file = opened.enter_context(self.path.open("wb"))
            self._opened = opened.pop_all()

    def add(self, offset: Any, part: bytes | memoryview) -> int:
        """Write the part that begins at byte `offset`; return the offset of the next one."""
        length = len(part)
        if offset != self.received or not 0 < length <= self.size - self.received:
            raise SdaError(f"The upload of {self.name} does not match its announced size; send it again.")
        with saving(self.name):
            self._file.write(part)
        self.received += length
        return self.received

    @property
    def complete(self) -> bool:
        return self.received == self.size

    def finish(self) -> Path:
        """Return the path of the whole file, which exists until `close`."""
        if not self.complete:
            raise SdaError(f"The upload of {self.name} is incomplete; send it again.")
        with saving(self.name):
            self._file.close()
        return self.path

    def close(self) -> None:
        """Delete the file."""
        with contextlib.suppress(OSError):  # unwritten data is discarded anyway
            self._opened.close()


@contextlib.contextmanager
def saving(name: str) -> Iterator[None]:
    """Raise SdaError with a file's name for an OSError."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise SdaError(f"{name} can't be saved ({reason}); free some space and send it again.") from error


def check_space(folder: Path, name: str, size: int) -> None:
    """Raise SdaError when a file of `size` bytes would leave less than FREE_BYTES on a folder's disk."""
    place = next(path for path in (folder, *folder.parents) if os.path.isdir(path))
    if shutil.disk_usage(place).free - size < FREE_BYTES:
        raise SdaError(
            f"{name} would leave less than {FREE_BYTES / 1e6:.0f} MB free on the disk of {place}; free some space."
        )


def names_of(name: Any) -> tuple[str, str]:
    """Return the title and the file name for a name from anywhere, both printable and short.

    The title is the name as its user knows it, without the suffix; the file name is accepted by every system. Raises
    SdaError without a sound's suffix.
    """
    last = str(name).replace("\\", "/").rsplit("/", 1)[-1]
    plain = without_unprintable(last)
    if not is_readable(plain):
        raise SdaError(f"{plain[:MAX_NAME] or 'That'} is not a readable sound; choose {READABLE_FORMATS}.")
    stem, _, suffix = plain.rpartition(".")
    return stem[:MAX_NAME].strip(". ") or "sound", f"{safe_name(stem, MAX_NAME)}.{suffix}"


def _checked(name: str, size: Any, largest: int) -> int:
    """Return a size in bytes. Raises SdaError when it is not a positive number or exceeds the largest."""
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise SdaError(f"{name} is empty; choose another file.")
    if size > largest:
        raise SdaError(
            f"{name} has {size / 1e6:.0f} MB, more than the {largest / 1e6:.0f} MB that can be uploaded; "
            "type its path if it is on this machine, or convert it to FLAC."
        )
    return size
