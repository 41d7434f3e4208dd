"""Exported files: pictures of the sounds in the exports folder, which play."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from sda_lib.audio.clip import PREVIEW_SECONDS, read_excerpt
from sda_lib.audio.scan import outline_of
from sda_lib.errors import SdaError
from sda_widgets.session.context import Context, Part
from sda_widgets.session.exporting import Exporting
from sda_widgets.session.previews import Previews

# Sounds of which one page of pictures is made.
PAGE_FILES = 12
# Most pictures that are remembered.
REMEMBERED = 200


@dataclass(frozen=True, eq=False)
class ExportedFile:
    """A sound in the exports folder.

    Args:
        path: its file.
        seconds: how much of it the picture shows and a click plays.
        is_longer: whether the file is longer than that.
        outline: extremes of its beginning in 127ths of their peak, int8 [column, 2].
    """

    path: Path
    seconds: float
    is_longer: bool
    outline: np.ndarray


class ExportedFiles(Part):
    """The exported sounds, newest first, a page at a time."""

    def __init__(self, context: Context, exports: Exporting, previews: Previews) -> None:
        super().__init__(context)
        self._exports, self._previews = exports, previews

    @property
    def pages(self) -> int:
        """Number of pages, at least 1."""
        return max(1, -(-len(self._exports.sounds) // PAGE_FILES))

    def page(self, number: int) -> list[ExportedFile]:
        """Return the sounds of a page; a file that can't be read is left out."""
        paths = self._exports.sounds[number * PAGE_FILES :][:PAGE_FILES]
        return [one for path in paths if (one := self._pictured(path)) is not None]

    def play(self, path: str) -> None:
        """Play the beginning of an exported sound; other paths are ignored."""
        if Path(path) in self._exports.sounds:
            problem = self._previews.file(path)
            if problem:
                self.context.report(problem)

    def _pictured(self, path: Path) -> ExportedFile | None:
        try:
            return _measured(path, path.stat().st_mtime_ns)
        except (OSError, SdaError):
            return None


@lru_cache(REMEMBERED)
def _measured(path: Path, _changed: int) -> ExportedFile:
    """Return a file with its picture; it is read again when it has changed."""
    clip = read_excerpt(path)
    return ExportedFile(path, clip.seconds, clip.seconds >= PREVIEW_SECONDS - 0.001, outline_of(clip))
