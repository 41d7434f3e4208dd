"""Optional steering of a walk: sees each grain taken and returns a cost for each candidate jump."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Steering(Protocol):
    """Steering of one walk, from its first grain on."""

    def record(self, grain: int) -> None:
        """Record the grain that the walk is at."""
        ...

    def costs(self, grains: np.ndarray) -> np.ndarray:
        """Return the cost of continuing with each of the grains [n], added to the walk's own costs [n]."""
        ...
