"""Scan every file of a corpus before training: clipping, silence, DC offset, outline, and duplicates.

Files are read in blocks, so an hour of sound needs no more memory than a minute.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sda_lib.audio.clip import AudioClip, mixed
from sda_lib.audio.corpus import Corpus
from sda_lib.audio.duplicates import COMPARED_SECONDS, Fingerprint, band_spectra, find_duplicates
from sda_lib.audio.reader import open_sound
from sda_lib.audio.silence import level_of, silence_limit, sounding_range
from sda_lib.audio.usable_files import CorpusFile
from sda_lib.errors import SdaError
from sda_lib.file_names import printable

WINDOWS_A_SECOND = 400
BLOCK_WINDOWS = 16384
# Absolute value from which on a sample is at full scale: 16 bits reach 0.99997.
FULL_SCALE = 0.9999
# Number of successive samples at full scale and on one level (within LEVEL) that count as clipped; the top of a
# full-scale sine above 50 Hz is shorter.
LONGEST_TOP, LEVEL = 4, 1e-4
MUCH_CLIPPED = 1e-4
# Peak of floating-point samples that is reported as above full scale.
OVER = 1.01
# Share of the peak above which samples count as sound when files are compared.
SOUNDING = 1e-2
# Silence that is reported: share of a file, and seconds at either end.
MUCH_SILENCE, LONG_EDGE = 0.5, 1.0
MUCH_OFFSET = 0.01
OUTLINE_COLUMNS = 96
PREVIEW_SECONDS = 12.0


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
    return Scan.of(corpus, max(scan_files(corpus), key=len, default=()))


def scan_files(corpus: Corpus) -> Iterator[tuple[FileScan, ...]]:
    """Measure file by file; yield the measurements so far after each, to show progress."""
    found: list[FileScan] = []
    for item in corpus.items:
        with contextlib.suppress(SdaError):
            found.append(_scan_file(item, corpus.name_of(item.path), corpus.peak))
            yield tuple(found)


def _scan_file(item: CorpusFile, name: str, loudest: float) -> FileScan:
    """Measure one file, reading it to its end; `loudest` is the peak of its corpus.

    Raises SdaError when it was deleted or changed.
    """
    with open_sound(item.path) as file:
        window = max(1, file.sample_rate // WINDOWS_A_SECOND)
        parts = [_windows(block, window) for block in file.blocks(window * BLOCK_WINDOWS)]
    if not parts:
        raise SdaError(f"{printable(item.path.name)} holds no samples; leave it out or record it again.")
    low_parts, high_parts, clipped, sums, lengths = zip(*parts, strict=True)
    lows, highs, length = np.concatenate(low_parts), np.concatenate(high_parts), sum(lengths)
    heights, outline = np.maximum(-lows, highs), _outline(lows, highs)
    sounding, level = np.flatnonzero(heights >= heights.max() * SOUNDING) * window, level_of(heights)
    of_corpus = float(level_of(np.array(loudest)))
    first, end = sounding_range(level, of_corpus) if heights.any() else (0, len(level))
    loud = level > silence_limit(float(level.max()), of_corpus)
    beginning = read_excerpt(item.path, COMPARED_SECONDS, int(sounding[0])).samples.mean(0)
    rate, seconds = item.sample_rate, length / item.sample_rate
    return FileScan(
        name=name,
        path=item.path,
        seconds=seconds,
        sample_rate=rate,
        channels=item.channels,
        peak=float(heights.max()),
        clipped=sum(clipped) / length,
        silent=1 - float(loud.mean()),
        leading=first * window / rate,
        trailing=max(0.0, seconds - end * window / rate),
        offset=float(np.abs(sum(sums)).max()) / length,
        notes=item.remarks,
        outline=outline,
        fingerprint=Fingerprint(
            name, float(sounding[-1] - sounding[0]) / rate, rate, band_spectra(beginning, rate), outline
        ),
    )


def read_excerpt(path: str | Path, seconds: float = PREVIEW_SECONDS, first: int = 0) -> AudioClip:
    """Return this many seconds of a file from sample `first` on, at its own rate.

    Raises SdaError as `read_clip` does.
    """
    with open_sound(path) as file:
        file.skip(first)
        samples = mixed(file.read(round(seconds * file.sample_rate)), file.layout)
        return AudioClip(samples.T, file.sample_rate, file.name)


def outline_of(clip: AudioClip) -> np.ndarray:
    """Return the extremes of a clip for a small picture, as int8 [column, 2] in 127ths of its peak."""
    return _outline(clip.samples.min(0), clip.samples.max(0))


def _windows(block: np.ndarray, window: int) -> tuple[np.ndarray, np.ndarray, float, np.ndarray, int]:
    """Measure the windows of a block [time, channel].

    Returns lowest and highest sample [window] over all channels, the number of clipped samples (mean over the
    channels), sums [channel], and the length.
    """
    starts = np.arange(0, len(block), window)
    lows = np.minimum.reduceat(block.min(1), starts)
    highs = np.maximum.reduceat(block.max(1), starts)
    full = bool(highs.max() >= FULL_SCALE or lows.min() <= -FULL_SCALE)
    clipped = float(np.mean([clipped_samples(channel) for channel in block.T])) if full else 0.0
    return lows, highs, clipped, block.sum(0, dtype=np.float64), len(block)


def clipped_samples(samples: np.ndarray) -> int:
    """Return the number of samples [time] in runs of at least LONGEST_TOP on one level at full scale or above.

    Floating-point samples may pass full scale without being clipped; their tops are round.
    """
    heights = np.abs(samples)
    level = (heights[1:] >= FULL_SCALE) & (np.abs(np.diff(heights)) <= LEVEL)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], level, [False]])))
    runs = edges[1::2] - edges[::2] + 1  # n equal steps join n + 1 samples
    return int(runs[runs >= LONGEST_TOP].sum())


def _outline(lows: np.ndarray, highs: np.ndarray) -> np.ndarray:
    """Return the windows' extremes as int8 [column, 2], at most OUTLINE_COLUMNS columns."""
    columns = min(OUTLINE_COLUMNS, len(lows))
    starts = np.arange(columns) * len(lows) // columns
    extremes = np.stack([np.minimum.reduceat(lows, starts), np.maximum.reduceat(highs, starts)], axis=1)
    return (extremes * (127 / max(np.abs(extremes).max(), 1e-9))).round().astype(np.int8)


def _counted(count: int, words: str) -> str:
    verbs = {"s": "s", "is": "is", "has": "has"} if count == 1 else {"s": "", "is": "are", "has": "have"}
    return f"{'1 file' if count == 1 else f'{count} files'} {words.format(**verbs)}."
