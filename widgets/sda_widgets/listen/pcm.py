"""Conversion of samples to the format that the browser plays."""

from __future__ import annotations

import math

import numpy as np


def pcm16(samples: np.ndarray, scale: float = 1.0) -> bytes:
    """Convert float samples [channel, time] to interleaved little-endian 16-bit PCM: half the bytes of float.

    `scale` is the largest sample that fits.
    """
    return (np.clip(samples / np.float32(scale), -1, 1) * 32767).round().astype("<i2").T.tobytes()


def sample_peak(samples: np.ndarray) -> float:
    """Return the largest absolute sample, without a copy of all."""
    return float(max(samples.max(initial=0.0), -samples.min(initial=0.0)))


def scale_for(peak: float) -> float:
    """Return the scale for samples up to a peak: 1, or the power of two that it needs beyond full scale.

    So samples below full scale, and the same sound at any time, are the same bytes.
    """
    return 2.0 ** max(0, math.ceil(math.log2(peak))) if peak > 1 else 1.0
