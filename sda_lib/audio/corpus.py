"""Corpus: the usable sounds of a folder, and the files that were skipped and why."""

from __future__ import annotations

import hashlib
import os
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from sda_lib.audio.chunks import read_blocks
from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.audio.reader import Reader, UnreadableError, open_sound
from sda_lib.audio.tags import made_by_model
from sda_lib.errors import SdaError
from sda_lib.files import printable

# Common sound formats that libsndfile does not read; such files are reported instead of ignored.
UNREADABLE_SUFFIXES = frozenset(
    {".m4a", ".mp4", ".aac", ".wma", ".alac", ".ape", ".wv", ".dsf", ".dff", ".mka", ".webm"}
)

_MORE_NAMES = {"AIF", "AIFC", "OGA", "OPUS", "SND"}  # other names of formats that libsndfile reads
SOUND_SUFFIXES = frozenset(f".{name.lower()}" for name in {*soundfile.available_formats(), *_MORE_NAMES} - {"RAW"})

# Peak (-80 dBFS) below which a file counts as silent.
SILENCE_PEAK = 1e-4

SHORTEST_SECONDS = 0.01

# Energy of the side signal relative to the mid signal, in dB, above which a file counts as stereo.
STEREO_DB = -40.0

QUANTILES = 20


@dataclass(frozen=True)
class CorpusFile:
    """One usable sound file.

    `wide` is true if its two channels differ (STEREO_DB), `generated` if a model made it.
    """

    path: Path
    seconds: float
    sample_rate: int
    channels: int
    wide: bool = False
    generated: bool = False


@dataclass(frozen=True)
class SkippedFile:
    """A file that was left out, with the reason in one sentence."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Corpus:
    """A folder's usable sounds, sorted by name, and the files that were skipped."""

    folder: Path
    items: tuple[CorpusFile, ...]
    skipped: tuple[SkippedFile, ...] = ()

    @classmethod
    def from_folder(cls, folder: str | Path) -> Corpus:
        """Inspect every sound file in and below the folder, except hidden files and folders.

        Raises SdaError when the folder is missing, is a file, or holds no usable sound.
        """
        folder = Path(folder).expanduser()
        if folder.is_file():
            raise SdaError(f"{printable(folder)} is a file; give the folder that holds your sounds.")
        if not folder.is_dir():
            raise SdaError(f"There is no folder {printable(folder)}; check the path.")
        skipped: list[SkippedFile] = []
        return cls._of(folder, _sound_files(folder, skipped), skipped)

    @classmethod
    def from_paths(cls, paths: Sequence[str | Path]) -> Corpus:
        """Inspect the sound files among the paths and those in and below the folders among them.

        A single folder is handled by `from_folder`. Raises SdaError when a path is missing, or when no file is usable.
        """
        given = [Path(path).expanduser() for path in paths]
        if len(given) == 1 and not given[0].is_file():
            return cls.from_folder(given[0])
        skipped: list[SkippedFile] = []
        found: list[Path] = []
        for path in given:
            if not path.exists():
                raise SdaError(f"There is no {printable(path)}; check the path.")
            found += _sound_files(path, skipped) if path.is_dir() else [path]
        found = sorted({_whole(path) for path in found})
        skipped = [replace(skip, path=_whole(skip.path)) for skip in skipped]
        return cls._of(Path(os.path.commonpath([path.parent for path in found or given])), found, skipped)

    @classmethod
    def _of(cls, folder: Path, paths: list[Path], skipped: list[SkippedFile]) -> Corpus:
        items = tuple(_usable(paths, skipped))
        if not items:
            why = f" ({printable(skipped[0].path.name)}: {skipped[0].reason.rstrip('.')})" if skipped else ""
            raise SdaError(f"There is no usable sound in {printable(folder)}{why}; put WAV, FLAC or MP3 files there.")
        return cls(folder, items, tuple(skipped))

    def __len__(self) -> int:
        return len(self.items)

    @property
    def seconds(self) -> float:
        return sum(item.seconds for item in self.items)

    @property
    def minutes(self) -> float:
        return self.seconds / 60

    @property
    def median_seconds(self) -> float:
        """Median length of the files in seconds."""
        return statistics.median(item.seconds for item in self.items)

    @property
    def stereo_share(self) -> float:
        """Share of the files whose two channels differ, 0..1."""
        return sum(item.wide for item in self.items) / len(self.items)

    @property
    def generated(self) -> int:
        """Number of files that a model made, according to their tags."""
        return sum(item.generated for item in self.items)

    def report(self) -> dict[str, Any]:
        """Return a summary for use before training, as plain JSON data.

        Models store it, so it has no full path.
        """
        return {
            "folder": printable(self.folder.resolve().name),
            "files": len(self),
            "minutes": round(self.minutes, 4),
            "median_seconds": round(self.median_seconds, 4),
            "lengths": list(quantiles([item.seconds for item in self.items])),
            "rates": _counts(item.sample_rate for item in self.items),
            "channels": _counts(item.channels for item in self.items),
            "stereo_share": round(self.stereo_share, 4),
            "generated": self.generated,
            "skipped": [{"file": self.name_of(skip.path), "reason": skip.reason} for skip in self.skipped],
        }

    def clips(self, sample_rate: int, channels: int) -> tuple[AudioClip, ...]:
        """Load every sound at this rate in Hz and channel count, named by its path in the folder without suffix.

        Raises SdaError when a file has been deleted or changed since the folder was inspected.
        """
        return tuple(
            replace(read_clip(item.path).with_channels(channels).resampled(sample_rate), name=name)
            for item, name in zip(self.items, self._names(), strict=True)
        )

    def blocks(self, sample_rate: int, channels: int) -> Iterator[tuple[str, Iterator[np.ndarray]]]:
        """Yield name and float32 blocks [channel, time] of every sound, equal to its clip, in little memory."""
        for item, name in zip(self.items, self._names(), strict=True):
            yield name, read_blocks(item.path, sample_rate, channels)

    def name_of(self, path: Path) -> str:
        """Return a file's path in the folder, as printable text."""
        return printable(path.relative_to(self.folder).as_posix())

    def _names(self) -> list[str]:
        """Return unique names of the files, without suffix.

        Files that differ in the suffix alone keep it.
        """
        bare = [self.name_of(item.path.with_suffix("")) for item in self.items]
        often = Counter(bare)
        return [
            self.name_of(item.path) if often[name] > 1 else name for item, name in zip(self.items, bare, strict=True)
        ]


