"""Measures of compared sounds: each by itself, and how far it is from another."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from sda_lib.analysis.features import FEATURES, Spectra, summary
from sda_lib.analysis.onsets import attack_time, onset_times
from sda_lib.analysis.pitch import pitch_of
from sda_lib.audio.clip import AudioClip
from sda_lib.comparison.difference import Difference, moved

# Longest beginning of a sound in seconds that is measured, besides its loudness and true peak.
LONGEST = 120.0
# Units of what is measured of one sound, in the order of the table. Loudness and true peak are as they were before the
# match, the others don't depend on it.
UNITS: Mapping[str, str] = {
    "length": "s", "loudness": "LUFS", "gain": "dB", "true peak": "dBTP",
    **{name: feature.unit for name, feature in FEATURES.items() if name != "loudness"},
    "onsets": "", "attack time": "s", "pitch": "Hz",
}  # fmt: skip


@dataclass(frozen=True)
class Distance:
    """How far a sound is from another, both at equal loudness.

    Args:
        mel: multi-scale log-mel distance of the first LONGEST seconds, as training measures it; 0 is equal.
        spectrum: mean absolute difference of their spectrograms in dB where either is audible.
        shift: seconds by which it comes later; it is moved back by them for both measures.
    """

    mel: float
    spectrum: float
    shift: float


def measures_of(clip: AudioClip) -> dict[str, float]:
    """Return the measures of one sound by name, besides those of its level; NaN where there is none.

    All but the length are those of its first LONGEST seconds.
    """
    length, clip = clip.seconds, beginning(clip)
    spectra, pitch = summary(Spectra.of(clip)), pitch_of(clip)
    return {
        "length": length,
        **{name: value for name, value in spectra.items() if name != "loudness"},
        "onsets": float(len(onset_times(clip))),
        "attack time": attack_time(clip),
        "pitch": pitch.hertz if pitch.is_tone else math.nan,
    }


def distance(first: AudioClip, second: AudioClip, between: Difference) -> Distance:
    """Return how far the second sound is from the first; `between` is their difference."""
    from sda_lib.codec.losses import mel_distance  # imports torch, which takes a second

    mel = mel_distance(beginning(first), beginning(moved(second, -between.shift)))
    return Distance(mel, between.mean, between.shift)


def beginning(clip: AudioClip) -> AudioClip:
    """Return the first LONGEST seconds of a clip, or all of a shorter one."""
    return clip.cut(round(LONGEST * clip.sample_rate))
