"""A melody of codes played by grains: the cheapest path through the graph that stays near codes of some levels.

A path pays for its distance from what is asked and for every jump, by how unlike the two places are; so it keeps to a
recording as long as that goes along. Found by a beam search (Viterbi over the grains nearest to each frame, and over
those that go on from what was kept of the frame before).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sda_lib.memory.graph import Graph
from sda_lib.prior.network import partial_latents
from sda_lib.writers.infill import NEVER

NEAREST, BEAM = 16, 32
"""Grains per frame that are nearest to what is asked, and how many of all are kept."""
BLOCK = 256
"""Frames whose nearest grains are looked for at once."""
LASTING, LOUD, LAST = 1.0, 0.5, 2
"""What it costs in a sound that ends that a grain's recording lasts e times as long as the sound still does; and per dB
that one of the LAST frames is too loud for an end."""


@dataclass(frozen=True, eq=False)
class Trails:
    """A graph made ready: latents [grain, told dim] of the first levels and their squared lengths; what a jump leaves
    and where it lands, [grain, 2 * dim]: with what would have followed, and with what stood before. Both have two
    columns more, so that one product makes squared distances of them."""

    graph: Graph
    told: np.ndarray
    power: np.ndarray
    leave: np.ndarray
    land: np.ndarray
    following: np.ndarray

    @classmethod
    def of(cls, graph: Graph, books: np.ndarray, levels: int) -> Trails:
        """For the first levels of codebooks [level, code, dim]."""
        told = partial_latents(books, graph.codes, levels)
        after = np.arange(len(graph)) + graph.going_on
        leave = np.concatenate([graph.latents[after], graph.latents], 1)
        land = np.concatenate([graph.latents, graph.latents[graph.preceding]], 1)
        ones = np.ones((len(graph), 1), np.float32)
        leave = np.concatenate([-2 * leave, (leave**2).sum(1, keepdims=True), ones], 1, dtype=np.float32)
        land = np.concatenate([land, ones, (land**2).sum(1, keepdims=True)], 1, dtype=np.float32)
        return cls(graph, told, (told**2).sum(1), leave, land, graph.following)

    def distances(self, latents: np.ndarray) -> np.ndarray:
        """[frame, grain] of latents [frame, dim] from what the first levels of grains add up to."""
        squared = (-2 * latents) @ self.told.T
        squared += self.power
        squared += (latents**2).sum(1)[:, None]
        return np.sqrt(np.maximum(squared, 0, out=squared), out=squared)

    def jumps(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """[before, after] one and how unlike what a jump leaves and where it lands are; 0 where the one follows."""
        squared = self.leave[before] @ self.land[after].T
        follows = (before[:, None] + 1 == after) & (self.graph.remaining[before][:, None] > 1)
        return np.where(follows, 0.0, 1 + np.sqrt(np.maximum(squared, 0)) / self.graph.unit)

    def followed(
        self, latents: np.ndarray, jump: float, avoid: np.ndarray | None = None, quiet: float | None = None
    ) -> np.ndarray:
        """Grains [frame] for latents [frame, dim] of the first levels.

        Being away from what is asked costs its distance over the typical one, a jump `jump` times what `jumps` says. No
        grain is one of the columns `avoid` [all levels, frame] at its place, and only the last frame's is a recording's
        last, if that has died away, as long as there are others. A sound that ends is under `quiet` dB there, if it can
        be, and its end is a recording's.
        """
        unit, value, beam = 0.0, np.zeros(1), np.zeros(0, int)
        kept: list[np.ndarray] = []
        came: list[np.ndarray] = []
        for frame, away in enumerate(self._blocks(latents)):
            near = np.argpartition(away, min(NEAREST, len(away)) - 1)[:NEAREST]
            unit = unit or max(float(away[near].max()), 1e-9)
            grains = np.unique(np.concatenate([near, self.following[beam]]))
            cost = away[grains] / unit
            if quiet is not None:
                cost = cost + self._ending(grains, len(latents) - frame, quiet)
            if avoid is not None:
                cost = cost + NEVER * (self.graph.codes[:, grains] == avoid[:, frame, None]).all(0)
            cost = cost + NEVER * self._cut_off(grains, ends=frame == len(latents) - 1)
            if len(beam):
                steps = value[:, None] + jump * self.jumps(beam, grains)
                back = steps.argmin(0)
                cost = cost + steps[back, np.arange(len(grains))]
            best = np.argsort(cost)[:BEAM]
            if len(beam):
                came.append(back[best])
            beam, value = grains[best], cost[best]
            kept.append(beam)
        place = int(value.argmin())
        places = [place] + [place := int(step[place]) for step in reversed(came)]
        return np.array([grains[place] for grains, place in zip(kept, places[::-1], strict=True)])

    def _blocks(self, latents: np.ndarray):
        """Frame by frame the distances [grain], so that a long sound needs no more memory."""
        for first in range(0, len(latents), BLOCK):
            yield from self.distances(latents[first : first + BLOCK])

    def _cut_off(self, grains: np.ndarray, ends: bool) -> np.ndarray:
        """Whether grains are last ones that have no place in a sound, or not where it `ends`."""
        return self.graph.tail[grains] & ~(ends & self.graph.ending[grains - 1])

    def _ending(self, grains: np.ndarray, left: int, quiet: float) -> np.ndarray:
        """What grains cost with so many frames left."""
        cost = LASTING * np.abs(np.log(self.graph.remaining[grains] / left))
        if left <= LAST:
            cost = cost + LOUD * np.maximum(self.graph.loudness[grains] - quiet, 0)
        return cost
