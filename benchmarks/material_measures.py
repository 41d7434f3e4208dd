"""What `materials.py` measures of a sound, the same for recordings and new ones, all from the mean of the channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import librosa
import numpy as np
from clicks import APART, WINDOW, sharpness

from sda_lib import AudioClip

BLOCK = 0.05
"""Seconds of a block, whose level is looked at."""
SILENT_DB, QUIET_DB, FAINT_DB = -60.0, 50.0, 20.0
"""dBFS of a silent sound's loudest block at most; dB by which a quiet block is below the loudest, and by which the
loudest block of a faint sound is below those of the recordings."""
SPECTRUM, STEP = 512, 128
NEAR_SECONDS, FROM_SECONDS, TO_SECONDS = 0.03, 0.005, 0.04
"""Seconds around a border: where the strongest flux is looked for; what the levels before and after are means of."""
RANGE_DB = 60.0
BORDERS_EACH = 12
"""Ordinary borders of each recording at most, so that long recordings do not count more."""
CLICKS_PER_SECOND = 0.2
"""The recordings have this many clicks a second, by definition of the ratio from which on there is one."""
FIGURES = ("level", "centroid", "seconds", "end")


def figures(clip: AudioClip) -> dict[str, float]:
    """Return level (RMS, dBFS), centroid (Hz), seconds, end (level of the last block below the loudest, dB), the share
    of quiet blocks and the level of the loudest block (dBFS)."""
    samples = _mono(clip)
    levels = block_levels(samples, clip.sample_rate)
    last = samples[-round(BLOCK * clip.sample_rate) :]
    spectrum = np.square(np.abs(librosa.stft(samples, n_fft=2048, hop_length=512))).sum(1)
    frequencies = np.linspace(0, clip.sample_rate / 2, len(spectrum))
    return {
        "level": _db(np.mean(samples**2)),
        "centroid": float((spectrum * frequencies).sum() / max(spectrum.sum(), 1e-20)),
        "seconds": clip.seconds,
        "end": max(-80.0, _db(np.mean(last**2)) - float(levels.max())),
        "quiet": float((levels < max(levels.max() - QUIET_DB, SILENT_DB)).mean()),
        "loudest": float(levels.max()),
    }


def block_levels(samples: np.ndarray, rate: int) -> np.ndarray:
    """Return the level of every block of samples [time] in dBFS; a sound shorter than a block has one."""
    size = min(round(BLOCK * rate), len(samples))
    blocks = samples[: len(samples) // size * size].reshape(-1, size)
    return 10 * np.log10(np.square(blocks).mean(1) + 1e-12)


def click_ratios(clip: AudioClip) -> np.ndarray:
    """Return the ratio of every local maximum of sharpness, maxima closer than 10 ms counted as one."""
    if clip.seconds < 4 * BLOCK:
        return np.zeros(0)
    ratio, found, near = sharpness(clip), [], round(APART / WINDOW)
    while len(ratio) and ratio.max() > 1:
        place = int(ratio.argmax())
        found.append(ratio[place])
        ratio[max(0, place - near) : place + near + 1] = 0
    return np.array(found)


def click_threshold(recordings: Sequence[AudioClip]) -> float:
    """Return the ratio from which on the recordings have CLICKS_PER_SECOND clicks."""
    ratios = np.sort(np.concatenate([click_ratios(clip) for clip in recordings]))[::-1]
    count = round(CLICKS_PER_SECOND * sum(clip.seconds for clip in recordings))
    return float(ratios[min(count, len(ratios) - 1)])


@dataclass(frozen=True)
class Changes:
    """How a sound changes over time: samples [time] of its mono mix and their rate."""

    samples: np.ndarray
    rate: int

    @classmethod
    def of(cls, clip: AudioClip) -> Changes:
        return cls(_mono(clip), clip.sample_rate)

    @cached_property
    def spectra(self) -> np.ndarray:
        """Log10 magnitudes [bin, spectrum], not lower than RANGE_DB below the highest."""
        magnitudes = np.abs(librosa.stft(self.samples, n_fft=SPECTRUM, hop_length=STEP))
        return np.log10(np.maximum(magnitudes, max(magnitudes.max(), 1e-9) * 10 ** (-RANGE_DB / 20)))

    @cached_property
    def flux(self) -> np.ndarray:
        """Mean absolute change of log10 magnitudes from each spectrum to the next [spectrum]."""
        return np.abs(np.diff(self.spectra, axis=1)).mean(0)

    @cached_property
    def power(self) -> np.ndarray:
        """Cumulative power [time + 1]."""
        return np.concatenate([[0.0], np.cumsum(self.samples**2)])

    def audible(self, sample: int) -> bool:
        """Tell whether the 40 ms on either side are not quiet."""
        return max(self._level(sample, -1), self._level(sample, 1)) > self._loudest - QUIET_DB

    def flux_at(self, sample: int) -> float:
        """Return the strongest flux within 30 ms of a border."""
        place, near = round(sample / STEP), round(NEAR_SECONDS * self.rate / STEP)
        return float(self.flux[max(0, place - near) : place + near].max(initial=0.0))

    def step_at(self, sample: int) -> float:
        """Return by how many dB the levels before and after a border differ, neither taken lower than the range."""
        floor = self._loudest - RANGE_DB
        return abs(max(self._level(sample, 1), floor) - max(self._level(sample, -1), floor))

    def borders(self, hop: int) -> list[int]:
        """Return ordinary borders of frames in samples, evenly spread over those where the sound is not quiet."""
        places = [place for place in range(hop, len(self.samples) - hop, hop) if self.audible(place)]
        return [places[i] for i in np.linspace(0, len(places) - 1, min(len(places), BORDERS_EACH)).astype(int)]

    @cached_property
    def _loudest(self) -> float:
        return float(block_levels(self.samples, self.rate).max())

    def _level(self, sample: int, side: int) -> float:
        """Level of the passage after (1) or before (-1) a border in dBFS."""
        ends = sorted(sample + side * round(seconds * self.rate) for seconds in (FROM_SECONDS, TO_SECONDS))
        begin, end = np.clip(ends, 0, len(self.samples))
        return _db((self.power[end] - self.power[begin]) / max(1, end - begin))


def _mono(clip: AudioClip) -> np.ndarray:
    return clip.samples.mean(0).astype(float)


def _db(power: float) -> float:
    return float(10 * np.log10(max(power, 0.0) + 1e-12))
