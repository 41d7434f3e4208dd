"""Usable files: find the sound files of a folder, and say of each other one why it is skipped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sda_lib.audio.corpus_reading import CorpusReading
from sda_lib.audio.measurement import Measurement
from sda_lib.audio.reader import UnreadableError
from sda_lib.audio.suffixes import is_sound
from sda_lib.errors import SdaError
from sda_lib.file_names import printable

# Peak (-80 dBFS) below which a file counts as silent.
SILENCE_PEAK = 1e-4

SHORTEST_SECONDS = 0.01


@dataclass(frozen=True)
class CorpusFile:
    """One usable sound file.

    `wide` is true if its two channels (of more, those of its down-mix) differ, `generated` if a model made
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
    seen: dict[str, str] = {}
    with CorpusReading(paths) as reading:
        for path in paths:
            try:
                found = reading.measurement(path)
                _check_usable(found)
            except SdaError as error:
                why = f"It {error.why}" if isinstance(error, UnreadableError) else str(error)
                skipped.append(SkippedFile(path, why))
                continue
            if found.digest in seen:
                skipped.append(SkippedFile(path, f"It is the same sound as {seen[found.digest]}."))
                continue
            seen[found.digest] = printable(path.name)
            yield _corpus_file(path, found)


def _corpus_file(path: Path, found: Measurement) -> CorpusFile:
    facts = found.seconds, found.sample_rate, found.channels, found.wide, found.generated, found.remarks
    return CorpusFile(path, *facts, found.peak, found.sounding, found.tags)


def _check_usable(found: Measurement) -> None:
    """Raise SdaError with the reason for a file of silence, or of next to nothing."""
    if found.peak < SILENCE_PEAK:
        mixed = f"It is silent when its {found.channels} channels are mixed."
        raise SdaError("It is silent." if found.channels <= 2 else mixed)
    if found.seconds < SHORTEST_SECONDS:
        raise SdaError(f"It is shorter than {SHORTEST_SECONDS * 1000:.0f} ms.")
