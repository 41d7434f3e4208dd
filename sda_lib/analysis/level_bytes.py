"""A spectrogram in bytes, small enough to be sent and drawn elsewhere: steps of half a decibel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sda_lib.analysis.spectrogram import HIGHEST_HZ, LOWEST_HZ, spectrogram
from sda_lib.audio.clip import AudioClip

# A byte is this level in dB of full scale, and the decibels from one to the next.
LOWEST_DB, STEP_DB = -120.0, 0.5
# Least number of samples between columns, and most columns of a sound.
STEP, MOST_COLUMNS = 256, 3000


@dataclass(frozen=True, eq=False)
class LevelBytes:
    """Levels [band, column] of a sound, uint8, low bands first; columns are `seconds` apart, the first is at 0."""

    levels: np.ndarray
    seconds: float

    @property
    def limits_hz(self) -> tuple[float, float]:
        """Lowest and highest frequency; bands between them are spaced logarithmically."""
        return LOWEST_HZ, HIGHEST_HZ

    def decibels(self) -> np.ndarray:
        """Return the levels in dB of full scale [band, column]."""
        return LOWEST_DB + STEP_DB * self.levels


def level_bytes(clip: AudioClip, pause: Callable[[], object] = lambda: None) -> LevelBytes:
    """Return the spectrogram of a clip in bytes; `pause` is called between its parts, and may raise."""
    step = max(STEP, -(-clip.length // MOST_COLUMNS))
    steps = (spectrogram(clip, step, pause) - LOWEST_DB) / STEP_DB
    return LevelBytes(np.clip(np.round(steps), 0, 255).astype(np.uint8), step / clip.sample_rate)
