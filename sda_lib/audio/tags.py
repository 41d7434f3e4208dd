"""Read and write tags of sound files where players, samplers and archives look for them.

WAV has them as RIFF INFO and ID3 (RF64 as INFO alone), FLAC and OGG as Vorbis comments, MP3 as ID3. WAV also holds loop
points and a root note (`smpl`) and a broadcast extension (`bext`, EBU Tech 3285).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import cast

import mutagen
import soundfile
from mutagen.flac import FLAC
from mutagen.id3 import ID3, TXXX, Frames, _frames
from mutagen.mp3 import MP3
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

from sda_lib import faults
from sda_lib.audio.reader import open_sound, regular_size, system_name
from sda_lib.audio.repeatable import make_repeatable
from sda_lib.audio.suffixes import is_media
from sda_lib.errors import SdaError
from sda_lib.file_names import printable

Tags = Mapping[str, object]
KINDS = {".wav": WAVE, ".flac": FLAC, ".mp3": MP3, ".ogg": OggVorbis, ".opus": OggOpus}
ID3_NAMES = {
    "title": "TIT2", "artist": "TPE1", "album": "TALB", "date": "TDRC", "genre": "TCON", "copyright": "TCOP",
    "software": "TSSE",
}  # fmt: skip
INFO_NAMES = {
    "title": b"INAM", "artist": b"IART", "album": b"IPRD", "date": b"ICRD", "genre": b"IGNR", "copyright": b"ICOP",
    "software": b"ISFT", "comment": b"ICMT",
}  # fmt: skip
ORIGINATOR = "SDA"
# Tag that says how a model made the file.
PROVENANCE_TAG = "sda"
# Tag that holds the layers of a mix, each with how it was made if a model made it.
LAYERS_TAG = "sda_layers"
# Bytes at the beginning of a WAV file that contain its format chunk.
LARGEST_HEAD = 4096
# Largest length of a tag in characters.
LARGEST = 1 << 20


class _NoZlib:
    """Stands for zlib in mutagen's reader of ID3: packed frames, which nothing writes, could unpack to gigabytes."""

    error = zlib.error

    @staticmethod
    def decompress(data: bytes) -> bytes:
        raise zlib.error(f"a packed frame of {len(data)} bytes is left out")


_frames.zlib = cast("ModuleType", _NoZlib)


@dataclass(frozen=True)
class Loop:
    """An endless loop of a sampler, from sample `first` to `last`, both inclusive."""

    first: int
    last: int


def plain_tags(tags: Tags) -> dict[str, str]:
    """Return tags as text without control characters; empty ones are left out.

    Names are lower-case and sorted, so that equal tags make equal files.
    """
    texts = {
        "software": ORIGINATOR,
        **{str(name).lower(): _line(value) for name, value in tags.items() if value is not None},
    }
    return {name: texts[name] for name in sorted(texts) if texts[name]}


def write_tags(path: Path, tags: Tags, loop: Loop | None = None, root: int | None = None) -> None:
    """Write tags into an existing sound file; loop points and root note (MIDI) where the format has them.

    Raises OSError when the file can't be written.
    """
    try:
        _write_tags(path, tags, loop, root)
    except mutagen.MutagenError as error:
        cause = error.__context__ if isinstance(error.__context__, OSError) else None
        raise cause or OSError(str(error)) from error


def _write_tags(path: Path, tags: Tags, loop: Loop | None, root: int | None) -> None:
    texts, suffix = plain_tags(tags), path.suffix.lower()
    if suffix == ".wav":
        large = _is_large(path)  # RF64 has tags in INFO alone
        # People see INFO, so the provenance is left out.
        shown = {name: text for name, text in texts.items() if large or name not in (PROVENANCE_TAG, LAYERS_TAG)}
        make_repeatable(path)
        _add_chunks(path, [_info(shown), _bext(texts), *_smpl(path, loop, root)])
        if large:
            return
    file = KINDS[suffix](path)
    if isinstance(file, WAVE | MP3):
        _add_id3(file, texts)
    else:
        for name, text in texts.items():
            file[name] = text
    file.save()
    if suffix != ".wav":
        make_repeatable(path)


def read_tags(path: str | Path) -> dict[str, str]:
    """Return a sound file's tags, by the names under which they were written; none of phone recordings and videos.

    Raises SdaError for other files, and for damaged tags.
    """
    path = Path(path)
    regular_size(path)
    if is_media(path.name):
        return {}
    try:
        if _is_large(path):
            return _of_info(path)
        file = mutagen.File(path)
    except Exception as error:  # damaged tags make mutagen raise errors of many kinds
        faults.pass_on(error)
        raise SdaError(f"The tags of {printable(path)} can't be read; choose a file that `sda` wrote.") from error
    if file is None:
        with open_sound(path):  # sound of a format whose tags SDA doesn't know
            return {}
    tags = file.tags or {}
    if isinstance(tags, ID3):
        return _of_id3(tags)
    return {name.lower(): str(values[0]) for name, values in dict(tags).items() if values}


def made_by_model(path: str | Path) -> bool:
    """Return whether a sound file's tags say that a model of SDA made it.

    It has ORIGIN, or the tags model and recipe where ORIGIN would be too long.
    """
    return name_a_model(readable_tags(path))


def name_a_model(tags: Mapping[str, str]) -> bool:
    """Return whether tags are those of a file, or of a mix with a layer, that a model of SDA made."""
    is_mix = '"made":' in tags.get(LAYERS_TAG, "")
    return is_mix or PROVENANCE_TAG in tags or {"model", "recipe"} <= tags.keys()


