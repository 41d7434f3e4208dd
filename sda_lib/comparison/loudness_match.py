"""Loudness match: gains by which sounds are equally loud, as loud as they can be without exceeding a true peak.

Loudness is gated as in ITU-R BS.1770-5. Gating blocks don't fit into sounds shorter than 400 ms: of these, it is the
maximum momentary loudness of the sound between silence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy

from sda_lib.analysis.loudness import BLOCK_SECONDS, SILENT, gated_loudness, k_weighting, lufs, measure_loudness
from sda_lib.analysis.true_peak import amplified
from sda_lib.audio.clip import AudioClip

# Most sounds that are compared, one for each letter.
MOST = 26
# Largest true peak of matched sounds in dB of full scale, as EBU R 128 recommends.
CEILING_DB = -1.0
# Rate in Hz below which the filters' response near half the rate is off by up to 0.3 LU, and the rate at which such
# sounds are measured.
LOWEST_RATE, MEASURED_RATE = 44_100, 48_000
# Error of a loudness in LU at which the search for its gain ends, and most steps of the search. It takes several where
# a gain lifts parts of a sound above the absolute gate.
CLOSE, STEPS = 0.002, 40


@dataclass(frozen=True, eq=False)
class Level:
    """How loud a sound is at any gain.

    Args:
        blocks: K-weighted power of every gating block [block]; of a shorter sound, of its loudest 400 ms alone.
        true_peak: largest level between the samples, 1 being full scale.
        channels: number of channels that are played.
    """

    blocks: np.ndarray
    true_peak: float
    channels: int

    @classmethod
    def of(cls, clip: AudioClip) -> Level:
        """Measure a clip; of ambisonics, the omnidirectional channel."""
        played = clip.with_channels(1) if clip.channels > 2 else clip
        played = played.resampled(MEASURED_RATE) if played.sample_rate < LOWEST_RATE else played
        meter = measure_loudness(played)
        blocks = meter.blocks if len(meter.blocks) else np.array([_loudest_window(played)])
        return cls(blocks, meter.true_peak, played.channels)

    @property
    def is_silent(self) -> bool:
        """Whether all of the sound is below the absolute gate, -70 LUFS."""
        return self.loudness() == SILENT

    def loudness(self, gain_db: float = 0.0) -> float:
        """Return the loudness in LUFS of the sound with a gain in dB; -inf below the absolute gate."""
        return gated_loudness(self.blocks * 10 ** (gain_db / 10))

    @property
    def true_peak_db(self) -> float:
        """The true peak in dB of full scale, at least -120."""
        return 20 * math.log10(max(self.true_peak, 1e-6))

    def headroom(self, ceiling_db: float) -> float:
        """Return the gain in dB that brings the true peak to a ceiling in dB of full scale."""
        return ceiling_db - self.true_peak_db

    def gain_for(self, loudness: float) -> float:
        """Return the gain in dB at which an audible sound has a loudness in LUFS, or comes closest to it."""
        gain = best = loudness - lufs(float(self.blocks.max()))
        smallest = math.inf
        for _ in range(STEPS):
            error = loudness - self.loudness(gain)
            if abs(error) < smallest:
                best, smallest = gain, abs(error)
            if smallest < CLOSE or not math.isfinite(error):
                break
            gain += error
        return best

    def on(self, channels: int) -> Level:
        """Return the level of a sound of one channel that is played on 2, and any other level as it is."""
        if self.channels >= channels:
            return self
        return replace(self, blocks=self.blocks * channels / self.channels, channels=channels)


@dataclass(frozen=True)
class LoudnessMatch:
    """Gains at which sounds are compared.

    Args:
        loudness: common loudness in LUFS, or that of the loudest sound; -inf if no sound is audible.
        before: loudness of every sound in LUFS as it was, -inf for a silent one. Where one sound is stereo, those of
            one channel count as played on two.
        gains_db: gain of every sound in dB, 0 for silent ones.
    """

    loudness: float
    before: tuple[float, ...]
    gains_db: tuple[float, ...]


def match_levels(levels: Sequence[Level], ceiling_db: float = CEILING_DB) -> LoudnessMatch:
    """Return the gains by which sounds are equally loud.

    They are as loud as they can be without any exceeding the ceiling, a true peak in dB of full scale.
    """
    channels = max((one.channels for one in levels), default=1)
    played = [one.on(channels) for one in levels]
    reached = [one.loudness(one.headroom(ceiling_db)) for one in played if not one.is_silent]
    common = min(reached, default=SILENT)
    gains = (
        0.0 if one.is_silent or common == SILENT else min(one.gain_for(common), one.headroom(ceiling_db))
        for one in played
    )
    return LoudnessMatch(common, tuple(one.loudness() for one in played), tuple(gains))


def one_gain(levels: Sequence[Level], ceiling_db: float = CEILING_DB) -> LoudnessMatch:
    """Return one gain for all sounds, 0 dB or the largest by which none exceeds the ceiling; their loudness differs."""
    gain = min([0.0, *(one.headroom(ceiling_db) for one in levels)])
    channels = max((one.channels for one in levels), default=1)
    before = tuple(one.on(channels).loudness() for one in levels)
    return LoudnessMatch(max(before, default=SILENT) + gain, before, (gain,) * len(levels))


def match_loudness(clips: Sequence[AudioClip], ceiling_db: float = CEILING_DB) -> LoudnessMatch:
    """Measure clips and return the gains of `match_levels`."""
    return match_levels([Level.of(clip) for clip in clips], ceiling_db)


def matched(clips: Sequence[AudioClip], match: LoudnessMatch) -> list[AudioClip]:
    """Return clips with the gains of their match."""
    return [amplified(clip, gain) for clip, gain in zip(clips, match.gains_db, strict=True)]


def _loudest_window(clip: AudioClip) -> float:
    """Return the largest K-weighted power of 400 ms that contain a part of the clip, with silence around it."""
    length = round(BLOCK_SECONDS * clip.sample_rate)
    weighted = np.pad(clip.samples.astype(np.float64), ((0, 0), (0, length)))
    for stage in (0, 1):
        weighted = scipy.signal.lfilter(*k_weighting(clip.sample_rate, stage), weighted)
    energy = np.concatenate([[0.0], np.cumsum(np.square(weighted).sum(0))])
    return float((energy[length:] - energy[:-length]).max() / length)
