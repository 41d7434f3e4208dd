"""Distances between vectors, as arrays of NumPy or tensors of torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

Vectors = TypeVar("Vectors", np.ndarray, "Tensor")


def squared_distances(a: Vectors, b: Vectors) -> Vectors:
    """Return the squared distances [..., n, m] between rows of [..., n, dim] and [..., m, dim], at least 0."""
    return ((a**2).sum(-1)[..., None] + (b**2).sum(-1)[..., None, :] - 2 * a @ b.swapaxes(-1, -2)).clip(0)
