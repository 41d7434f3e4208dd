"""Beats: onsets of a new sound with a requested pulse that no recording has by itself.

One-shots have no pulse, and a walk that jumps by similarity keeps none. A walk can therefore be given beats: frames at
which it uses a grain with an onset from anywhere; in between it avoids such grains. All onsets of a sound lie at the
same position within their frame, as frames would blur a beat otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

# Limits of the period of a beat in seconds.
SHORTEST, LONGEST = 0.16, 0.64
# Share of the onsets, strongest first, that are used on beats.
STRONG = 0.5
# Maximum deviation, in frames, of an onset's position in its frame from that of the first one.
PLACE = 0.125
# Standard deviation, in periods, of beats of strength 0 from their regular positions.
STRAY = 0.5
# Cost of a grain with an onset between beats.
OFF_BEAT = 12.0


@dataclass(frozen=True, eq=False)
class GrainOnsets:
    """Onsets of grains.

    `height` [grain] is the level's sudden rise (0: no onset), `place` [grain] its position in the frame, 0..1.
    """

    height: np.ndarray
    place: np.ndarray


@dataclass(frozen=True, eq=False)
class Beat:
    """A beat of a new sound.

    `on_beat` [frame]: whether a frame is on a beat; `onset_grains` [n]: grains to choose from for such a frame;
    `cost` [grain]: cost between beats.
    """

    on_beat: np.ndarray
    onset_grains: np.ndarray
    cost: np.ndarray

    @classmethod
    def drawn(
        cls, onsets: GrainOnsets, frames: int, frame_rate: float, strength: float, generator: Generator
    ) -> Beat | None:
        """Draw a beat of random period for a sound of `frames` frames. Return None if no grain has an onset.

        `strength` is from 0 (irregular) to 1 (regular).
        """
        begins = np.flatnonzero(onsets.height > 0)
        if not len(begins):
            return None
        strong = begins[onsets.height[begins] >= np.quantile(onsets.height[begins], 1 - STRONG)]
        first = generator.choice(strong)
        onset_grains = strong[np.abs(onsets.place[strong] - onsets.place[first]) <= PLACE]
        period = max(2, round(frame_rate * SHORTEST * (LONGEST / SHORTEST) ** generator.random()))
        beats = np.arange(0, frames, period)
        stray = generator.normal(size=len(beats)) * STRAY * (1 - strength) * period
        on_beat = np.zeros(frames, bool)
        on_beat[np.clip(np.round(beats + stray), 0, frames - 1).astype(int)] = True
        return cls(on_beat, onset_grains, np.where(onsets.height > 0, OFF_BEAT, 0.0))
