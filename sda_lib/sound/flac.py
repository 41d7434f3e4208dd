"""Recordings as FLAC bytes: how a model keeps audio, losslessly, at about half the size."""

from __future__ import annotations

import io

import numpy as np
import soundfile

from sda_lib.errors import SdaError

FULL_SCALE = 32767


def pack(samples: np.ndarray, sample_rate: int) -> tuple[np.ndarray, float]:
    """float32 [channel, time] -> (uint8 FLAC bytes, gain): 16 bits below the recording's own peak."""
    gain = float(np.abs(samples).max(initial=0.0)) or 1.0
    whole = np.round(samples / gain * FULL_SCALE).astype(np.int16)
    buffer = io.BytesIO()
    soundfile.write(buffer, whole.T, sample_rate, format="FLAC", subtype="PCM_16")
    return np.frombuffer(buffer.getvalue(), np.uint8).copy(), gain


def unpack(data: np.ndarray, gain: float) -> np.ndarray:
    """The reverse of `pack`: float32 [channel, time]. Raises SdaError when the bytes are no FLAC."""
    try:
        whole, _ = soundfile.read(io.BytesIO(data.tobytes()), dtype="int16", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise SdaError("A recording inside the model is damaged; copy the model again.") from error
    return whole.T.astype(np.float32) * (gain / FULL_SCALE)
