"""Read the files of a corpus once: measure each, and keep the samples of long corpora for the training that follows.

Both are kept in the user's cache, for corpora of more than MOST_IN_MEMORY seconds. Files that are there already are not
opened again.
"""

from __future__ import annotations

import itertools
import shutil
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from sda_lib.audio import sample_cache
from sda_lib.audio.chunks import converted
from sda_lib.audio.measurement import Measurement, Measuring
from sda_lib.audio.measurement_store import MeasurementStore
from sda_lib.audio.reader import UNKNOWN_LENGTH, Reader, UnreadableError, open_sound
from sda_lib.audio.sample_cache import SampleCache
from sda_lib.config import STEREO_SHARE, AudioConfig
from sda_lib.errors import SdaError

# Assumed bytes a second of files that don't tell their length.
USUAL_BYTES = 32_000
# Free bytes of the disk below which no more samples are kept.
LEAST_FREE = 2_000_000_000


class CorpusReading:
    """Measures the files at `paths`, one after the other.

    The samples are kept at the usual rate, and with the channels that a training on the files so far would have; where
    it turns out to have others, it reads the files once more.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._store, self._cache = MeasurementStore.of_user(), SampleCache.of_user()
        self._bytes = sum(_size(path) for path in paths)
        self._read_bytes, self._seconds, self._files, self._wide = 0, 0.0, 0, 0

    def __enter__(self) -> CorpusReading:
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()

    def measurement(self, path: Path) -> Measurement:
        """Return the measurement of a file. Raises SdaError with the reason for an unreadable or empty one."""
        found = self._store.find(path)
        if found is None:
            found = self._measured(path)
            if self._is_long(self._read_bytes + _size(path), self._seconds + found.seconds):
                self._store.keep(path, found)
        self._read_bytes, self._seconds = self._read_bytes + _size(path), self._seconds + found.seconds
        self._files, self._wide = self._files + 1, self._wide + found.wide
        return found

    def _measured(self, path: Path) -> Measurement:
        with open_sound(path) as file:
            measuring = Measuring(file)
            blocks = measuring.blocks()
            if self._is_long(self._read_bytes + _size(path), self._seconds + _declared_seconds(file)):
                self._keep(path, measuring, blocks)
            deque(blocks, maxlen=0)  # what is left
            return measuring.result()

    def _keep(self, path: Path, measuring: Measuring, blocks: Iterator[np.ndarray]) -> None:
        """Keep the samples of a file while it is measured, as far as the cache can be written."""
        file, rate = measuring.file, AudioConfig.sample_rate
        first = next(blocks, None)
        if first is None:
            return
        wide = (self._wide + measuring.wide) / (self._files + 1)
        channels = 2 if wide >= STEREO_SHARE else 1
        if self._cache.has(path, rate, channels) or _free_bytes(self._cache.folder) < LEAST_FREE:
            return
        try:
            self._cache.keep(path, rate, channels, converted(itertools.chain([first], blocks), file, rate, channels))
        except UnreadableError:
            raise
        except (OSError, SdaError):  # a full disk, or a file that is gone: training says so
            return

    def _is_long(self, read: int, seconds: float) -> bool:
        """Return whether all files together are longer than MOST_IN_MEMORY, if `read` of their bytes last `seconds`."""
        return seconds * self._bytes > sample_cache.MOST_IN_MEMORY * max(read, 1)


def _free_bytes(folder: Path) -> int:
    """Return the free bytes of the disk of a folder that may not exist yet; 0 if they are unknown."""
    try:
        return shutil.disk_usage(next(one for one in (folder, *folder.parents) if one.is_dir())).free
    except (OSError, StopIteration):
        return 0


def _declared_seconds(file: Reader) -> float:
    known = 0 < file.declared < UNKNOWN_LENGTH
    return file.declared / file.sample_rate if known else _size(file.path) / USUAL_BYTES


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
