"""Recordings as FLAC bytes: how a model keeps audio, losslessly, at about half the size."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import soundfile

from sda_lib.audio.reader import MOST_FRAMES_A_BYTE
from sda_lib.errors import SdaError

FULL_SCALE = 32767


def pack(samples: np.ndarray, sample_rate: int) -> tuple[np.ndarray, float]:
    """float32 [channel, time] -> (uint8 FLAC bytes, gain): 16 bits below the recording's own peak."""
    whole, gain = to_whole(samples)
    buffer = io.BytesIO()
    soundfile.write(buffer, whole.T, sample_rate, format="FLAC", subtype="PCM_16")
    return np.frombuffer(buffer.getvalue(), np.uint8).copy(), gain


def flac_bytes(samples: np.ndarray, sample_rate: int) -> bytes:
    """float32 [channel, time] -> a FLAC file of 16 bits, as loud as it is; what goes beyond full scale is cut off."""
    buffer = io.BytesIO()
    whole = np.round(np.clip(samples, -1, 1) * FULL_SCALE).astype(np.int16)
    soundfile.write(buffer, whole.T, sample_rate, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


def unpack(data: np.ndarray, gain: float) -> np.ndarray:
    """The reverse of `pack`: float32 [channel, time]. Raises SdaError when the bytes are no FLAC."""
    try:
        with soundfile.SoundFile(io.BytesIO(data.tobytes())) as file:
            if file.frames > data.size * MOST_FRAMES_A_BYTE:
                raise ValueError(file.frames)
            whole = file.read(dtype="int16", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError, ValueError) as error:
        raise SdaError("A recording inside the model is damaged; copy the model again.") from error
    return from_whole(whole.T, gain)


def to_whole(samples: np.ndarray) -> tuple[np.ndarray, float]:
    """float32 samples -> (int16 samples, their peak), so that quiet recordings keep 16 bits too."""
    return blocks_to_whole([samples])


def blocks_to_whole(blocks: Sequence[np.ndarray]) -> tuple[np.ndarray, float]:
    """`to_whole` of a sound that comes in blocks [channel, time]."""
    gain = float(max(max(block.max(initial=0.0), -block.min(initial=0.0)) for block in blocks)) or 1.0
    return np.concatenate([np.round(block / gain * FULL_SCALE).astype(np.int16) for block in blocks], axis=-1), gain


def from_whole(whole: np.ndarray, gain: float) -> np.ndarray:
    """The reverse of `to_whole`: float32."""
    return whole.astype(np.float32) * np.float32(gain / FULL_SCALE)
