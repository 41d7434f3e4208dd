"""Samples as a browser plays them."""

from __future__ import annotations

import numpy as np


def pcm16(samples: np.ndarray) -> bytes:
    """Float samples [channel, time] as little-endian 16-bit PCM, interleaved: half the bytes, enough for listening."""
    return (np.clip(samples, -1, 1) * 32767).round().astype("<i2").T.tobytes()
