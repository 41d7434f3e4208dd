"""Pitch over time: YIN (analysis/pitch.py) on windows that are evenly spaced over a sound."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sda_lib.analysis.pitch import FINE, HIGHEST, SILENT, differences, periods
from sda_lib.audio.clip import AudioClip

# Lowest pitch in Hz: three of its periods are the length of a window, 60 ms.
LOWEST = 50.0
# Seconds between windows, and most windows of a sound.
STEP, MOST = 0.01, 2000
# Windows that are measured at once.
BLOCK = 16
# Windows that are quieter than the loudest one by more than this many dB have no pitch.
RANGE_DB = 50.0


def pitch_contour(clip: AudioClip, pause: Callable[[], object] = lambda: None) -> np.ndarray:
    """Return the pitch of a clip over time as (second, Hz) [window, 2]; Hz is NaN where there is none.

    Of a clip with several channels the loudest is measured. `pause` is called between blocks of windows, and may raise.
    """
    clip = clip.resampled(max(clip.sample_rate, FINE))
    samples = clip.samples[np.square(clip.samples).sum(1).argmax()].astype(np.float64)
    longest = int(clip.sample_rate / LOWEST) + 2
    size = 3 * longest
    if len(samples) < size or clip.peak < SILENT:
        return np.zeros((0, 2))
    count = min(MOST, 1 + int((len(samples) - size) / (STEP * clip.sample_rate)))
    begins = np.linspace(0, len(samples) - size, count).astype(int)
    hertz, energy = np.zeros(count), np.zeros(count)
    for first in range(0, count, BLOCK):
        pause()
        frames = np.stack([samples[begin : begin + size] for begin in begins[first : first + BLOCK]])
        notes, clear = periods(differences(frames, longest), int(clip.sample_rate / HIGHEST), clip.sample_rate)
        hertz[first : first + BLOCK] = np.where(clear > 0, 2**notes, np.nan)
        energy[first : first + BLOCK] = np.square(frames).sum(1)
    hertz[energy < energy.max() * 10 ** (-RANGE_DB / 10)] = np.nan
    return np.stack([(begins + size / 2) / clip.sample_rate, hertz], axis=1)
