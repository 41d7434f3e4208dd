"""Parts of a sound file: streams joined in one file, and WAV headers that were never completed.

libsndfile reads the first stream of a file alone, and as many samples as a WAV header declares. Joined MP3 and Ogg
files are therefore split into their streams, and a WAV file whose recorder stopped before writing its length is given
one. Each part is a read-only file object for libsndfile.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

# Bytes at a file's beginning in which a Xing header is searched, behind any ID3 tag.
XING_WITHIN = 4096
MOST_PARTS = 1000
# Pages of an Ogg file that are looked at, some 70 hours of sound.
MOST_PAGES = 500_000
# Bytes after the first stream of an MP3 that may be tags rather than sound.
TAG_ROOM = 4096
# Bytes after the last page of an Ogg file that may be something else.
BEHIND = 1 << 20
# Flags of an Ogg page that begins or ends a stream.
FIRST_PAGE, LAST_PAGE = 2, 4
# Chunks of a WAV file that are looked at to find its samples.
MOST_CHUNKS = 1000
# Chunks that may follow the samples: behind a `data` chunk without a length they show that there are none.
CHUNKS_BEHIND = (b"LIST", b"id3 ", b"ID3 ", b"bext", b"smpl", b"cue ", b"fact", b"PEAK", b"inst", b"iXML", b"JUNK")
UNFINISHED = "its header was never completed; read to the end of the file"


@dataclass(frozen=True)
class FilePart:
    """Bytes first..end of a file that libsndfile reads as one sound, with `patches` (offset: bytes) in its header."""

    first: int
    end: int
    patches: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class FileParts:
    """The parts of a file in order; none: the file is read as it is. `remark` says what is unusual, or is empty."""

    parts: tuple[FilePart, ...] = ()
    remark: str = ""


class PartFile(io.RawIOBase):
    """One part of a file as a seekable binary file. Closing it closes the file."""

    def __init__(self, path: Path, part: FilePart) -> None:
        super().__init__()
        self._file, self._part, self._place = path.open("rb"), part, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._part.end - self._part.first}[whence]
        self._place = max(0, start + offset)
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        at = self._part.first + self._place
        self._file.seek(at)
        data = bytearray(self._file.read(max(0, min(len(buffer), self._part.end - at))))
        for offset, patch in self._part.patches.items():
            for number, byte in enumerate(patch, offset - at):
                if 0 <= number < len(data):
                    data[number] = byte
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


def parts_of(path: Path, size: int) -> FileParts:
    """Return the parts of a regular file of `size` bytes, which its first bytes identify."""
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] in (b"RIFF", b"RF64") and head[8:] == b"WAVE":
            return _wav_parts(file, size)
        if head[:4] == b"OggS":
            starts, end = _ogg_starts(file)
            return _joined(starts, end if _is_no_ogg(file, end, size) else size, "Ogg", size)
        if head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0):
            return _joined(_mp3_starts(file, size), size, "MP3", size)
    return FileParts()


def _joined(starts: list[int], end: int, kind: str, size: int) -> FileParts:
    """Return the parts that begin at `starts`, the last of which reaches to `end`."""
    if len(starts) < 2:
        return FileParts() if end == size else FileParts((FilePart(0, end),))
    ends = [*starts[1:], end]
    remark = f"{kind} of {len(starts)} joined parts, read one after another"
    return FileParts(tuple(FilePart(first, end) for first, end in zip(starts, ends, strict=True)), remark)


def _wav_parts(file: BinaryIO, size: int) -> FileParts:
    """Return a part with a length for a WAV file whose `data` chunk declares none though samples follow."""
    for offset, name, length in chunks(file):
        if name == b"data":
            found = size - offset - 8
            file.seek(offset + 8)
            if length or found <= 0 or file.read(4) in CHUNKS_BEHIND:
                return FileParts()
            sizes = {4: struct.pack("<I", _limited(size - 8)), offset + 4: struct.pack("<I", _limited(found))}
            return FileParts((FilePart(0, size, sizes),), UNFINISHED)
    return FileParts()


def _limited(length: int) -> int:
    return min(length, 0xFFFFFFFE)


def chunks(file: BinaryIO) -> Iterator[tuple[int, bytes, int]]:
    """Yield offset, name and declared length of the chunks of a WAV file."""
    offset = 12
    for _ in range(MOST_CHUNKS):
        file.seek(offset)
        head = file.read(8)
        if len(head) < 8:
            return
        length = struct.unpack("<I", head[4:])[0]
        yield offset, head[:4], length
        offset += 8 + length + length % 2


def _is_no_ogg(file: BinaryIO, end: int, size: int) -> bool:
    """Return whether something else than Ogg follows the last page: libsndfile refuses Opus files with tags there."""
    file.seek(end)
    return 0 < end < size <= end + BEHIND and b"OggS" not in file.read()


def _ogg_starts(file: BinaryIO) -> tuple[list[int], int]:
    """Return the offsets of the first pages of chained streams (RFC 3533), and the end of the last page.

    The pages between are passed over.
    """
    starts, offset, ended = [0], 0, False
    for _ in range(MOST_PAGES):
        file.seek(offset)
        head = file.read(27)
        if len(head) < 27 or head[:4] != b"OggS":
            break
        if head[5] & FIRST_PAGE and ended:
            starts.append(offset)
        ended = bool(head[5] & LAST_PAGE)
        offset += 27 + head[26] + sum(file.read(head[26]))
        if len(starts) == MOST_PARTS:
            break
    return starts, offset


def _mp3_starts(file: BinaryIO, size: int) -> list[int]:
    """Return the offsets of joined MP3 streams, as far as each has a Xing header that tells its number of bytes."""
    starts, offset = [0], 0
    while len(starts) < MOST_PARTS:
        begin, length = _xing_bytes(file, offset) or (offset, 0)
        end = begin + length
        if not length or end + TAG_ROOM >= size or not _begins_mp3(file, end):
            return starts
        starts.append(end)
        offset = end
    return starts


def _begins_mp3(file: BinaryIO, offset: int) -> bool:
    """Return whether an ID3 tag or an MPEG frame begins at `offset`; other tags end a file."""
    file.seek(offset)
    head = file.read(3)
    return head == b"ID3" or (head[:1] == b"\xff" and head[1:2] >= b"\xe0")


def _xing_bytes(file: BinaryIO, offset: int) -> tuple[int, int] | None:
    """Return where the stream at `offset` begins, behind its ID3 tag, and the bytes that its Xing header declares."""
    file.seek(offset)
    head = file.read(10)
    if head[:3] == b"ID3" and len(head) == 10:
        offset += 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
    file.seek(offset)
    frame = file.read(XING_WITHIN)
    at = max(frame[:200].find(b"Xing"), frame[:200].find(b"Info"))
    if at < 0 or len(frame) < at + 16:
        return None
    flags = struct.unpack(">I", frame[at + 4 : at + 8])[0]
    if not flags & 2:
        return None
    place = at + 8 + 4 * (flags & 1)
    return offset, struct.unpack(">I", frame[place : place + 4])[0]
