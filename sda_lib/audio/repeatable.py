"""Repeatable files: remove what libsndfile writes differently at every call, so that equal sounds make equal files.

These are the time in the PEAK chunk of floating-point WAV files, and the random stream number of Ogg files.
"""

from __future__ import annotations

import struct
from pathlib import Path

from mutagen.ogg import OggPage

from sda_lib.audio.parts import chunks

# Stream number (RFC 3533) of every Ogg file that SDA writes.
STREAM_NUMBER = 1


def make_repeatable(path: Path) -> None:
    """Remove time and chance from a WAV or Ogg file in place; other files stay as they are."""
    if path.suffix.lower() == ".wav":
        _clear_peak_time(path)
    elif path.suffix.lower() in (".ogg", ".opus"):
        _renumber(path)


def _clear_peak_time(path: Path) -> None:
    """Set the time in the PEAK chunk, seconds since 1970 behind a version number, to 0."""
    with path.open("r+b") as file:
        if file.read(4) not in (b"RIFF", b"RF64"):
            return
        for offset, name, _ in chunks(file):
            if name == b"PEAK":
                file.seek(offset + 12)
                file.write(struct.pack("<I", 0))
                return
            if name == b"data":
                return


def _renumber(path: Path) -> None:
    """Set the stream number of every page; the pages keep their sizes."""
    with path.open("r+b") as file:
        file.seek(0, 2)
        size = file.tell()
        file.seek(0)
        while (offset := file.tell()) < size:
            page = OggPage(file)
            page.serial = STREAM_NUMBER
            file.seek(offset)
            file.write(page.write())
