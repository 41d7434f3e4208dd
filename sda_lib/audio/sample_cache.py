"""Cache of recordings as 16-bit samples in files that are mapped into memory, so that hours of sound take little of it.

A file is a header (`HEADER`), then the samples [time, channel] as int16. Its name is a hash of where the recording is,
its size and time of change, and of the rate and channels that it was read at: a changed recording gets a new file.
Every file can be deleted at any time. Those used last are kept, up to a size.
"""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sda_lib.audio.flac import peak_of, scaled, to_int16
from sda_lib.files import write_atomically

# Mark and version, channels, samples of each, and the peak of the recording.
MARK, HEADER = b"SDApcm01", struct.Struct("<8sQQd")
SUFFIX = ".pcm"
# Most bytes of all files together, unless what is being read needs more.
LIMIT = 20_000_000_000
Blocks = Iterable[np.ndarray]


@dataclass(frozen=True)
class SampleCache:
    """The cache in a folder; `limit` is the most bytes of its files."""

    folder: Path
    limit: int = LIMIT

    def samples(
        self, path: Path, sample_rate: int, channels: int, read: Callable[[], Blocks]
    ) -> tuple[np.ndarray, float]:
        """Return int16 samples [channel, time], read-only and mapped into memory, and the peak of a recording.

        They are what `audio.flac.to_int16` returns of the float32 blocks that `read` yields; it is called twice when
        the recording isn't in the cache. Raises SdaError when it can't be read, or the cache can't be written.
        """
        try:
            kept = self.folder / f"{_key(path, sample_rate, channels)}{SUFFIX}"
        except OSError:
            return to_int16(*read())  # says what is wrong with the recording
        if (found := _mapped(kept)) is None:
            peak = peak_of(read())
            write_atomically(kept, lambda part: _write(part, read(), channels, peak))
            self._limit(kept)
            found = _mapped(kept)
        with contextlib.suppress(OSError):
            os.utime(kept)
        return to_int16(*read()) if found is None else found  # another process can have deleted it

    def _limit(self, kept: Path) -> None:
        """Delete what was used longest ago, but not `kept`, until the files fit into the limit."""
        files = sorted((_used(path), path) for path in self.folder.glob(f"*{SUFFIX}") if path != kept)
        free = self.limit - _size(kept) - sum(_size(path) for _, path in files)
        for _, path in files:
            if free >= 0:
                return
            free += _size(path)
            with contextlib.suppress(OSError):  # Windows keeps files that are mapped
                path.unlink()


def release(samples: np.ndarray) -> None:
    """Let the system take back the memory of samples that are mapped; it reads them again when they are needed."""
    base: object = samples
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        base.madvise(mmap.MADV_DONTNEED)


def _key(path: Path, sample_rate: int, channels: int) -> str:
    found = path.stat()
    facts = (os.fsdecode(path.resolve()), found.st_size, found.st_mtime_ns, sample_rate, channels)
    return hashlib.sha256(repr(facts).encode(errors="surrogateescape")).hexdigest()[:32]


def _write(part: Path, blocks: Blocks, channels: int, peak: float) -> None:
    length = 0
    with part.open("wb") as file:
        file.write(bytes(HEADER.size))
        for block in blocks:
            file.write(np.ascontiguousarray(scaled(block, peak).T).data)
            length += block.shape[1]
        file.seek(0)
        file.write(HEADER.pack(MARK, channels, length, peak))


def _mapped(path: Path) -> tuple[np.ndarray, float] | None:
    """Return samples and peak of a file of the cache; None if it is missing, or not one."""
    try:
        with path.open("rb") as file:
            mark, channels, length, peak = HEADER.unpack(file.read(HEADER.size))
            if mark != MARK or HEADER.size + 2 * channels * length != os.fstat(file.fileno()).st_size:
                return None
            if not length:
                return np.zeros((channels, 0), np.int16), peak
            whole = np.memmap(file, np.int16, "r", HEADER.size, (length, channels))
    except (OSError, struct.error, ValueError):
        return None
    return whole.T, peak


def _used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # another process deleted it
        return 0.0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
