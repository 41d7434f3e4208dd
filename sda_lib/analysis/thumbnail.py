"""Thumbnails: small spectrograms of sounds, two kilobytes each."""

from __future__ import annotations

import numpy as np

from sda_lib.analysis.spectrogram import BANDS, STEP, spectrogram
from sda_lib.audio.clip import AudioClip

# Size in pixels.
COLUMNS, ROWS = 96, 24
# A pixel is black so many dB under the loudest, and the loudest counts as this loud at least: silence stays black.
RANGE_DB, LEAST_DB = 80.0, -40.0
SIZE = COLUMNS * ROWS


def thumbnail(clip: AudioClip) -> bytes:
    """Return the spectrogram of a clip as bytes [row, column], low bands first, from 0 (silence) to 255 (loudest)."""
    levels = spectrogram(clip, max(STEP, clip.length // (2 * COLUMNS)))
    levels = np.maximum.reduceat(levels, np.arange(ROWS) * BANDS // ROWS, axis=0)
    columns = np.arange(COLUMNS) * levels.shape[1] // COLUMNS
    widest = np.maximum.reduceat(levels, np.unique(columns), axis=1)
    levels = widest[:, np.searchsorted(np.unique(columns), columns)]
    shades = np.clip(1 + (levels - max(float(levels.max()), LEAST_DB)) / RANGE_DB, 0, 1)
    return np.round(shades * 255).astype(np.uint8).tobytes()


def picture(data: bytes) -> np.ndarray | None:
    """Return a thumbnail's pixels [row, column], low bands first; None for bytes that are none."""
    return np.frombuffer(data, np.uint8).reshape(ROWS, COLUMNS) if len(data) == SIZE else None
