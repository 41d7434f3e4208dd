"""Durations of new sounds when none is given: those of the recordings that a model was trained on.

Every recording counts once. One that decays to silence is a complete event, and a new sound may be as long as it, up to
EVENT_SECONDS. One that is still loud at its end may be part of anything longer, so at most TEXTURE_SECONDS of it count:
enough to follow its development, and quick to generate. Notes that were cut off after a second keep their second. When
a model holds no recordings, only their lengths are known, and all are limited to TEXTURE_SECONDS.
"""

from __future__ import annotations

import math
from typing import Any, TypeGuard

import numpy as np

from sda_lib.memory.grains import Memory
from sda_lib.memory.graph import fades_out
from sda_lib.memory.pieces import Piece

TEXTURE_SECONDS = 4.0
EVENT_SECONDS = 12.0


def of_memory(memory: Memory) -> np.ndarray:
    """Return the duration in seconds that each recording contributes [recording]."""
    seconds, fades = recorded(memory)
    return np.minimum(seconds, np.where(fades, EVENT_SECONDS, TEXTURE_SECONDS))


def recorded(memory: Memory) -> tuple[np.ndarray, np.ndarray]:
    """Return each recording's seconds without padding, and whether it decays to silence, both [recording]."""
    hop, rate = memory.codec.config.hop, memory.codec.audio.sample_rate
    frames = np.bincount(memory.grain_recording.cpu().numpy())
    silent = np.array([_padding(pieces[-1], hop) for pieces in memory.recordings])
    begins = np.cumsum(frames) - frames
    return (frames * hop - silent) / rate, fades_out(memory.loudness().cpu().numpy(), begins)


def _padding(piece: Piece, hop: int) -> int:
    """Return the number of zero samples that pad a piece's last frame."""
    sounding = piece.samples[:, -hop:].ne(0).any(0).nonzero()
    return hop - 1 - int(sounding[-1]) if len(sounding) else hop - 1


def of_frames(lengths: np.ndarray, frame_rate: float) -> np.ndarray:
    """Return durations in seconds [recording] from lengths in frames alone."""
    return np.minimum(np.asarray(lengths, float) / frame_rate, TEXTURE_SECONDS)


def of_report(report: Any) -> np.ndarray:
    """Return durations in seconds [n] from a corpus report: its `lengths`, or its median in older files.

    Invalid or missing values are ignored; without any, TEXTURE_SECONDS is returned.
    """
    facts: dict[str, Any] = report if isinstance(report, dict) else {}
    lengths = facts.get("lengths")
    for found in (lengths if isinstance(lengths, list) else [], [facts.get("median_seconds")]):
        usable = [float(one) for one in found if _is_length(one)]
        if usable:
            return np.minimum(usable, TEXTURE_SECONDS)
    return np.array([TEXTURE_SECONDS])


def _is_length(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0
