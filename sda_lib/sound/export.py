"""Export: write a clip as a sound file, level checked, with what made it written into the file's tags."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from sda_lib.errors import SdaError
from sda_lib.files import write_beside
from sda_lib.sound.clip import AudioClip

BIT_DEPTHS = {16: "PCM_16", 24: "PCM_24"}

FORMATS = {".wav": "WAV", ".flac": "FLAC"}
"""libsndfile's name of the format for each suffix that can be written."""

LARGEST_WAV = 4_000_000_000
"""Bytes of samples beyond which a .wav is written as RF64, its form for large files."""

FILE_TAGS = ("title", "artist", "album", "date", "copyright", "license", "genre", "software")
"""Tags that sound files have a place of their own for; every other one goes into the comment."""

Tags = Mapping[str, object]


@dataclass(frozen=True)
class Stream:
    """A sound of `length` samples that comes as clips, one after the other; `blocks` begins it anew at every call."""

    blocks: Callable[[], Iterable[AudioClip]]
    length: int
    sample_rate: int
    channels: int


def write(
    clip: AudioClip, path: str | Path, *, bit_depth: int = 24, tags: Tags | None = None, ceiling_db: float = -0.1
) -> Path:
    """Write the clip in the format of the path's suffix and return the path; the file appears whole or not at all.

    `bit_depth` is 16 or 24. The level is lowered, never raised, until the sample peak is at most `ceiling_db` dBFS.
    `tags` are title, artist, date … and anything else (model, seed), which goes into the comment as key=value.
    Raises SdaError for an unknown format or depth, an empty clip, or when the disk refuses.
    """
    stream = Stream(lambda: [clip], clip.length, clip.sample_rate, clip.channels)
    return write_stream(stream, path, bit_depth=bit_depth, tags=tags, ceiling_db=ceiling_db)


def write_stream(
    stream: Stream, path: str | Path, *, bit_depth: int = 24, tags: Tags | None = None, ceiling_db: float = -0.1
) -> Path:
    """`write` for a sound that need not fit into memory; holds one of its clips at a time.

    The peak is known only at the end. Few sounds pass the ceiling, so the file is written at once, and written again
    from the stream's beginning when this one did: that costs no time in the usual case and never a second file's space.
    """
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise SdaError(f"{path.name} can't be written in that format; end the name in {' or '.join(FORMATS)}.")
    if bit_depth not in BIT_DEPTHS:
        raise SdaError(f"{bit_depth} bits can't be written; choose {' or '.join(map(str, BIT_DEPTHS))}.")
    if stream.length == 0:
        raise SdaError(f"{path.name} would hold no samples; make the sound longer.")
    highest = 10 ** (ceiling_db / 20) - 2.0 ** (1 - bit_depth)  # stays below the ceiling even after rounding

    def put(part: Path) -> None:
        peak = _put(stream, part, bit_depth, tags or {}, 1.0, highest)
        if peak > highest:
            _put(stream, part, bit_depth, tags or {}, highest / peak, highest)

    return write_beside(path, put)


def read_tags(path: str | Path) -> dict[str, str]:
    """The tags of a sound file, with the comment's key=value parts taken apart. Raises SdaError."""
    try:
        with soundfile.SoundFile(path) as file:
            tags = file.copy_metadata()
    except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
        raise SdaError(f"{path} can't be read as sound; choose a file that `sda` wrote.") from error
    parts = [part.partition("=") for part in tags.pop("comment", "").split("; ")]
    return {**tags, **{key: value for key, equals, value in parts if equals}}


def _put(stream: Stream, path: Path, bit_depth: int, tags: Tags, gain: float, highest: float) -> float:
    """Write the stream times a gain, clipped at `highest`; returns its peak before. Raises OSError."""
    form, peak = FORMATS[path.suffix.lower()], 0.0
    if form == "WAV" and stream.length * stream.channels * bit_depth // 8 > LARGEST_WAV:
        form = "RF64"
    shape = {"samplerate": stream.sample_rate, "channels": stream.channels, "subtype": BIT_DEPTHS[bit_depth]}
    with _Disk(path, "w") as disk, disk.telling_why(), soundfile.SoundFile(disk, "w", format=form, **shape) as file:
        for name, text in _file_tags(tags).items():
            setattr(file, name, text)
        for clip in stream.blocks():
            peak = max(peak, clip.peak)
            file.write(np.clip(clip.samples.T.astype(np.float64) * gain, -highest, highest))
    return peak


class _Disk(io.FileIO):
    """A file that remembers why it could not be written: libsndfile only notices that it could not."""

    error: OSError | None = None

    def write(self, data: bytes) -> int:
        done = 0
        try:
            while done < len(data):
                done += super().write(data[done:])
        except OSError as error:
            self.error = error
        return done

    @contextlib.contextmanager
    def telling_why(self) -> Iterator[None]:
        """Raise what went wrong here in place of what libsndfile made of it (an error of its own, or nothing)."""
        try:
            yield
        except (soundfile.LibsndfileError, AssertionError):
            if self.error is None:
                raise
        if self.error is not None:
            raise self.error


def _file_tags(tags: Tags) -> dict[str, str]:
    own = {name: _plain(tags[name]) for name in FILE_TAGS if tags.get(name) is not None}
    rest = [f"{name}={_plain(value)}" for name, value in tags.items() if name not in FILE_TAGS and value is not None]
    return {"software": "SDA", **own, **({"comment": "; ".join(rest)} if rest else {})}


def _plain(value: object) -> str:
    """One printable line; the semicolon parts the comment, so it can't stand in a value."""
    return "".join(char if char.isprintable() else " " for char in str(value)).replace(";", ",").strip()
