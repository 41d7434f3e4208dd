"""Who goes along with a walk: hears every grain that it takes, and says at a jump what it thinks of the places."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Guide(Protocol):
    """Of one walk, from its first grain on."""

    def took(self, grain: int) -> None:
        """The walk is at this grain now."""
        ...

    def costs(self, grains: np.ndarray) -> np.ndarray | float:
        """What it costs to go on with each of grains [n], beside what the walk itself thinks of them [n]."""
        ...


class Alone:
    """Nobody goes along."""

    def took(self, grain: int) -> None:
        """Nobody hears."""

    def costs(self, grains: np.ndarray) -> float:
        return 0.0
