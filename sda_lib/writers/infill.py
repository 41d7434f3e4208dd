"""Gaps closed from both sides: the cheapest path of exactly so many grains from what stands before to what follows.

A path pays for every jump, by how unlike the two places are, and for its distance from the straight line between both
sides in the latent space; without the latter it takes any detour, with nothing but it the sound is too smooth. It is
found by dynamic programming (Viterbi) over a few hundred grains per frame, so its time hardly grows with the corpus.
Then it is drawn towards both sides: what it misses there is added, fading over the gap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from sda_lib.memory.graph import Passages

NEAR_LINE, NEAR_SIDES = 80, 40
"""Grains per frame that are near the line, and that continue what is most like either side."""
LINE_WEIGHT = 0.4
SEAM_WEIGHT = 4.0
"""What a side's distance from what stood there in the recording counts."""
JUMP = 0.3
"""What any jump costs, besides its distance."""
NEVER = 1e6
"""What a grain costs that is taken only where there is no other."""


FIT = 0.75
"""How much of what a path misses at either side is made good."""


@dataclass(frozen=True)
class Gap:
    """So many frames between latents left and right, each [1 or 0, dim] (0 at the sound's own beginning or end)."""

    left: np.ndarray
    right: np.ndarray
    frames: int


def bridge(graph: Passages, gap: Gap, cost: np.ndarray, temperature: float, generator: Generator) -> np.ndarray:
    """Grains [frame] for a gap; cost [grain] is paid at every grain, infinite ones are never taken. The temperature
    makes variants: a grain costs up to so much more at random, a jump up to twice that; at 0 all paths are the same.
    A recording's last grain can only be where nothing follows the gap.
    """
    left, right, frames = gap.left, gap.right, gap.frames
    line = _line(gap, graph)
    from_line = _distances(line, graph.latents) / graph.unit
    total = LINE_WEIGHT * from_line + cost + temperature * generator.random(from_line.shape)
    total[: frames if len(right) else frames - 1, graph.tail] += NEVER
    lattice = _candidates(graph, total, gap)
    value = np.take_along_axis(total[:1], lattice[:1], 1)[0]
    if len(left):
        value = value + SEAM_WEIGHT * _distances(left, graph.latents[graph.preceding[lattice[0]]])[0] / graph.unit
    back = []
    for frame in range(1, frames):
        steps = value[:, None] + _jumps(graph, lattice[frame - 1], lattice[frame], temperature, generator)
        back.append(steps.argmin(0))
        value = steps.min(0) + total[frame, lattice[frame]]
    if len(right):
        value = value + SEAM_WEIGHT * _distances(right, graph.latents[graph.following[lattice[-1]]])[0] / graph.unit
    place = int(np.argmin(value))
    places = [place] + [place := int(step[place]) for step in reversed(back)]
    return lattice[np.arange(frames), places[::-1]]


def drawn_to_sides(graph: Passages, gap: Gap, path: np.ndarray) -> np.ndarray:
    """Latents [frame, dim] of a path, moved by FIT of what it misses at both sides: in full there, less and less away
    from them. So its movement stays a recording's, and its course is the gap's own."""
    latents, share = graph.latents[path], np.arange(1, len(path) + 1)[:, None] / (len(path) + 1)
    missed = np.zeros_like(latents)
    if len(gap.left):
        missed += (1 - share) * (gap.left - graph.latents[graph.preceding[path[0]]])
    if len(gap.right):
        missed += share * (gap.right - graph.latents[graph.following[path[-1]]])
    return latents + FIT * missed


def forbidden(places: Passages, old: np.ndarray) -> np.ndarray:
    """[grain] infinite for grains that are one of the old codes [level, n], which writing anew shall not bring back;
    nothing when there are no others."""
    standing = _among(places.codes, old)
    return np.where(standing & ~standing.all(), np.inf, 0.0)


def unless_old(codes: np.ndarray, otherwise: np.ndarray, old: np.ndarray) -> np.ndarray:
    """Codes [level, frame], or those `otherwise`, where they are one of the old ones [level, n]."""
    return np.where(_among(codes, old), otherwise, codes)


def _among(codes: np.ndarray, old: np.ndarray) -> np.ndarray:
    """Whether a column of codes [level, frame] is one of the old ones [level, n], [frame]."""
    known = {column.tobytes() for column in old.T.copy()}
    return np.array([column.tobytes() in known for column in codes.T.copy()])


def _line(gap: Gap, graph: Passages) -> np.ndarray:
    """[frame, dim] straight from side to side, or the only side held."""
    sides = np.concatenate([gap.left, gap.right])
    sides = sides if len(sides) else graph.latents.mean(0, keepdims=True)
    share = np.arange(1, gap.frames + 1)[:, None] / (gap.frames + 1)
    return (1 - share) * sides[:1] + share * sides[-1:]


def _candidates(graph: Passages, total: np.ndarray, gap: Gap) -> np.ndarray:
    """[frame, candidate] grains worth a look: those of least cost, what follows those of the frame before, and what
    goes on from the left or towards the right."""
    near = min(NEAR_LINE, len(graph))
    cheap = np.argpartition(total, near - 1, axis=1)[:, :near]
    after = np.concatenate([cheap[:1], graph.following[cheap[:-1]]])
    parts = [cheap, after]
    ahead = np.arange(1, gap.frames + 1)[:, None]
    if len(gap.left):
        parts.append(_along(graph, _closest(gap.left, graph), ahead))
    if len(gap.right):
        parts.append(_along(graph, _closest(gap.right, graph), ahead - gap.frames - 1))
    return np.concatenate(parts, 1)


def _closest(side: np.ndarray, graph: Passages) -> np.ndarray:
    count = min(NEAR_SIDES, len(graph))
    return np.argpartition(_distances(side, graph.latents)[0], count - 1)[:count]


def _along(graph: Passages, grains: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Grains so many frames on, or at the end of the recording where it ends before."""
    begins = graph.starts[graph.file[grains]]
    return np.clip(grains + offset, begins, grains + graph.remaining[grains] - 1)


def _jumps(
    graph: Passages, before: np.ndarray, after: np.ndarray, temperature: float, generator: Generator
) -> np.ndarray:
    """[before, after] what it costs to go on from one grain with another; nothing for the one that follows."""
    ahead = _squared(graph.latents[graph.following[before]], graph.latents[after])
    behind = _squared(graph.latents[before], graph.latents[graph.preceding[after]])
    costs = np.sqrt(ahead + behind) / graph.unit + JUMP + 2 * temperature * generator.random(ahead.shape)
    follows = (before[:, None] + 1 == after) & (graph.remaining[before][:, None] > 1)
    return np.where(follows, 0.0, costs)


def _squared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.maximum((a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T, 0)


def _distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """[n, dim] and [m, dim] -> [n, m]."""
    return np.sqrt(_squared(a, b))