def readable_tags(path: str | Path) -> dict[str, str]:
    """Return a sound file's tags; none where they can't be read, as sound that can be read may have such tags."""
    try:
        return read_tags(path)
    except SdaError:
        return {}


def read_loop(path: str | Path) -> Loop | None:
    """Return the first forward loop in a WAV file's `smpl` chunk; None if there is none.

    Raises SdaError for what is not a regular file.
    """
    regular_size(Path(path))
    with Path(path).open("rb") as file:
        kind, _, form = struct.unpack("<4sI4s", file.read(12).ljust(12))
        while kind in (b"RIFF", b"RF64") and form == b"WAVE" and len(head := file.read(8)) == 8:
            name, size = struct.unpack("<4sI", head)
            if name == b"smpl":
                return _forward(file.read(min(size, LARGEST)))
            file.seek(size + size % 2, 1)
    return None


def _forward(body: bytes) -> Loop | None:
    """Return the first loop of kind 0 in the body of a `smpl` chunk."""
    count = struct.unpack("<I", body[28:32])[0] if len(body) >= 36 else 0
    for place in range(36, min(36 + 24 * count, len(body) - 23), 24):
        _, kind, first, last = struct.unpack("<IIII", body[place : place + 16])
        if kind == 0 and first <= last:
            return Loop(first, last)
    return None


def _is_large(path: Path) -> bool:
    """Return whether this is an RF64 file."""
    with path.open("rb") as file:
        return file.read(4) == b"RF64"


def _of_info(path: Path) -> dict[str, str]:
    """Return RIFF INFO's tags, with the comment's name=value parts as tags of their own."""
    with soundfile.SoundFile(system_name(path)) as file:
        tags = file.copy_metadata()
    parts = [part.partition("=") for part in tags.pop("comment", "").split("; ")]
    return {**tags, **{key: value for key, equals, value in parts if equals}}


def _line(value: object) -> str:
    return "".join(char if char.isprintable() else " " for char in str(value)).strip()[:LARGEST]


# --- ID3 -------------------------------------------------------------------------------------------------------------


def _add_id3(file: WAVE | MP3, texts: Mapping[str, str]) -> None:
    if file.tags is None:
        file.add_tags()
    tags = cast("ID3", file.tags)
    for name, text in texts.items():
        known = name in ID3_NAMES
        tags.add(Frames[ID3_NAMES[name]](encoding=3, text=[text]) if known else TXXX(3, name, [text]))


def _of_id3(tags: ID3) -> dict[str, str]:
    names = {frame: name for name, frame in ID3_NAMES.items()}
    own = {one.desc.lower(): str(one) for one in tags.getall("TXXX")}
    return {**{names[key]: str(frame) for key, frame in tags.items() if key in names}, **own}


# --- chunks of a WAV file --------------------------------------------------------------------------------------------


def _info(texts: Mapping[str, str]) -> tuple[bytes, bytes]:
    """Return the RIFF INFO chunk; tags without a field of their own go into the comment."""
    rest = "; ".join(f"{name}={text}" for name, text in texts.items() if name not in INFO_NAMES)
    comment = " ".join(filter(None, [texts.get("comment", ""), rest]))
    body = b"INFO"
    for name, text in {**texts, "comment": comment}.items():
        if name in INFO_NAMES and text:
            body += _chunk(INFO_NAMES[name], text.encode() + b"\0")
    return b"LIST", body


def _bext(texts: Mapping[str, str]) -> tuple[bytes, bytes]:
    """Return the broadcast extension chunk; its date is that of the tags, so that equal sounds make equal files."""
    fields = [
        (texts.get("title", ""), 256), (ORIGINATOR, 32), (texts.get("recipe", ""), 32), (texts.get("date", ""), 10),
        ("", 8),
    ]  # fmt: skip
    body = b"".join(text.encode("ascii", "replace")[:size].ljust(size, b"\0") for text, size in fields)
    return b"bext", body + struct.pack("<IIH", 0, 0, 1) + bytes(64 + 190)


def _smpl(path: Path, loop: Loop | None, root: int | None) -> list[tuple[bytes, bytes]]:
    if loop is None and root is None:
        return []
    with path.open("rb") as file:
        head = file.read(LARGEST_HEAD)
    rate = struct.unpack_from("<I", head, head.index(b"fmt ") + 12)[0]
    loops = [] if loop is None else [struct.pack("<IIIIII", 0, 0, loop.first, loop.last, 0, 0)]
    note = 60 if root is None else root
    body = struct.pack("<IIIIIIIII", 0, 0, round(1e9 / rate), note, 0, 0, 0, len(loops), 0)
    return [(b"smpl", body + b"".join(loops))]


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _add_chunks(path: Path, chunks: list[tuple[bytes, bytes]]) -> None:
    """Append chunks to a RIFF file and update its size (RF64 stores it in `ds64`)."""
    with path.open("r+b") as file:
        head = file.read(LARGEST_HEAD)
        file.seek(0, 2)
        if file.tell() % 2:
            file.write(b"\0")
        for name, body in chunks:
            file.write(_chunk(name, body))
        size = file.tell() - 8
        large = head[:4] == b"RF64"
        file.seek(head.index(b"ds64") + 8 if large else 4)
        file.write(struct.pack("<Q" if large else "<I", size))
