"""A file for libsndfile to write to, which remembers why a write failed."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import soundfile

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class DiskFile(io.FileIO):
    """A file that stores the error of a failed write; libsndfile only reports that it failed."""

    error: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        view, done = memoryview(data), 0
        try:
            while done < len(view):
                done += super().write(view[done:])
        except OSError as error:
            self.error = error
        return done

    @contextlib.contextmanager
    def raising_write_errors(self) -> Iterator[None]:
        """Raise the stored error in place of the one that soundfile raises, if any."""
        try:
            yield
        except (soundfile.LibsndfileError, AssertionError):
            if self.error is None:
                raise
        if self.error is not None:
            raise self.error
