"""Beats: where a new sound strikes, when a pulse is asked for that no recording has by itself.

One-shots have no pulse, and a walk that jumps by likeness keeps none. So a walk may be given beats: frames at which it
strikes, whatever it is at, with a grain in which something begins; in between it keeps away from such grains. All
strokes of a sound begin at the same place of their frame, or frames would blur a beat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

SHORTEST, LONGEST = 0.16, 0.64
"""Seconds from beat to beat."""
STRONG = 0.5
"""Strokes are taken from this share of the onsets, the strongest ones."""
PLACE = 0.125
"""By how much of a frame strokes may begin earlier or later than the first one."""
STRAY = 0.5
"""Periods (standard deviation) by which beats of no strength are away from their places."""
OFF_BEAT = 12.0
"""What a grain with an onset costs between beats."""


@dataclass(frozen=True, eq=False)
class Onsets:
    """Of every grain how much the level rises in it at once, 0 where nothing begins, and where in the frame, 0..1;
    both [grain]."""

    height: np.ndarray
    place: np.ndarray


@dataclass(frozen=True, eq=False)
class Beat:
    """`strikes` [frame] whether it strikes; `strokes` [n] grains that may; `cost` [grain] is paid between beats."""

    strikes: np.ndarray
    strokes: np.ndarray
    cost: np.ndarray

    @classmethod
    def drawn(
        cls, onsets: Onsets, frames: int, frame_rate: float, strength: float, generator: Generator
    ) -> Beat | None:
        """A beat of random period; strength 0..1 goes from strokes anywhere to strokes in time. Nothing where no grain
        has an onset."""
        begins = np.flatnonzero(onsets.height > 0)
        if not len(begins):
            return None
        strong = begins[onsets.height[begins] >= np.quantile(onsets.height[begins], 1 - STRONG)]
        first = generator.choice(strong)
        strokes = strong[np.abs(onsets.place[strong] - onsets.place[first]) <= PLACE]
        period = max(2, round(frame_rate * SHORTEST * (LONGEST / SHORTEST) ** generator.random()))
        beats = np.arange(0, frames, period)
        stray = generator.normal(size=len(beats)) * STRAY * (1 - strength) * period
        strikes = np.zeros(frames, bool)
        strikes[np.clip(np.round(beats + stray), 0, frames - 1).astype(int)] = True
        return cls(strikes, strokes, np.where(onsets.height > 0, OFF_BEAT, 0.0))
