"""Reader: opens every sound file, and reports every fault of one in a sentence that names the file.

Declared properties are checked before anything is decoded. Samples are read from beginning to end without seeking,
since some formats can't seek and a header may have a wrong length; the length is the number of samples read. Files of
joined streams, and those whose header was never completed, are read by their parts (parts.py). libsndfile decodes them;
phone recordings, videos and encodings that it lacks are decoded by PyAV (media.py).
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TypeVar, cast

import numpy as np
import soundfile

from sda_lib import faults
from sda_lib.audio.channel_layout import Layout, layout_of, of_channels
from sda_lib.audio.media import MediaFile, encoded_sound
from sda_lib.audio.parts import FilePart, FileParts, PartFile, parts_of
from sda_lib.audio.suffixes import LEAST_PYAV, can_read_media, is_media
from sda_lib.errors import SdaError
from sda_lib.file_names import printable

BLOCK_FRAMES = 1 << 18
# Range of sample rates in Hz that a file may declare.
LOWEST_RATE, HIGHEST_RATE = 1000, 768_000
MOST_CHANNELS = 64
# Largest absolute sample value: 80 dB over full scale, more than in any float mix.
LOUDEST = 1e4
# Most samples (of all channels) of a file of any size, and most for each byte of a larger one. FLAC packs 500 samples
# of digital silence in stereo into a byte; all other formats need more.
MOST_SAMPLES, MOST_SAMPLES_A_BYTE = 1 << 24, 1 << 10
# Declared number of frames from which on the length is unknown, as in FLAC streams.
UNKNOWN_LENGTH = 1 << 62
KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)

Found = TypeVar("Found")


class UnreadableError(SdaError):
    """A fault of one file; `why` is the sentence without the file's name, so that lists can show both separately."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{printable(path.name)} {why}")
        self.why = why


class _Sequential(soundfile.SoundFile):
    """A file that can't be sought: soundfile seeks after every block where it can, which some decoders refuse."""

    def seekable(self) -> bool:
        return False


class Reader:
    """An open sound file: `sample_rate` in Hz, `channels`, and its samples in order.

    `layout` says what the channels are; `remarks` what is unusual about the part that was read, in a few words each.
    """

    def __init__(self, path: Path, size: int) -> None:
        self.path, self.name = path, printable(path.stem)
        found = FileParts() if is_media(path.name) else parts_of(path, size)
        self._remark = (found.remark,) if found.remark else ()
        self._waiting: list[FilePart] = list(found.parts[1:])
        self._file = _opened(path, found.parts[0] if found.parts else None)
        self.sample_rate, self.channels = self._file.samplerate, self._file.channels
        self._read = 0  # frames of the open part
        self._most, self._done = most_frames(size, self.channels), 0

    @property
    def declared(self) -> int:
        """Number of frames that the file, or its first part, declares; UNKNOWN_LENGTH for media."""
        return UNKNOWN_LENGTH if self._file.frames < 0 else self._file.frames

    @property
    def has_no_header(self) -> bool:
        """Whether libsndfile guesses by the suffix (.au, .snd, .vox …) what the bytes of a file without header are."""
        return self._file.format == "RAW"

    @property
    def remarks(self) -> tuple[str, ...]:
        return (*self._remark, *self._file.remarks) if isinstance(self._file, MediaFile) else self._remark

    @cached_property
    def layout(self) -> Layout:
        """What the channels are, as far as the file says it."""
        if isinstance(self._file, MediaFile):
            return of_channels(self._file.speakers)
        return layout_of(self.path, self.channels)

    def close(self) -> None:
        self._file.close()

    def read(self, frames: int) -> np.ndarray:
        """Read up to this many frames, float32 [time, channel]; fewer only at the end. Raises UnreadableError."""
        block = self._decoded(frames)
        while len(block) < frames and self._waiting:
            self._open_next()
            block = np.concatenate([block, self._decoded(frames - len(block))])
        self._done += len(block)
        if self._done > self._most:
            raise UnreadableError(self.path, "unpacks to more sound than a file of its size can hold; leave it out.")
        if not np.isfinite(block).all():
            raise UnreadableError(self.path, "holds samples that are not numbers (NaN or infinite); export it again.")
        peak = max(float(block.max(initial=0.0)), -float(block.min(initial=0.0)))
        if peak > LOUDEST:
            raise UnreadableError(self.path, f"holds samples of {peak:.3g}, where 1 is full scale; export it again.")
        return block

    def _decoded(self, frames: int) -> np.ndarray:
        """Read up to this many frames of the open part.

        What follows the declared end of a FLAC stream may be tags, at which its decoder fails.
        """
        left = self._file.frames - self._read
        if self._file.format != "FLAC" or not 0 <= left < frames:
            return self._samples(frames)
        block = self._samples(left) if left else np.zeros((0, self.channels), np.float32)
        try:
            return np.concatenate([block, self._samples(frames - left)]) if len(block) == left else block
        except UnreadableError:
            return block

    def _samples(self, frames: int) -> np.ndarray:
        block = _guarded(self.path, lambda: self._file.read(frames, dtype="float32", always_2d=True))
        self._read += len(block)
        return block

    def _open_next(self) -> None:
        self._file.close()
        self._file, self._read = _guarded(self.path, lambda: _opened(self.path, self._waiting.pop(0))), 0
        if (self._file.samplerate, self._file.channels) != (self.sample_rate, self.channels):
            raise UnreadableError(
                self.path, "joins parts of different sample rates or channels; export them one by one."
            )

    def blocks(self, frames: int | None = None) -> Iterator[np.ndarray]:
        """Yield the remaining samples in blocks; no block is empty."""
        while len(block := self.read(frames or BLOCK_FRAMES)):
            yield block

    def skip(self, frames: int) -> None:
        """Read past this many frames."""
        for first in range(0, frames, BLOCK_FRAMES):
            self.read(min(BLOCK_FRAMES, frames - first))

    def rest(self) -> np.ndarray:
        """Read all remaining samples. Raises UnreadableError when they don't fit into memory."""
        return _guarded(self.path, lambda: _joined(list(self.blocks()), self.channels))