def quantiles(seconds: Sequence[float]) -> tuple[float, ...]:
    """Return quantiles of lengths in seconds, from the shortest to the longest in QUANTILES equal steps."""
    return tuple(round(float(one), 4) for one in np.quantile(seconds, np.linspace(0, 1, QUANTILES + 1)))


def _sound_files(folder: Path, skipped: list[SkippedFile]) -> list[Path]:
    """Return the paths below the folder with a suffix of sound, sorted by name.

    Folders that can't be opened are added to `skipped`.
    """

    def refused(error: OSError) -> None:
        skipped.append(SkippedFile(Path(error.filename), f"This folder can't be opened ({error.strerror})."))

    found: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=refused):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place, name) for name in names if not name.startswith(".")]
    sounds = [path for path in found if path.suffix.lower() in SOUND_SUFFIXES | UNREADABLE_SUFFIXES]
    return sorted(sounds, key=lambda path: path.relative_to(folder).as_posix())


def _whole(path: Path) -> Path:
    """Return the absolute path with links resolved; if it is no file (e.g. a broken link), its own name is kept."""
    real = os.path.realpath(path)
    return Path(real) if os.path.isfile(real) else Path(os.path.realpath(path.parent), path.name)


def _usable(paths: list[Path], skipped: list[SkippedFile]) -> Iterator[CorpusFile]:
    """Yield an Item per usable file and append the others to `skipped`."""
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
    if path.suffix.lower() in UNREADABLE_SUFFIXES:
        raise SdaError(f"SDA does not read {path.suffix.lower()} files; convert it to WAV or FLAC.")
    with open_sound(path) as file:
        return _measure(path, file)


def _measure(path: Path, file: Reader) -> tuple[CorpusFile, bytes]:
    """Measure a file block by block, so that an hour of sound needs no more memory than a second."""
    digest = hashlib.sha256(f"{file.sample_rate} {file.channels}".encode())
    length, peak, mid, side = 0, 0.0, 0.0, 0.0
    for block in file.blocks():
        digest.update(block.tobytes())
        length += len(block)
        peak = max(peak, float(np.abs(block).max(initial=0.0)))
        if file.channels == 2:
            left, right = block.T.astype(np.float64)
            mid += float(np.square(left + right).sum())
            side += float(np.square(left - right).sum())
    seconds = length / file.sample_rate
    if length == 0:
        raise SdaError("It holds no samples.")
    if peak < SILENCE_PEAK:
        raise SdaError("It is silent.")
    if seconds < SHORTEST_SECONDS:
        raise SdaError(f"It is shorter than {SHORTEST_SECONDS * 1000:.0f} ms.")
    wide = side > mid * 10 ** (STEREO_DB / 10)
    return CorpusFile(path, seconds, file.sample_rate, file.channels, wide, made_by_model(path)), digest.digest()


def _counts(values: Iterator[int]) -> dict[str, int]:
    return {str(value): count for value, count in sorted(Counter(values).items())}
