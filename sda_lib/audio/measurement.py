"""Measurement of a sound file in one pass over its samples: what the corpus and its scan know of the file.

Files are read in blocks, so an hour of sound needs no more memory than a minute.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sda_lib.audio.categories import tags_of
from sda_lib.audio.clip import mixed, read_excerpt
from sda_lib.audio.duplicates import COMPARED_SECONDS, band_spectra
from sda_lib.audio.pooled import PooledWindows
from sda_lib.audio.reader import Reader, open_sound
from sda_lib.audio.silence import ZEROS, level_of, own_range
from sda_lib.audio.tags import name_a_model, readable_tags
from sda_lib.errors import SdaError
from sda_lib.file_names import printable

WINDOWS_A_SECOND = 400
BLOCK_WINDOWS = 16384
# Windows that are joined where silence at the ends is looked for.
JOINED = 4
# Steps of a level per dB.
STEPS_A_DB = 100
# Absolute value from which on a sample is at full scale: 16 bits reach 0.99997.
FULL_SCALE = 0.9999
# Number of successive samples at full scale and on one level (within LEVEL) that count as clipped; the top of a
# full-scale sine above 50 Hz is shorter.
LONGEST_TOP, LEVEL = 4, 1e-4
# Share of the peak above which samples count as sound when files are compared.
SOUNDING = 1e-2
# Energy of the side signal relative to the mid signal, in dB, above which a file counts as stereo.
STEREO_DB = -40.0
# The same ratio above which the mono mix of a file is nearly silent.
OPPOSED_DB = 20.0
OUTLINE_COLUMNS = 96
# Seconds from the beginning in which the excerpt is searched that files are compared by; a later one is read again.
HELD_SECONDS = 40.0


@dataclass(frozen=True)
class Measurement:
    """What one pass over a file found.

    `seconds` is the length, `sounding` that without the ends which are silent by the file alone (audio/silence.py),
    `audible` that between the first and the last window above SOUNDING. `wide` is true if its two channels (of
    more, those of its down-mix) differ (STEREO_DB), `generated` if a model made it. `peak` is the largest absolute
    sample of the down-mix, `highest` that of all channels; `clipped` the share of clipped samples, `offset` the largest
    mean of a channel. `remarks` say in a few words each what is unusual, `tags` are those of the metadata that are
    categories, `digest` is the same for files of the same samples, rate and channels.

    `level` int16 [window] is that of the largest sample of every `window` samples, in STEPS_A_DB to a dB; `outline`
    int8 [column, 2] holds the lowest and highest sample of every stretch, in 127ths of the file's peak; `spectra`
    float16 [frame, band] are those of `band_spectra` of the first COMPARED_SECONDS that sound.
    """

    seconds: float
    sample_rate: int
    channels: int
    wide: bool
    generated: bool
    remarks: tuple[str, ...]
    peak: float
    sounding: float
    tags: tuple[str, ...]
    digest: str
    highest: float
    clipped: float
    offset: float
    audible: float
    window: int
    level: np.ndarray = field(repr=False)
    outline: np.ndarray = field(repr=False)
    spectra: np.ndarray = field(repr=False)

    @property
    def window_seconds(self) -> float:
        """Length of the windows of `level` in seconds."""
        return self.window / self.sample_rate


def measured(path: Path) -> Measurement:
    """Measure a file, reading it to its end. Raises SdaError with the reason for an unreadable or empty file."""
    with open_sound(path) as file:
        measuring = Measuring(file)
        for _ in measuring.blocks():
            pass
        return measuring.result()


def window_of(rate: int) -> int:
    """Return the length of a window in samples."""
    return max(1, rate // WINDOWS_A_SECOND)


class Measuring:
    """Measures an open file while its blocks are read."""

    def __init__(self, file: Reader) -> None:
        self.file, self.window, self.length = file, window_of(file.sample_rate), 0
        self._ended = False
        self._digest = hashlib.sha256(f"{file.sample_rate} {file.channels}".encode())
        self._mid = self._side = self._clipped = 0.0
        self._sums = np.zeros(file.channels)
        self._lows, self._highs, self._mixed = map(PooledWindows, (np.minimum, np.maximum, np.maximum))
        self._held = [np.zeros(0, np.float32)]

    @property
    def wide(self) -> bool:
        """Whether the channels differ in what was read so far."""
        return self._side > self._mid * 10 ** (STEREO_DB / 10)

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield the file's blocks, float32 [time, channel], after measuring each."""
        for block in self.file.blocks(self.window * BLOCK_WINDOWS):
            self._add(block)
            yield block
        self._ended = True

    def _add(self, block: np.ndarray) -> None:
        self._digest.update(np.ascontiguousarray(block).data)
        planar, starts = np.ascontiguousarray(block.T), np.arange(0, len(block), self.window)
        lows, highs = np.minimum.reduceat(planar, starts, 1).min(0), np.maximum.reduceat(planar, starts, 1).max(0)
        self._lows.add(lows)
        self._highs.add(highs)
        if highs.max() >= FULL_SCALE or lows.min() <= -FULL_SCALE:
            self._clipped += float(np.mean([clipped_samples(channel) for channel in planar]))
        self._sums += planar.sum(1, dtype=np.float64)
        down = planar if len(planar) <= 2 else np.ascontiguousarray(mixed(block, self.file.layout).T)
        if down is not planar:
            self._mixed.add(self._heights(down))
        if len(down) == 2:
            self._mid += _power(down[0] + down[1])
            self._side += _power(down[0] - down[1])
        if self.length < HELD_SECONDS * self.file.sample_rate:
            self._held.append(down.mean(0))
        self.length += len(block)

    def _heights(self, down: np.ndarray) -> np.ndarray:
        return np.maximum.reduceat(np.abs(down).max(0), np.arange(0, down.shape[1], self.window))

    def result(self) -> Measurement:
        """Return the measurement of the file. Raises SdaError unless it was read to its end and has samples."""
        file, rate = self.file, self.file.sample_rate
        if not self._ended:
            raise SdaError(f"{printable(file.path.name)} was not read to its end; read it again.")
        if not self.length:
            raise SdaError(f"{printable(file.path.name)} holds no samples; leave it out or record it again.")
        lows, highs = self._lows.values, self._highs.values
        heights, outline = np.maximum(-lows, highs), outline_of_windows(lows, highs)
        down = self._mixed.values if file.channels > 2 else heights
        window = self.window * self._lows.factor
        sounding = np.flatnonzero(heights >= heights.max() * SOUNDING) * window
        opposed = self._side > self._mid * 10 ** (OPPOSED_DB / 10)
        remarks = (file.layout.remark, "its two channels cancel each other in mono" if opposed else "")
        written = readable_tags(file.path)
        return Measurement(
            seconds=self.length / rate,
            sample_rate=rate,
            channels=file.channels,
            wide=self.wide,
            generated=name_a_model(written),
            remarks=tuple(filter(None, (*file.remarks, *remarks))),
            peak=float(down.max()),
            sounding=self._sounding_seconds(down, window),
            tags=tuple(tags_of(written)),
            digest=self._digest.hexdigest(),
            highest=float(heights.max()),
            clipped=self._clipped / self.length,
            offset=float(np.abs(self._sums).max()) / self.length,
            audible=float(sounding[-1] - sounding[0]) / rate,
            window=window,
            level=(level_of(heights) * STEPS_A_DB).round().astype(np.int16),
            outline=outline,
            spectra=band_spectra(self._excerpt(int(sounding[0])), rate).astype(np.float16),
        )

    def _sounding_seconds(self, heights: np.ndarray, window: int) -> float:
        """Return the seconds without padding at the ends, by the peaks of the down-mix's windows of some samples."""
        level = level_of(np.maximum.reduceat(heights, np.arange(0, len(heights), JOINED)))
        seconds = JOINED * window / self.file.sample_rate
        first, end = own_range(level, 1 / seconds, float(level.max(initial=ZEROS)))
        return min(end * seconds, self.length / self.file.sample_rate) - first * seconds

    def _excerpt(self, first: int) -> np.ndarray:
        """Return COMPARED_SECONDS of the down-mix's mean [time] from sample `first` on."""
        end, held = first + round(COMPARED_SECONDS * self.file.sample_rate), np.concatenate(self._held)
        if min(end, self.length) <= len(held):
            return held[first:end]
        excerpt: np.ndarray = read_excerpt(self.file.path, COMPARED_SECONDS, first).samples.mean(0)
        return excerpt


def _power(samples: np.ndarray) -> float:
    return float(np.dot(samples, samples))


def clipped_samples(samples: np.ndarray) -> int:
    """Return the number of samples [time] in runs of at least LONGEST_TOP on one level at full scale or above.

    Floating-point samples may pass full scale without being clipped; their tops are round.
    """
    heights = np.abs(samples)
    level = (heights[1:] >= FULL_SCALE) & (np.abs(np.diff(heights)) <= LEVEL)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], level, [False]])))
    runs = edges[1::2] - edges[::2] + 1  # n equal steps join n + 1 samples
    return int(runs[runs >= LONGEST_TOP].sum())


def outline_of_windows(lows: np.ndarray, highs: np.ndarray) -> np.ndarray:
    """Return the windows' extremes as int8 [column, 2], at most OUTLINE_COLUMNS columns."""
    columns = min(OUTLINE_COLUMNS, len(lows))
    starts = np.arange(columns) * len(lows) // columns
    extremes = np.stack([np.minimum.reduceat(lows, starts), np.maximum.reduceat(highs, starts)], axis=1)
    return (extremes * (127 / max(np.abs(extremes).max(), 1e-9))).round().astype(np.int8)
