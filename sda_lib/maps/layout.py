"""Places in the plane that can be told apart."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

APART, CROWDED = 0.12, 0.9
"""Dots end up about so far apart, or closer where there are many: CROWDED over the root of their number."""
ROUNDS = 60
"""At most so often are dots that are too near pushed apart."""
DRAWN_IN = 1.5
"""Standard deviations along an axis beyond which places are drawn in."""
GOLDEN = np.pi * (3 - 5**0.5)
"""Angle by which dots in the very same place go different ways."""


def drawn_in(places: np.ndarray) -> np.ndarray:
    """Places [dot, axis] around 0 -> within -1..1, the farther off the more drawn in: the few that are far would leave
    all others one spot."""
    return np.tanh(places / (DRAWN_IN * np.maximum(places.std(0), 1e-12)))


def ranks(values: np.ndarray) -> np.ndarray:
    """Places of values [dot] in ascending order, 0..1; of equal ones in their order."""
    return values.argsort(kind="stable").argsort(kind="stable") / max(1, len(values) - 1)


def spread(places: np.ndarray) -> np.ndarray:
    """Places [dot, 2] in -1..1, those that are too near one another to be told apart pushed asunder a little."""
    places, apart = places.copy(), min(APART, CROWDED / len(places) ** 0.5)
    for _ in range(ROUNDS):
        pairs = cKDTree(places).query_pairs(apart * 0.99, output_type="ndarray")
        if not len(pairs):
            break
        one, other = pairs[np.lexsort(pairs.T[::-1])].T
        way = places[other] - places[one]
        distance = np.hypot(*way.T)[:, None]
        angle = GOLDEN * (one + other)[:, None]
        way = np.where(distance > 1e-6, way / np.maximum(distance, 1e-6), np.hstack([np.cos(angle), np.sin(angle)]))
        push = way * (apart - distance) / 2
        moved = np.zeros_like(places)
        np.add.at(moved, one, -push)
        np.add.at(moved, other, push)
        # the mean of the pushes, not their sum: a crowd would burst
        places += moved / np.maximum(np.bincount(pairs.ravel(), minlength=len(places)), 1)[:, None]
    return places / max(1.0, np.abs(places).max())
