"""Regenerate some levels and keep the others: take them from other grains that resemble the kept levels."""

from __future__ import annotations

import numpy as np
import torch
from numpy.random import Generator

from sda_lib.codec.codebooks import partial_latents
from sda_lib.codec.codes import Codes
from sda_lib.memory.graph import Graph
from sda_lib.writers.infill import column_numbers
from sda_lib.writers.novelty import CodeSpace
from sda_lib.writers.viterbi import CheapestPaths

# Candidate grains per frame.
CANDIDATES = 24
# Cost of a grain that does not follow the previous frame's, in units of a candidate's typical distance.
CONTINUITY = 1.5


@torch.no_grad()
def redraw_levels(
    graph: Graph, codec: CodeSpace, codes: Codes, where: tuple[slice, slice], temperature: float, generator: Generator
) -> Codes:
    """Return the codes with levels and frames `where` taken from the grains whose other levels are nearest.

    Grains are chosen by Viterbi so that they follow one another; grains with the old codes are avoided. The temperature
    sets the randomness.
    """
    levels, frames = where
    kept = [level for level in range(codes.levels) if not levels.start <= level < levels.stop]
    books, old = codec.bottleneck.codebooks.cpu().numpy(), codes.indices[:, frames]
    corpus, own = column_numbers(graph.codes[levels], old[levels])
    theirs, ours = (torch.from_numpy(partial_latents(books, one, kept)) for one in (graph.codes, old))
    distance = torch.cdist(ours, theirs)
    distance += 1e6 * torch.from_numpy(own[:, None] == corpus)
    least, grains = (one.numpy() for one in distance.topk(min(CANDIDATES, len(graph)), largest=False))
    unit = max(float(np.median(least)), 1e-9)
    costs = least / unit + temperature * generator.gumbel(size=least.shape)
    paths = CheapestPaths()
    for candidates, cost in zip(grains, costs, strict=True):
        steps = np.where(graph.follows(paths.grains, candidates), 0.0, CONTINUITY) if len(paths.grains) else None
        paths.extend(candidates, cost, steps)
    indices = codes.indices.copy()
    indices[levels, frames] = graph.codes[levels][:, paths.cheapest()]
    return codes.with_indices(indices)
