"""A melody of codes played by grains: the cheapest path through the graph that stays near codes of some levels.

A path pays for its distance from what is asked and for every jump, by how unlike the two places are; so it keeps to a
recording as long as that goes along. Found by a beam search (Viterbi over the grains nearest to each frame, and over
those that go on from what was kept of the frame before).
"""

from __future__ import annotations

import numpy as np

from sda_lib.models.graph import Graph
from sda_lib.models.prior import partial_latents

NEAREST, BEAM = 24, 48
"""Grains per frame that are nearest to what is asked, and how many of all are kept."""
ENDING = 1.0
"""What it costs at every frame that a grain's recording lasts e times as long as the sound still does."""
BLOCK = 256
"""Frames whose nearest grains are looked for at once."""


def followed(
    graph: Graph,
    books: np.ndarray,
    indices: np.ndarray,
    jump: float,
    avoid: np.ndarray | None = None,
    ends: bool = False,
) -> np.ndarray:
    """Grains [frame] for codes [level, frame] of the first levels, in codebooks [level, code, dim].

    A jump costs `jump` times one more than the distance between what would have followed and what does, in the graph's
    units; being away from what is asked, its distance over the typical one. Where the last frame `ends` a sound, grains
    that end about then are preferred. No grain is one of the columns `avoid`
    [all levels, frame] at its place, as long as there are others.
    """
    told = len(indices)
    theirs = partial_latents(books, graph.codes, told)
    power = (theirs**2).sum(1)
    unit, value, beam = 0.0, np.zeros(1), np.zeros(0, int)
    kept: list[np.ndarray] = []
    came: list[np.ndarray] = []
    for first in range(0, indices.shape[1], BLOCK):
        block = indices[:, first : first + BLOCK]
        ours = partial_latents(books, block, told)
        distances = np.sqrt(np.maximum((ours**2).sum(1)[:, None] + power - 2 * ours @ theirs.T, 0))
        near = np.argpartition(distances, min(NEAREST, len(graph)) - 1, axis=1)[:, :NEAREST]
        unit = unit or max(float(np.median(np.take_along_axis(distances, near, 1))), 1e-9)
        for frame, away in enumerate(distances / unit):
            grains = np.unique(np.concatenate([near[frame], graph.following[beam]]))
            cost = away[grains]
            if ends:
                left = indices.shape[1] - first - frame
                cost = cost + ENDING * np.abs(np.log(graph.remaining[grains] / left))
            if avoid is not None:
                cost = cost + 1e6 * (graph.codes[:, grains] == avoid[:, first + frame, None]).all(0)
            if len(beam):
                steps = value[:, None] + jump * _jumps(graph, beam, grains)
                came.append(steps.argmin(0))
                cost = cost + steps.min(0)
            best = np.argsort(cost, kind="stable")[:BEAM]
            if len(beam):
                came[-1] = came[-1][best]
            beam, value = grains[best], cost[best]
            kept.append(beam)
    place = int(value.argmin())
    places = [place] + [place := int(step[place]) for step in reversed(came)]
    return np.array([grains[place] for grains, place in zip(kept, places[::-1], strict=True)])


def _jumps(graph: Graph, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """[before, after] what a jump costs; nothing where the one follows the other."""
    a = np.concatenate([graph.latents[graph.following[before]], graph.latents[before]], 1)
    b = np.concatenate([graph.latents[after], graph.latents[graph.preceding[after]]], 1)
    squared = np.maximum((a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T, 0)
    follows = (before[:, None] + 1 == after) & (graph.remaining[before][:, None] > 1)
    return np.where(follows, 0.0, 1 + np.sqrt(squared) / graph.unit)
