"""Export: write a clip as a sound file, level checked, with what made it written into the file's tags."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import soundfile

from sda_lib.errors import SdaError
from sda_lib.files import write_beside
from sda_lib.sound.clip import AudioClip

BIT_DEPTHS = {16: "PCM_16", 24: "PCM_24"}

FILE_TAGS = ("title", "artist", "album", "date", "copyright", "license", "genre", "software")
"""Tags that sound files have a place of their own for; every other one goes into the comment."""

Tags = Mapping[str, object]


def write(
    clip: AudioClip, path: str | Path, *, bit_depth: int = 24, tags: Tags | None = None, ceiling_db: float = -0.1
) -> Path:
    """Write the clip in the format of the path's suffix and return the path; the file appears whole or not at all.

    `bit_depth` is 16 or 24. The level is lowered, never raised, until the sample peak is at most `ceiling_db` dBFS.
    `tags` are title, artist, date … and anything else (model, seed), which goes into the comment as key=value.
    Raises SdaError for an unknown format or depth, an empty clip, or when the disk refuses.
    """
    path = Path(path)
    encode = FORMATS.get(path.suffix.lower())
    if encode is None:
        raise SdaError(f"{path.name} can't be written in that format; end the name in {' or '.join(FORMATS)}.")
    if bit_depth not in BIT_DEPTHS:
        raise SdaError(f"{bit_depth} bits can't be written; choose {' or '.join(map(str, BIT_DEPTHS))}.")
    if clip.length == 0:
        raise SdaError(f"{path.name} would hold no samples; make the sound longer.")
    return write_beside(path, encode(limited(clip, ceiling_db, bit_depth), bit_depth, tags or {}))


def limited(clip: AudioClip, ceiling_db: float = -0.1, bit_depth: int = 24) -> AudioClip:
    """The clip with its peak at or below the ceiling, even after rounding to that many bits; quieter ones unchanged."""
    ceiling = 10 ** (ceiling_db / 20) - 2.0 ** (1 - bit_depth)
    if clip.peak <= ceiling:
        return clip
    samples = clip.samples.astype(np.float64) * (ceiling / clip.peak)
    return AudioClip(np.clip(samples, -ceiling, ceiling), clip.sample_rate, clip.name)


def read_tags(path: str | Path) -> dict[str, str]:
    """The tags of a sound file, with the comment's key=value parts taken apart. Raises SdaError."""
    try:
        with soundfile.SoundFile(path) as file:
            tags = file.copy_metadata()
    except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
        raise SdaError(f"{path} can't be read as sound; choose a file that `sda` wrote.") from error
    parts = [part.partition("=") for part in tags.pop("comment", "").split("; ")]
    return {**tags, **{key: value for key, equals, value in parts if equals}}


def write_wav(clip: AudioClip, bit_depth: int, tags: Tags) -> bytes:
    return _encoded(clip, "WAV", bit_depth, tags)


def write_flac(clip: AudioClip, bit_depth: int, tags: Tags) -> bytes:
    return _encoded(clip, "FLAC", bit_depth, tags)


def _encoded(clip: AudioClip, form: str, bit_depth: int, tags: Tags) -> bytes:
    """The whole file in memory: a full disk is then noticed by `write_beside`, which says so in one sentence."""
    buffer = io.BytesIO()
    with soundfile.SoundFile(
        buffer, "w", clip.sample_rate, clip.channels, subtype=BIT_DEPTHS[bit_depth], format=form
    ) as file:
        for name, text in _file_tags(tags).items():
            setattr(file, name, text)
        file.write(clip.samples.T)
    return buffer.getvalue()


def _file_tags(tags: Tags) -> dict[str, str]:
    own = {name: _plain(tags[name]) for name in FILE_TAGS if tags.get(name) is not None}
    rest = [f"{name}={_plain(value)}" for name, value in tags.items() if name not in FILE_TAGS and value is not None]
    return {"software": "SDA", **own, **({"comment": "; ".join(rest)} if rest else {})}


def _plain(value: object) -> str:
    """One printable line; the semicolon parts the comment, so it can't stand in a value."""
    return "".join(char if char.isprintable() else " " for char in str(value)).replace(";", ",").strip()


FORMATS: dict[str, Callable[[AudioClip, int, Tags], bytes]] = {".wav": write_wav, ".flac": write_flac}
