"""Cache of recordings as 16-bit samples in files that are mapped into memory, so that hours of sound take little of it.

A file is a header (`HEADER`), then the samples [time, channel] as int16, then the peak of every PEAK_SAMPLES of them as
uint16. Its name is a hash of where the recording is, its size and time of change, and of the rate and channels that it
was read at: a changed recording gets a new file. Every file can be deleted at any time. Those used last are kept, up to
a size.
"""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from sda_lib.audio.flac import scaled, to_int16
from sda_lib.files import write_atomically
from sda_lib.home import Home

# Mark and version, channels, samples of each, and the peak of the recording.
MARK, HEADER = b"SDApcm02", struct.Struct("<8sQQd")
SUFFIX = ".pcm"
# Samples that share a peak; hops of codes are multiples of it.
PEAK_SAMPLES = 256
# Most bytes of all files together, unless what is being read needs more.
LIMIT = 20_000_000_000
# Seconds of a corpus beyond which its samples are kept here instead of in memory (a stereo minute takes 11 MB).
MOST_IN_MEMORY = 1200.0
# Name of the folder in the user's cache.
FOLDER = "samples"
# Bytes of a recording that are held in memory until its peak is known; those of a longer one are in a temporary file.
HELD_BYTES = 32_000_000
# Samples of each channel that are scaled at once.
AT_ONCE = 1 << 18
Blocks = Iterable[np.ndarray]


@dataclass(frozen=True)
class CachedSamples:
    """Samples int16 [channel, time], normalized by the recording's peak `gain`.

    `peaks` uint16 [n] are the largest magnitudes of every PEAK_SAMPLES of them; None where the samples are not from a
    file of the cache, and read-only.
    """

    samples: np.ndarray
    gain: float
    peaks: np.ndarray | None = None


class SampleCache:
    """The cache in a folder; `limit` is the most bytes of its files."""

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self.folder, self.limit = folder, limit
        self._room: int | None = None  # bytes that may still be written before the files are counted again

    @classmethod
    def of_user(cls) -> SampleCache:
        """Return the user's cache."""
        return cls(Home.from_environment().cache / FOLDER)

    def samples(self, path: Path, sample_rate: int, channels: int, read: Callable[[], Blocks]) -> CachedSamples:
        """Return the samples of a recording, read-only and mapped into memory.

        They are what `audio.flac.to_int16` returns of the float32 blocks [channel, time] that `read` yields; it is
        called once when the recording isn't in the cache. Raises SdaError when it can't be read, or the cache can't be
        written.
        """
        try:
            kept = self._place(path, sample_rate, channels)
        except OSError:
            return CachedSamples(*to_int16(*read()))  # says what is wrong with the recording
        if (found := _mapped(kept)) is None:
            self._write(kept, read(), channels)
            found = _mapped(kept)
        else:
            with contextlib.suppress(OSError):
                os.utime(kept)
        return found or CachedSamples(*to_int16(*read()))  # another process can have deleted it

    def has(self, path: Path, sample_rate: int, channels: int) -> bool:
        """Return whether the samples of a recording as it is now are in the cache."""
        try:
            return self._place(path, sample_rate, channels).is_file()
        except OSError:
            return False

    def keep(self, path: Path, sample_rate: int, channels: int, blocks: Blocks) -> None:
        """Write the samples of a recording, given in float32 blocks [channel, time], which are read to their end.

        Raises SdaError when the cache can't be written, and any error of the blocks.
        """
        self._write(self._place(path, sample_rate, channels), blocks, channels)

    def _place(self, path: Path, sample_rate: int, channels: int) -> Path:
        """Return the path of a recording's file. Raises OSError when the recording is missing."""
        found = path.stat()
        facts = (os.fsdecode(path.resolve()), found.st_size, found.st_mtime_ns, sample_rate, channels)
        name = hashlib.sha256(repr(facts).encode(errors="surrogateescape")).hexdigest()[:32]
        return self.folder / f"{name}{SUFFIX}"

    def _write(self, kept: Path, blocks: Blocks, channels: int) -> None:
        write_atomically(kept, lambda part: _write(part, blocks, channels))
        if self._room is not None:
            self._room -= _size(kept)
        if self._room is None or self._room < 0:
            self._limit(kept)

    def _limit(self, kept: Path) -> None:
        """Delete what was used longest ago, but not `kept`, until the files fit into the limit."""
        files = sorted((_used(path), path) for path in self.folder.glob(f"*{SUFFIX}") if path != kept)
        self._room = self.limit - _size(kept) - sum(_size(path) for _, path in files)
        for _, path in files:
            if self._room >= 0:
                return
            self._room += _size(path)
            with contextlib.suppress(OSError):  # Windows keeps files that are mapped
                path.unlink()


def release(samples: np.ndarray) -> None:
    """Let the system take back the memory of samples that are mapped; it reads them again when they are needed."""
    base: object = samples
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        base.madvise(mmap.MADV_DONTNEED)


def _write(part: Path, blocks: Blocks, channels: int) -> None:
    """Write a file of the cache; the blocks are read once, and held until their peak is known."""
    with tempfile.SpooledTemporaryFile(HELD_BYTES, "w+b", dir=str(part.parent)) as held, part.open("wb") as file:
        peak, length = 0.0, 0
        for block in blocks:
            peak = max(peak, float(block.max(initial=0.0)), -float(block.min(initial=0.0)))
            length += block.shape[1]
            held.write(np.ascontiguousarray(block.T, np.float32).data.cast("B"))
        peak = peak or 1.0  # as `peak_of`
        file.write(bytes(HEADER.size))
        held.seek(0)
        peaks = [_written(file, scaled(block, peak)) for block in _read(cast("BinaryIO", held), channels)]
        for one in peaks:
            file.write(one.data)
        file.seek(0)
        file.write(HEADER.pack(MARK, channels, length, peak))


def _read(held: BinaryIO, channels: int) -> Iterator[np.ndarray]:
    """Yield what was held in blocks of AT_ONCE samples [time, channel]."""
    while data := held.read(4 * channels * AT_ONCE):
        yield np.frombuffer(data, np.float32).reshape(-1, channels)


def _written(file: BinaryIO, samples: np.ndarray) -> np.ndarray:
    """Write samples [time, channel] and return their peaks."""
    file.write(samples.data)
    heights = np.abs(samples).view(np.uint16).ravel()
    return np.maximum.reduceat(heights, np.arange(0, len(heights), PEAK_SAMPLES * samples.shape[1]))


def _mapped(path: Path) -> CachedSamples | None:
    """Return what is in a file of the cache; None if it is missing, or not one."""
    try:
        with path.open("rb") as file:
            mark, channels, length, peak = HEADER.unpack(file.read(HEADER.size))
            samples, peaks = channels * length, -(-length // PEAK_SAMPLES)
            if mark != MARK or HEADER.size + 2 * (samples + peaks) != os.fstat(file.fileno()).st_size:
                return None
            if not length:
                return CachedSamples(np.zeros((channels, 0), np.int16), peak)
            whole = np.memmap(file, np.int16, "r", HEADER.size, samples + peaks)
    except (OSError, struct.error, ValueError):
        return None
    return CachedSamples(whole[:samples].reshape(length, channels).T, peak, whole[samples:].view(np.uint16))


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
