"""A spectrogram for display: levels in dB in logarithmically spaced bands."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sda_lib.audio.clip import AudioClip

WINDOW, STEP = 2048, 512
LOWEST_HZ, HIGHEST_HZ, BANDS = 40.0, 16000.0, 192
# Windows that are transformed at once: some 2 MB and 5 ms, however long the sound is.
BLOCK = 128


def spectrogram(clip: AudioClip, step: int = STEP, pause: Callable[[], object] = lambda: None) -> np.ndarray:
    """Return levels [band, frame] of the mono mix in dB of full scale, in windows that are `step` samples apart.

    Bands are log-spaced from LOWEST_HZ to HIGHEST_HZ. `pause` is called between blocks of windows, and may raise.
    """
    samples = clip.samples.mean(0)
    padded = np.pad(samples, (WINDOW // 2, WINDOW // 2 + step))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::step]
    window, found = np.hanning(WINDOW), []
    for first in range(0, len(frames), BLOCK):
        pause()
        block = frames[first : first + BLOCK] * window
        power = np.square(np.abs(np.fft.rfft(block, axis=1)) * (2 / window.sum()))
        found.append(_log_bands(power, clip.sample_rate))
    return 10 * np.log10(np.concatenate(found).T + 1e-12)


def _log_bands(power: np.ndarray, sample_rate: int) -> np.ndarray:
    """Return the loudest bin of every band [frame, band]; bands narrower than a bin are interpolated between bins."""
    edges = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BANDS + 1)
    centers = np.sqrt(edges[:-1] * edges[1:])
    bins = power.shape[1]
    position = np.clip(centers * WINDOW / sample_rate, 0, bins - 1.001)
    low = position.astype(int)
    bands = power[:, low] * (low + 1 - position) + power[:, low + 1] * (position - low)
    starts, ends = (np.clip(np.ceil(e * WINDOW / sample_rate).astype(int), 0, bins) for e in (edges[:-1], edges[1:]))
    for band in np.flatnonzero(ends > starts + 1):
        bands[:, band] = power[:, starts[band] : ends[band]].max(1)
    return bands
