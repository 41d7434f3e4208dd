"""Conversion of samples to the format that the browser plays."""

from __future__ import annotations

import numpy as np


def pcm16(samples: np.ndarray) -> bytes:
    """Convert float samples [channel, time] to interleaved little-endian 16-bit PCM: half the bytes of float."""
    return (np.clip(samples, -1, 1) * 32767).round().astype("<i2").T.tobytes()
