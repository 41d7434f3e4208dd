"""Scan every file of a corpus before training: clipping, silence, DC offset, outline, and duplicates.

What was measured when the corpus was opened (`measurement`) is used, as far as the cache has it.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sda_lib.audio.clip import AudioClip
from sda_lib.audio.corpus import Corpus
from sda_lib.audio.duplicates import Fingerprint, find_duplicates
from sda_lib.audio.measurement import STEPS_A_DB, Measurement, measured, outline_of_windows
from sda_lib.audio.measurement_store import MeasurementStore
from sda_lib.audio.silence import level_of, silence_limit, sounding_range
from sda_lib.audio.usable_files import CorpusFile
from sda_lib.errors import SdaError

MUCH_CLIPPED = 1e-4
# Peak of floating-point samples that is reported as above full scale.
OVER = 1.01
# Silence that is reported: share of a file, and seconds at either end.
MUCH_SILENCE, LONG_EDGE = 0.5, 1.0
MUCH_OFFSET = 0.01


@dataclass(frozen=True)
class FileScan:
    """Measurements of one file.

    Shares are 0..1, times in seconds; silence is what audio/silence.py calls so; `notes` are the reader's remarks on
    the file; `outline` int8 [column, 2] holds the lowest and highest sample of every stretch, in 127ths of the file's
    peak.
    """

    name: str
    path: Path
    seconds: float
    sample_rate: int
    channels: int
    peak: float
    clipped: float
    silent: float
    leading: float
    trailing: float
    offset: float
    notes: tuple[str, ...]
    outline: np.ndarray = field(repr=False)
    fingerprint: Fingerprint = field(repr=False)

    @property
    def remarks(self) -> tuple[str, ...]:
        """Notable findings, each in two or three words."""
        edges = (("silence before it", self.leading), ("silence behind it", self.trailing))
        findings = [
            (self.clipped >= MUCH_CLIPPED, f"clipped {self.clipped:.2%}"),
            (self.peak >= OVER, f"peaks at {20 * math.log10(max(self.peak, OVER)):+.1f} dBFS"),
            (self.silent >= MUCH_SILENCE, f"{self.silent:.0%} silent"),
            *((seconds >= LONG_EDGE, f"{seconds:.1f} s {words}") for words, seconds in edges),
            (self.offset >= MUCH_OFFSET, f"DC offset {self.offset:.1%}"),
        ]
        return *self.notes, *(words for holds, words in findings if holds)

    def report(self) -> dict[str, Any]:
        """Return the measurements as plain JSON data."""
        shares = {"peak": self.peak, "clipped": self.clipped, "silent": self.silent, "offset": self.offset}
        times = {"seconds": self.seconds, "leading": self.leading, "trailing": self.trailing}
        rounded = {name: round(value, 5) for name, value in (times | shares).items()}
        return {"file": self.name, "rate": self.sample_rate, "channels": self.channels, **rounded}


@dataclass(frozen=True)
class Scan:
    """A corpus and the measurements of its files.

    `duplicates` are pairs of names of files that hold the same sound, the one with the higher rate first.
    """

    corpus: Corpus
    files: tuple[FileScan, ...]
    duplicates: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, corpus: Corpus, files: tuple[FileScan, ...]) -> Scan:
        """Return the scan of measured files, with the duplicates among them."""
        return cls(corpus, files, find_duplicates([one.fingerprint for one in files]))

    def remarks(self, file: FileScan) -> tuple[str, ...]:
        """Return the notable findings in a file, including duplicates."""
        return (*(f"same as {one}" for one, other in self.duplicates if other == file.name), *file.remarks)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Advice before training, one sentence each; empty if there is nothing to fix."""
        counts = [
            (len({other for _, other in self.duplicates}), "hold{s} the same sound as another one; keep one of them"),
            (sum(one.clipped >= MUCH_CLIPPED for one in self.files), "{is} clipped; the model will sound so too"),
            (sum(one.silent >= MUCH_SILENCE for one in self.files), "{is} silent for the most part; cut the silence"),
            (sum(one.offset >= MUCH_OFFSET for one in self.files), "{has} a DC offset; a high-pass at 20 Hz takes it"),
        ]
        return tuple(_counted(count, words) for count, words in counts if count)

    def report(self) -> dict[str, Any]:
        """Return the corpus' report with the measurements, as plain JSON data."""
        measured = [one.report() | {"remarks": list(self.remarks(one))} for one in self.files]
        return self.corpus.report() | {"twins": [list(pair) for pair in self.duplicates], "measured": measured}


def scan_corpus(corpus: Corpus) -> Scan:
    """Measure all files of a corpus; files that were deleted meanwhile are left out."""
    return Scan.of(corpus, tuple(_scanned(corpus)))


def scan_files(corpus: Corpus) -> Iterator[tuple[FileScan, ...]]:
    """Measure file by file; yield the measurements so far after each, to show progress."""
    found: list[FileScan] = []
    for one in _scanned(corpus):
        found.append(one)
        yield tuple(found)


def _scanned(corpus: Corpus) -> Iterator[FileScan]:
    """Yield the scan of each file, measured again unless the cache has what was measured before."""
    loudest = float(level_of(np.array(corpus.peak)))
    with MeasurementStore.of_user() as store:
        for item in corpus.items:
            with contextlib.suppress(SdaError):
                yield _scan_of(item, corpus.name_of(item.path), loudest, store.find(item.path) or measured(item.path))


def _scan_of(item: CorpusFile, name: str, of_corpus: float, found: Measurement) -> FileScan:
    """Return the scan of a measured file; `of_corpus` is the level of the loudest moment of its corpus in dB."""
    level = found.level / STEPS_A_DB
    first, end = sounding_range(level, of_corpus) if found.highest else (0, len(level))
    loud = level > silence_limit(float(level.max()), of_corpus)
    rate, outline = found.sample_rate, found.outline
    return FileScan(
        name=name,
        path=item.path,
        seconds=found.seconds,
        sample_rate=rate,
        channels=found.channels,
        peak=found.highest,
        clipped=found.clipped,
        silent=1 - float(loud.mean()),
        leading=first * found.window_seconds,
        trailing=max(0.0, found.seconds - end * found.window_seconds),
        offset=found.offset,
        notes=item.remarks,
        outline=outline,
        fingerprint=Fingerprint(name, found.audible, rate, found.spectra.astype(np.float32), outline),
    )


def outline_of(clip: AudioClip) -> np.ndarray:
    """Return the extremes of a clip for a small picture, as int8 [column, 2] in 127ths of its peak."""
    return outline_of_windows(clip.samples.min(0), clip.samples.max(0))


def _counted(count: int, words: str) -> str:
    verbs = {"s": "s", "is": "is", "has": "has"} if count == 1 else {"s": "", "is": "are", "has": "have"}
    return f"{'1 file' if count == 1 else f'{count} files'} {words.format(**verbs)}."
