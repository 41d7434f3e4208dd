"""Layout of dots in a plane, with minimum distances between them."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

# Minimum distance between dots, or CROWDED over the square root of their number if that is less.
MIN_DISTANCE, CROWDED = 0.12, 0.9
# Maximum number of rounds in which dots that are too near are pushed apart.
ROUNDS = 60
# Standard deviations along an axis beyond which positions are compressed.
COMPRESSION = 1.5
# Angle between the directions in which coincident dots are pushed.
GOLDEN = np.pi * (3 - 5**0.5)


def compressed(places: np.ndarray) -> np.ndarray:
    """Compress positions [dot, axis] around 0 into -1..1 by tanh, so that a few outliers don't squeeze all others into
    one spot."""
    return np.tanh(places / (COMPRESSION * np.maximum(places.std(0), 1e-12)))


def ranks(values: np.ndarray) -> np.ndarray:
    """Return the ranks of values [dot] in ascending order, scaled to 0..1; ties keep their order."""
    return values.argsort(kind="stable").argsort(kind="stable") / max(1, len(values) - 1)


def spread_apart(places: np.ndarray) -> np.ndarray:
    """Return positions [dot, 2] in -1..1 with dots that are too near one another pushed apart."""
    places, apart = places.copy(), min(MIN_DISTANCE, CROWDED / len(places) ** 0.5)
    for _ in range(ROUNDS):
        pairs = KDTree(places).query_pairs(apart * 0.99, output_type="ndarray")
        if not len(pairs):
            break
        one, other = pairs[np.lexsort(pairs.T[::-1])].T
        offset = places[other] - places[one]
        distance = np.hypot(*offset.T)[:, None]
        angle = GOLDEN * (one + other)[:, None]
        anywhere = np.hstack([np.cos(angle), np.sin(angle)])
        push = np.where(distance > 1e-6, offset / np.maximum(distance, 1e-6), anywhere) * (apart - distance) / 2
        moved = np.zeros_like(places)
        np.add.at(moved, one, -push)
        np.add.at(moved, other, push)
        # the mean of the pushes, not their sum, which would scatter dense clusters
        places += moved / np.maximum(np.bincount(pairs.ravel(), minlength=len(places)), 1)[:, None]
    return places / max(1.0, np.abs(places).max())
