"""Pitch over time: factors of a tone's frequency, float32 [time], or None where it stays."""

from __future__ import annotations

import numpy as np

from sda_lib.synthesis.draw import Draw
from sda_lib.synthesis.envelopes import smooth

Bend = np.ndarray | None


def vibrato(draw: Draw) -> np.ndarray:
    """Swing around the pitch, at once or after a while."""
    depth, rate = draw.log_between(0.05, 1.0) / 12, draw.between(3, 9)
    onset = draw.choice((0.0, 0.0, draw.between(0.1, 0.6)))
    depth_now = depth * np.clip((draw.times - onset) / 0.3, 0, 1) if onset else depth
    return np.exp2(depth_now * np.sin(np.float32(2 * np.pi * rate) * draw.times + np.float32(draw.between(0, 6))))


def glide(draw: Draw) -> np.ndarray:
    """Move to another pitch, over the whole sound or within a moment."""
    octaves, seconds = draw.between(-1.5, 1.5), draw.seconds * draw.choice((1.0, draw.between(0.05, 1)))
    return np.exp2(np.float32(octaves) * np.minimum(draw.times / np.float32(seconds), 1))


def drop(draw: Draw) -> np.ndarray:
    """Fall quickly from above, as the head of a drum does."""
    return 1 + np.float32(draw.log_between(0.1, 6)) * np.exp(-draw.times / np.float32(draw.log_between(0.004, 0.15)))


def steps(draw: Draw) -> np.ndarray:
    """Jump between pitches of a scale of semitones."""
    count = draw.whole(2, max(2, round(6 * draw.seconds)))
    semitones = draw.parameters.integers(-12, 13, count)
    return np.exp2(semitones / 12).astype(np.float32)[np.arange(draw.length) * count // max(draw.length, 1)]


def wander(draw: Draw) -> np.ndarray:
    """Drift slowly by a fraction of a semitone, as tape and analog oscillators do."""
    count = max(3, round(draw.seconds * draw.log_between(1, 12)) + 1)
    return np.exp2(smooth(draw, draw.parameters.normal(0, draw.log_between(0.003, 0.06), count)))


def bend(draw: Draw) -> Bend:
    """Return a pitch curve of any kind, or None for a steady pitch."""
    if draw.chance(0.4):
        return None
    return draw.choice((vibrato, vibrato, glide, drop, steps, wander))(draw)


def played(draw: Draw) -> Bend:
    """Return the pitch curve of an instrument: steady, with vibrato or with drift."""
    return None if draw.chance(0.5) else draw.choice((vibrato, wander))(draw)
