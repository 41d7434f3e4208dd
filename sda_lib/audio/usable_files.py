"""Usable files: find the sound files of a folder, and say of each other one why it is skipped."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sda_lib.audio.categories import tags_of
from sda_lib.audio.clip import mixed
from sda_lib.audio.reader import Reader, UnreadableError, open_sound
from sda_lib.audio.silence import ZEROS, level_of, own_range
from sda_lib.audio.suffixes import is_sound
from sda_lib.audio.tags import name_a_model, readable_tags
from sda_lib.errors import SdaError
from sda_lib.file_names import printable

# Peak (-80 dBFS) below which a file counts as silent.
SILENCE_PEAK = 1e-4

SHORTEST_SECONDS = 0.01

# Windows per second, and those read at once, in which silence at the ends is looked for.
WINDOWS_A_SECOND, BLOCK_WINDOWS = 100, 4096

# Energy of the side signal relative to the mid signal, in dB, above which a file counts as stereo.
STEREO_DB = -40.0
# The same ratio above which the mono mix of a file is nearly silent.
OPPOSED_DB = 20.0


@dataclass(frozen=True)
class CorpusFile:
    """One usable sound file.

    `wide` is true if its two channels (of more, those of its down-mix) differ (STEREO_DB), `generated` if a model made
    it; `remarks` say in a few words each what is unusual about it. `peak` is its largest absolute sample, `sounding`
    its length in seconds without silence at the ends (audio/silence.py, by the file alone). `tags` are those of its
    metadata that are categories; `weight` is how many times as much as others it counts in a training.
    """

    path: Path
    seconds: float
    sample_rate: int
    channels: int
    wide: bool = False
    generated: bool = False
    remarks: tuple[str, ...] = ()
    peak: float = 1.0
    sounding: float = 0.0
    tags: tuple[str, ...] = ()
    weight: float = 1.0


@dataclass(frozen=True)
class SkippedFile:
    """A file that was left out, with the reason in one sentence."""

    path: Path
    reason: str


def find_sound_files(folder: Path, skipped: list[SkippedFile]) -> list[Path]:
    """Return the paths below the folder with a suffix of sound, sorted by name.

    Folders that can't be opened, or are named as sound files, are added to `skipped`.
    """

    def refused(error: OSError) -> None:
        skipped.append(SkippedFile(Path(error.filename), f"This folder can't be opened ({error.strerror})."))

    found: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=refused):
        folders[:] = [name for name in folders if not name.startswith(".")]
        named = (name for name in folders if is_sound(name))
        skipped += [SkippedFile(Path(place, name), "It is a folder; only the sounds in it are read.") for name in named]
        found += [Path(place, name) for name in names if not name.startswith(".")]
    sounds = [path for path in found if is_sound(path.name)]
    return sorted(sounds, key=lambda path: path.relative_to(folder).as_posix())


def usable_files(paths: list[Path], skipped: list[SkippedFile]) -> Iterator[CorpusFile]:
    """Yield every usable file as a CorpusFile, and append the others to `skipped`."""
    seen: dict[bytes, str] = {}
    for path in paths:
        try:
            item, fingerprint = _inspect(path)
        except SdaError as error:
            skipped.append(SkippedFile(path, f"It {error.why}" if isinstance(error, UnreadableError) else str(error)))
            continue
        if fingerprint in seen:
            skipped.append(SkippedFile(path, f"It is the same sound as {seen[fingerprint]}."))
            continue
        seen[fingerprint] = printable(path.name)
        yield item


def _inspect(path: Path) -> tuple[CorpusFile, bytes]:
    """Return a CorpusFile and a fingerprint of its samples (the same for a WAV and its FLAC copy).

    Raises SdaError with the reason for an unusable file.
    """
    with open_sound(path) as file:
        return _measure(path, file)


def _measure(path: Path, file: Reader) -> tuple[CorpusFile, bytes]:
    """Measure a file block by block, so that an hour of sound needs no more memory than a second."""
    digest = hashlib.sha256(f"{file.sample_rate} {file.channels}".encode())
    length, mid, side = 0, 0.0, 0.0
    window, heights = max(1, file.sample_rate // WINDOWS_A_SECOND), [np.zeros(0, np.float32)]
    for block in file.blocks(window * BLOCK_WINDOWS):
        digest.update(block.tobytes())
        length += len(block)
        down = mixed(block, file.layout)
        heights.append(np.maximum.reduceat(np.abs(down).max(1), np.arange(0, len(down), window)))
        if down.shape[1] == 2:
            left, right = down.T.astype(np.float64)
            mid += float(np.square(left + right).sum())
            side += float(np.square(left - right).sum())
    seconds, windows = length / file.sample_rate, np.concatenate(heights)
    peak = float(windows.max(initial=0.0))
    if length == 0:
        raise SdaError("It holds no samples.")
    if peak < SILENCE_PEAK:
        raise SdaError(
            "It is silent." if file.channels <= 2 else f"It is silent when its {file.channels} channels are mixed."
        )
    if seconds < SHORTEST_SECONDS:
        raise SdaError(f"It is shorter than {SHORTEST_SECONDS * 1000:.0f} ms.")
    wide = side > mid * 10 ** (STEREO_DB / 10)
    opposed = ("its two channels cancel each other in mono",) if side > mid * 10 ** (OPPOSED_DB / 10) else ()
    remarks = tuple(filter(None, (*file.remarks, file.layout.remark, *opposed)))
    written = readable_tags(path)
    facts = path, seconds, file.sample_rate, file.channels, wide, name_a_model(written), remarks
    sounding = _sounding_seconds(windows, window / file.sample_rate, seconds)
    found = CorpusFile(*facts, peak, sounding, tags_of(written))
    return found, digest.digest()


def _sounding_seconds(peaks: np.ndarray, window: float, seconds: float) -> float:
    """Return the seconds of a file without padding at its ends, by the peaks of its windows of some seconds each."""
    level = level_of(peaks)
    first, end = own_range(level, 1 / window, float(level.max(initial=ZEROS)))
    return min(end * window, seconds) - first * window
