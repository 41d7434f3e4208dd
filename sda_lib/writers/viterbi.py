"""Find the cheapest sequence of grains by dynamic programming (Viterbi), or by beam search where few are kept."""

from __future__ import annotations

import numpy as np


class CheapestPaths:
    """The cheapest path to every candidate grain of the last frame, extended frame by frame.

    `grains` [candidate] are the last frame's candidates, `cost` [candidate] the costs of the paths to them.
    """

    def __init__(self) -> None:
        self.grains, self.cost = np.zeros(0, int), np.zeros(0)
        self._frames: list[np.ndarray] = []
        self._back: list[np.ndarray] = []

    def extend(
        self, grains: np.ndarray, cost: np.ndarray, steps: np.ndarray | None = None, beam: int | None = None
    ) -> None:
        """Add a frame with its candidate grains [n] and their costs [n].

        `steps` [last candidate, n] are the costs of the steps to them (None: the first frame). Only the `beam` cheapest
        paths are kept (None: all).
        """
        back = np.zeros(len(grains), int)
        if steps is not None:
            total = self.cost[:, None] + steps
            back = total.argmin(0)
            cost = cost + total[back, np.arange(len(grains))]
        if beam is not None:
            best = np.argsort(cost)[:beam]
            grains, cost, back = grains[best], cost[best], back[best]
        self.grains, self.cost = grains, cost
        self._frames.append(grains)
        self._back.append(back)

    def cheapest(self, last: np.ndarray | float = 0.0) -> np.ndarray:
        """Return the grains [frame] of the cheapest path, with costs `last` [candidate] added at its end."""
        place = int(np.argmin(self.cost + last))
        path = []
        for grains, back in zip(reversed(self._frames), reversed(self._back), strict=True):
            path.append(grains[place])
            place = int(back[place])
        return np.array(path[::-1])
