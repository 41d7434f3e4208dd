"""Regenerate some levels and keep the others: take them from other grains that resemble the kept levels."""

from __future__ import annotations

import numpy as np
import torch
from numpy.random import Generator

from sda_lib.codec.codec import Codec
from sda_lib.codec.codes import Codes
from sda_lib.memory.graph import Graph

# Candidate grains per frame.
CANDIDATES = 24
# Cost of a grain that does not follow the previous frame's, in units of a candidate's typical distance.
CONTINUITY = 1.5


@torch.no_grad()
def redraw_levels(
    graph: Graph,
    codec: Codec,
    codes: Codes,
    where: tuple[slice, slice],
    temperature: float,
    generator: Generator,
) -> Codes:
    """Return the codes with levels and frames `where` taken from the grains whose other levels are nearest.

    Grains are chosen by Viterbi so that they follow one another; grains with the old codes are avoided. The temperature
    sets the randomness.
    """
    levels, frames = where
    kept = [level for level in range(codes.levels) if not levels.start <= level < levels.stop]
    books = codec.bottleneck.codebooks.cpu()
    standing = codes.indices[:, frames]
    theirs, ours = _embedded(books, graph.codes, kept), _embedded(books, standing, kept)
    count = min(CANDIDATES, len(graph))
    distance = torch.cdist(ours, theirs)
    distance += 1e6 * torch.from_numpy(_same(graph.codes[levels], standing[levels]))
    least, grains = (one.numpy() for one in distance.topk(count, largest=False))
    unit = max(float(np.median(least)), 1e-9)
    costs = least / unit + temperature * generator.gumbel(size=least.shape)
    path = _viterbi(costs, grains, graph)
    indices = codes.indices.copy()
    indices[levels, frames] = graph.codes[levels][:, path]
    return codes.with_indices(indices)


def _embedded(books: torch.Tensor, indices: np.ndarray, levels: list[int]) -> torch.Tensor:
    """Return the partial latents [frame, dim] of these levels of codes [level, frame] (zeros without levels)."""
    total = books.new_zeros(indices.shape[1], books.shape[2])
    for level in levels:
        total += books[level][torch.tensor(indices[level])]
    return total


def _same(theirs: np.ndarray, ours: np.ndarray) -> np.ndarray:
    """Return [frame, grain] 1 where a grain has the frame's codes on these levels, else 0."""
    known: dict[bytes, list[int]] = {}
    for grain, column in enumerate(theirs.T.copy()):
        known.setdefault(column.tobytes(), []).append(grain)
    same = np.zeros((ours.shape[1], theirs.shape[1]), np.float32)
    for frame, column in enumerate(ours.T.copy()):
        same[frame, known.get(column.tobytes(), [])] = 1
    return same


def _viterbi(costs: np.ndarray, grains: np.ndarray, graph: Graph) -> np.ndarray:
    """Return the cheapest sequence of grains [frame] out of candidates [frame, n] with their costs."""
    value, back = costs[0], []
    for frame in range(1, len(costs)):
        follows = (grains[frame - 1][:, None] + 1 == grains[frame]) & (graph.remaining[grains[frame - 1]][:, None] > 1)
        steps = value[:, None] + np.where(follows, 0.0, CONTINUITY)
        back.append(steps.argmin(0))
        value = steps.min(0) + costs[frame]
    place = int(value.argmin())
    places = [place] + [place := int(step[place]) for step in reversed(back)]
    return grains[np.arange(len(costs)), places[::-1]]
