"""Find grains for a sequence of codes: the cheapest path through the graph near the codes of some levels.

A path costs its distance from the target and, for each jump, how unlike the two positions are; so it stays in a
recording as long as that fits. Found by beam search (Viterbi over the grains nearest to each frame, and the successors
of those kept from the frame before).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sda_lib.codec.codebooks import partial_latents
from sda_lib.memory.graph import Graph
from sda_lib.writers.infill import NEVER
from sda_lib.writers.viterbi import CheapestPaths

# Nearest grains considered per frame, and number of grains kept per frame.
NEAREST, BEAM = 16, 32
# Frames per block of the nearest-grain search.
BLOCK = 256
# Costs in a sound that ends: LASTING per natural log of the ratio between the recording's and the sound's remaining
# lengths; LOUD per dB above the level of an end in the LAST frames.
LASTING, LOUD, LAST = 1.0, 0.5, 2


@dataclass(frozen=True, eq=False)
class GrainPathSearch:
    """A graph prepared for path search.

    `partial` [grain, dim]: latents of the first levels; `power` [grain]: their squared lengths. `leave`
    [grain, 2 * dim + 2]: what a jump leaves, the following grain and the grain itself; `land` [grain, 2 * dim + 2]:
    where it lands, the grain itself and the one before it. Two more columns in each make one product give squared
    distances. `costs` [grain] are added to those of the grains.
    """

    graph: Graph
    partial: np.ndarray
    power: np.ndarray
    leave: np.ndarray
    land: np.ndarray
    costs: np.ndarray

    @classmethod
    def of(cls, graph: Graph, books: np.ndarray, levels: int, costs: np.ndarray | None = None) -> GrainPathSearch:
        """Prepare a graph for the first `levels` of codebooks [level, code, dim]."""
        partial = partial_latents(books, graph.codes, levels)
        after = np.arange(len(graph)) + graph.continues
        leave = np.concatenate([graph.latents[after], graph.latents], 1)
        land = np.concatenate([graph.latents, graph.latents[graph.preceding]], 1)
        ones = np.ones((len(graph), 1), np.float32)
        leave = np.concatenate([-2 * leave, (leave**2).sum(1, keepdims=True), ones], 1, dtype=np.float32)
        land = np.concatenate([land, ones, (land**2).sum(1, keepdims=True)], 1, dtype=np.float32)
        costs = np.zeros(len(graph)) if costs is None else costs
        return cls(graph, partial, (partial**2).sum(1), leave, land, costs)

    def distances(self, latents: np.ndarray) -> np.ndarray:
        """Return the distances [frame, grain] of latents [frame, dim] from the partial latents of all grains."""
        squared = (-2 * latents) @ self.partial.T
        squared += self.power
        squared += (latents**2).sum(1)[:, None]
        return np.sqrt(np.maximum(squared, 0, out=squared), out=squared)

    def jumps(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Return the cost [before, after] of each jump.

        It is 0 for a successor, else 1 plus the distance between what the jump leaves and where it lands.
        """
        squared = self.leave[before] @ self.land[after].T
        return np.where(self.graph.follows(before, after), 0.0, 1 + np.sqrt(np.maximum(squared, 0)) / self.graph.unit)

    def search(
        self, latents: np.ndarray, jump: float, avoid: np.ndarray | None = None, quiet: float | None = None
    ) -> np.ndarray:
        """Return grains [frame] that follow latents [frame, dim] of the first levels.

        A grain costs its distance from the target in typical ones, and a jump `jump` times the cost of `jumps`. A grain
        with the codes `avoid` [all levels, frame] of its frame is used only if there is no other. A recording's last
        grain is likewise avoided, except in the last frame where the recording has died away. With `quiet`, the sound
        ends: its end is preferably below `quiet` dB and the end of a recording.
        """
        unit, paths, few = 0.0, CheapestPaths(), min(NEAREST, len(self.graph)) - 1
        for frame, distances in enumerate(self._blocks(latents)):
            unit = unit or max(float(np.partition(distances, few)[few]), 1e-9)
            rated = distances / unit + self.costs
            near = np.argpartition(rated, few)[:NEAREST]
            grains = np.unique(np.concatenate([near, self.graph.following[paths.grains]]))
            cost = rated[grains]
            if quiet is not None:
                cost = cost + self._ending_cost(grains, len(latents) - frame, quiet)
            if avoid is not None:
                cost = cost + NEVER * (self.graph.codes[:, grains] == avoid[:, frame, None]).all(0)
            cost = cost + NEVER * self._cut_off(grains, ends=frame == len(latents) - 1)
            paths.extend(grains, cost, jump * self.jumps(paths.grains, grains) if frame else None, BEAM)
        return paths.cheapest()

    def _blocks(self, latents: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the distances [grain] frame by frame, so that memory does not grow with the sound."""
        for first in range(0, len(latents), BLOCK):
            yield from self.distances(latents[first : first + BLOCK])

    def _cut_off(self, grains: np.ndarray, ends: bool) -> np.ndarray:
        """Return [n] whether each grain is a recording's last one and not usable here.

        In the frame where the sound `ends`, the last grains of recordings that have died away are usable.
        """
        return self.graph.tail[grains] & ~(ends & self.graph.may_end[grains - 1])

    def _ending_cost(self, grains: np.ndarray, left: int, quiet: float) -> np.ndarray:
        """Return the cost [n] of each grain with `left` frames left of a sound that ends."""
        cost = LASTING * np.abs(np.log(self.graph.remaining[grains] / left))
        if left <= LAST:
            cost = cost + LOUD * np.maximum(self.graph.loudness[grains] - quiet, 0)
        return cost
