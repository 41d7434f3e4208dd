"""Store recordings as FLAC bytes in a model: lossless, at about half the size."""

from __future__ import annotations

import io
from collections.abc import Iterable

import numpy as np
import soundfile

from sda_lib.errors import SdaError

FULL_SCALE = 32767


def encode_flac(samples: np.ndarray, sample_rate: int) -> tuple[np.ndarray, float]:
    """Encode float32 [channel, time] as uint8 FLAC bytes of 16 bits; return bytes and gain.

    The samples are scaled to the recording's peak, which is the gain.
    """
    whole, gain = to_int16(samples)
    return np.frombuffer(_encoded(whole, sample_rate), np.uint8).copy(), gain


def flac_file_bytes(samples: np.ndarray, sample_rate: int) -> bytes:
    """Encode float32 [channel, time] as a FLAC file of 16 bits at its own level.

    Samples beyond full scale are clipped.
    """
    return _encoded(np.round(np.clip(samples, -1, 1) * FULL_SCALE).astype(np.int16), sample_rate)


def _encoded(whole: np.ndarray, sample_rate: int) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, whole.T, sample_rate, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


def decode_flac(data: np.ndarray, gain: float, shape: tuple[int, int]) -> np.ndarray:
    """Decode the output of `encode_flac` to float32 of this shape [channel, time].

    Raises SdaError when the bytes are not FLAC of that shape; its header is compared before anything is decoded.
    """
    try:
        with soundfile.SoundFile(io.BytesIO(data.tobytes())) as file:
            if file.format != "FLAC" or (file.channels, file.frames) != shape:
                raise ValueError(file.frames)
            whole = file.read(shape[1], dtype="int16", always_2d=True)
            if len(whole) != shape[1]:
                raise ValueError(len(whole))
    except (soundfile.LibsndfileError, RuntimeError, ValueError) as error:
        raise SdaError("A recording inside the model is damaged; copy the model again.") from error
    return from_int16(whole.T, gain)


def to_int16(*blocks: np.ndarray) -> tuple[np.ndarray, float]:
    """Return int16 samples and the peak of a sound given in float32 blocks [channel, time].

    The samples are scaled to the peak, so that quiet recordings use all 16 bits.
    """
    gain = peak_of(blocks)
    return np.concatenate([scaled(block, gain) for block in blocks], axis=-1), gain


def peak_of(blocks: Iterable[np.ndarray]) -> float:
    """Return the highest magnitude of a sound given in blocks; 1 for silence."""
    return float(max((max(block.max(initial=0.0), -block.min(initial=0.0)) for block in blocks), default=0.0)) or 1.0


def scaled(block: np.ndarray, gain: float) -> np.ndarray:
    """Return a block of a sound with this peak as int16."""
    return np.round(block / gain * FULL_SCALE).astype(np.int16)


def from_int16(whole: np.ndarray, gain: float) -> np.ndarray:
    """Invert `to_int16`; return float32 samples."""
    return whole.astype(np.float32) * np.float32(gain / FULL_SCALE)
