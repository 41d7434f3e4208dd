"""How long new sounds may be where nobody says it: as long as the recordings that a model learned from.

The rule. Every recording counts once. One that dies away by itself is an event, and a new sound may be as long as it,
up to EVENT_SECONDS; one that is still loud at its end may be a part of anything longer, so of it no more than
TEXTURE_SECONDS count: enough to follow how it moves, and made in a moment. Notes that were cut off after a second keep
their second. Where a model holds no recordings, only their lengths are known, and TEXTURE_SECONDS bound them all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from sda_lib.memory.grains import Memory, Piece
from sda_lib.memory.graph import fading

TEXTURE_SECONDS = 4.0
EVENT_SECONDS = 12.0


def of_memory(memory: Memory) -> np.ndarray:
    """[recording] seconds that count of each recording."""
    seconds, fades = recorded(memory)
    return np.minimum(seconds, np.where(fades, EVENT_SECONDS, TEXTURE_SECONDS))


def recorded(memory: Memory) -> tuple[np.ndarray, np.ndarray]:
    """[recording] seconds without what fills up the last frame, and whether it dies away; pieces that follow one
    another are one recording."""
    hop, rate = memory.codec.config.hop, memory.codec.audio.sample_rate
    whole, loudness = memory.whole[memory.file].cpu().numpy(), memory.loudness().cpu().numpy()
    frames = np.bincount(whole)
    begins = np.cumsum(frames) - frames
    filled = dict(zip(memory.whole.tolist(), map(_filling, memory.pieces, [hop] * len(memory.pieces)), strict=True))
    silent = np.array([filled[number] for number in range(len(frames))])
    return (frames * hop - silent) / rate, fading(loudness, begins)


def _filling(piece: Piece, hop: int) -> int:
    """How many samples at the end of a piece's last frame are nothing but zeros."""
    sounding = piece.samples[:, -hop:].ne(0).any(0).nonzero()
    return hop - 1 - int(sounding[-1]) if len(sounding) else hop - 1


def of_frames(lengths: np.ndarray, frame_rate: float) -> np.ndarray:
    """[recording] seconds that count of recordings of so many frames, of which nothing else is known."""
    return np.minimum(np.asarray(lengths, float) / frame_rate, TEXTURE_SECONDS)


def of_report(report: Any) -> np.ndarray:
    """[n] seconds that count by a corpus report: those of its `lengths`, or in files of before its median; a stranger's
    report may hold anything, and where it says nothing, TEXTURE_SECONDS."""
    told: Mapping[str, Any] = report if isinstance(report, dict) else {}
    lengths = told.get("lengths")
    for found in (lengths if isinstance(lengths, list) else [], [told.get("median_seconds")]):
        usable = [float(one) for one in found if _is_length(one)]
        if usable:
            return np.minimum(usable, TEXTURE_SECONDS)
    return np.array([TEXTURE_SECONDS])


def _is_length(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0