@contextlib.contextmanager
def open_sound(path: str | Path) -> Iterator[Reader]:
    """Open a sound file for reading.

    Raises UnreadableError, here and from the reader, for any fault of the file; a pipe, a device or a folder is refused
    without being opened.
    """
    path = Path(path)
    size = regular_size(path)
    _guarded(path, lambda: path.open("rb").close())  # its error has the reason; libsndfile's does not
    with contextlib.closing(_guarded(path, lambda: Reader(path, size))) as reader:
        _check_declared(reader, size)
        yield reader


def most_frames(size: int, channels: int) -> int:
    """Return how many frames a file of `size` bytes may hold."""
    return max(MOST_SAMPLES, size * MOST_SAMPLES_A_BYTE) // max(1, channels)


def _opened(path: Path, part: FilePart | None) -> soundfile.SoundFile | MediaFile:
    """Open a file, or one part of it. Raises UnreadableError for media where PyAV is not installed."""
    if is_media(path.name):
        if not can_read_media():
            remedy = f"install it ({faults.install('av')}), or convert the file to WAV or FLAC"
            raise UnreadableError(path, f"is read by PyAV {LEAST_PYAV} or newer, which is not installed; {remedy}.")
        return MediaFile(path)
    try:
        return _Sequential(system_name(path) if part is None else PartFile(path, part))
    except soundfile.LibsndfileError:
        if part is None and (found := encoded_sound(path)) is not None:
            return found
        raise


def system_name(path: Path) -> str:
    """Return a path as soundfile accepts it: bytes, which its types leave out, as it refuses text that is not UTF-8."""
    return str(path) if os.name == "nt" else cast("str", os.fsencode(path))


def regular_size(path: Path) -> int:
    """Return the size in bytes of a regular file, with links followed.

    Raises UnreadableError for anything else, SdaError when there is no file.
    """
    try:
        found = path.stat()
    except FileNotFoundError as error:
        if path.is_symlink():
            raise UnreadableError(path, "is a link to a file that is not there; mend the link.") from error
        raise SdaError(f"There is no file {printable(path)}; check the path.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise UnreadableError(path, f"can't be opened ({_reason(error)}); check its permissions.") from error
    for is_kind, words in KINDS:
        if is_kind(found.st_mode):
            raise UnreadableError(path, f"is {words}, not a sound file; leave it out.")
    return found.st_size


def _joined(blocks: list[np.ndarray], channels: int) -> np.ndarray:
    """Join blocks [time, channel]; each is freed once it is copied, so that a long file is not held twice."""
    if len(blocks) == 1:
        return blocks[0]
    whole, end = np.empty((sum(map(len, blocks)), channels), np.float32), 0
    blocks.reverse()
    while blocks:
        block = blocks.pop()
        whole[end : end + len(block)] = block
        end += len(block)
    return whole


def _check_declared(file: Reader, size: int) -> None:
    """Raise UnreadableError for a missing header, and for an impossible rate, channel count or length."""
    if file.has_no_header:
        raise UnreadableError(file.path, "has no header that says what its bytes are; leave it out.")
    if not LOWEST_RATE <= file.sample_rate <= HIGHEST_RATE:
        words = f"declares a sample rate of {file.sample_rate} Hz"
        raise UnreadableError(file.path, f"{words}; SDA reads {LOWEST_RATE} to {HIGHEST_RATE} Hz, so export it again.")
    if not 1 <= file.channels <= MOST_CHANNELS:
        raise UnreadableError(file.path, f"declares {file.channels} channels; SDA reads 1 to {MOST_CHANNELS}.")
    if file.declared == 0:
        raise UnreadableError(file.path, "holds no samples; leave it out or record it again.")
    if most_frames(size, file.channels) < file.declared < UNKNOWN_LENGTH:
        words = f"declares {file.declared} samples in {size} bytes"
        raise UnreadableError(file.path, f"{words}, which can't be true; export it again.")


def _guarded(path: Path, act: Callable[[], Found]) -> Found:
    """Return the result of `act`; raise UnreadableError for any error in it that the file causes."""
    try:
        return act()
    except MemoryError as error:
        raise UnreadableError(path, "needs more memory than there is; split it into shorter files.") from error
    except PermissionError as error:
        raise UnreadableError(path, "can't be opened (permission denied); check its permissions.") from error
    except SdaError:
        raise
    except Exception as error:  # decoders raise errors of many kinds; what remains is a fault of this file
        faults.pass_on(error)
        raise UnreadableError(path, f"can't be read as sound ({_reason(error)}); convert it to WAV or FLAC.") from error


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error).rsplit(":", 1)[-1]
    return text.strip().rstrip(".") or type(error).__name__
