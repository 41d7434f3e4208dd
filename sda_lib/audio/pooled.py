"""Values of successive windows of a sound, in memory that does not grow with it."""

from __future__ import annotations

import numpy as np

# Most windows that are kept; 43 minutes at 400 a second.
MOST_WINDOWS = 1 << 20


class PooledWindows:
    """Values of windows [window], pooled in pairs whenever there are more than `most` of them.

    `pool` makes one value of two: np.maximum or np.minimum. `factor` windows as they were added are one of `values`.
    All additions but the last have the same number of values, which is a power of 2.
    """

    def __init__(self, pool: np.ufunc, most: int = MOST_WINDOWS) -> None:
        self._pool, self._most = pool, most
        self._parts: list[np.ndarray] = [np.zeros(0, np.float32)]
        self.factor = 1

    def add(self, values: np.ndarray) -> None:
        """Add the values of the next windows [n]."""
        self._parts.append(self._pooled(values, self.factor))
        while sum(map(len, self._parts)) > self._most:
            self._parts = [self._pooled(self.values, 2)]
            self.factor *= 2

    @property
    def values(self) -> np.ndarray:
        """The values of all windows [window]; the last one is of fewer windows where their number is odd."""
        return np.concatenate(self._parts)

    def _pooled(self, values: np.ndarray, factor: int) -> np.ndarray:
        return self._pool.reduceat(values, np.arange(0, len(values), factor)) if factor > 1 and len(values) else values
