"""Fill gaps from both sides: the cheapest path of a given number of grains between the frames before and after a gap.

A path costs, for each jump, how unlike the two positions are, and its distance from the straight line between both
sides in the latent space. Without the latter it makes large detours; with it alone the sound is too smooth. It is found
by dynamic programming (Viterbi) over a few hundred grains per frame, so its time hardly grows with the corpus. Then it
is drawn towards both sides: the remaining difference there is added, fading over the gap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from sda_lib.distances import squared_distances
from sda_lib.memory.graph import Passages
from sda_lib.writers.viterbi import CheapestPaths

# Candidates per frame near the line, and candidates that continue the grains most like either side.
NEAR_LINE, NEAR_SIDES = 80, 40
# Weight of a grain's distance from the line.
LINE_WEIGHT = 0.4
# Weight of the distance between a side and the frame next to the path's end in its recording.
SEAM_WEIGHT = 4.0
# Cost of any jump, besides its distance.
JUMP = 0.3
# Cost of a grain that is used only if there is no other.
NEVER = 1e6
# Share of a path's remaining difference at either side that is corrected.
FIT = 0.75


@dataclass(frozen=True)
class Gap:
    """A gap of `frames` frames between latents `left` and `right`.

    Both are [1 or 0, dim], with 0 at the sound's beginning or end.
    """

    left: np.ndarray
    right: np.ndarray
    frames: int


def bridge(graph: Passages, gap: Gap, cost: np.ndarray, temperature: float, generator: Generator) -> np.ndarray:
    """Return the grains [frame] of a gap.

    `cost` [grain] is added at every grain; grains with infinite cost are never used. The temperature makes variants: it
    is the maximum random cost of a grain, and half that of a jump; at 0 all paths are equal. A recording's last grain
    is used only in the last frame, where nothing follows the gap.
    """
    left, right, frames = gap.left, gap.right, gap.frames
    line = _line(gap, graph)
    from_line = _distances(line, graph.latents) / graph.unit
    total = LINE_WEIGHT * from_line + cost + temperature * generator.random(from_line.shape)
    total[: frames if len(right) else frames - 1, graph.tail] += NEVER
    paths = CheapestPaths()
    for frame, grains in enumerate(_candidates(graph, total, gap)):
        node = total[frame, grains]
        if frame == 0 and len(left):
            node = node + SEAM_WEIGHT * _distances(left, graph.latents[graph.preceding[grains]])[0] / graph.unit
        paths.extend(grains, node, _jumps(graph, paths.grains, grains, temperature, generator) if frame else None)
    if not len(right):
        return paths.cheapest()
    return paths.cheapest(SEAM_WEIGHT * _distances(right, graph.latents[graph.following[paths.grains]])[0] / graph.unit)


def pull_to_sides(graph: Passages, gap: Gap, path: np.ndarray) -> np.ndarray:
    """Return the latents [frame, dim] of a path, with FIT of the difference at both sides added.

    The correction is largest at the sides and fades away from them, so the path keeps the movement of a recording.
    """
    latents, share = graph.latents[path], np.arange(1, len(path) + 1)[:, None] / (len(path) + 1)
    missed = np.zeros_like(latents)
    if len(gap.left):
        missed += (1 - share) * (gap.left - graph.latents[graph.preceding[path[0]]])
    if len(gap.right):
        missed += share * (gap.right - graph.latents[graph.following[path[-1]]])
    return latents + FIT * missed


def old_cost(places: Passages, old: np.ndarray) -> np.ndarray:
    """Return [grain] infinity for grains whose codes are among the old ones [level, n], else 0.

    All are 0 when there are no other grains.
    """
    among = _among(places.codes, old)
    return np.where(among & ~among.all(), np.inf, 0.0)


def unless_old(codes: np.ndarray, otherwise: np.ndarray, old: np.ndarray) -> np.ndarray:
    """Return codes [level, frame], replaced by `otherwise` in frames whose codes are among the old ones [level, n]."""
    return np.where(_among(codes, old), otherwise, codes)


def _among(codes: np.ndarray, old: np.ndarray) -> np.ndarray:
    """Return [frame] whether the codes [level, frame] of a frame are among the old ones [level, n]."""
    own, known = column_numbers(codes, old)
    return np.isin(own, known)


def column_numbers(*tables: np.ndarray) -> list[np.ndarray]:
    """Return a number for every column [n] of tables [level, n]; equal columns have the same number."""
    numbers = np.unique(np.concatenate(tables, 1), axis=1, return_inverse=True)[1].reshape(-1)
    return np.split(numbers, np.cumsum([table.shape[1] for table in tables[:-1]]))


def _line(gap: Gap, graph: Passages) -> np.ndarray:
    """Return latents [frame, dim] on the straight line between the sides; with one side only, that side repeated."""
    sides = np.concatenate([gap.left, gap.right])
    sides = sides if len(sides) else graph.latents.mean(0, keepdims=True)
    share = np.arange(1, gap.frames + 1)[:, None] / (gap.frames + 1)
    return (1 - share) * sides[:1] + share * sides[-1:]


def _candidates(graph: Passages, total: np.ndarray, gap: Gap) -> np.ndarray:
    """Return the candidate grains [frame, candidate].

    These are the cheapest grains, the successors of the previous frame's cheapest, and grains that continue from the
    left or lead to the right.
    """
    near = min(NEAR_LINE, len(graph))
    cheap = np.argpartition(total, near - 1, axis=1)[:, :near]
    after = np.concatenate([cheap[:1], graph.following[cheap[:-1]]])
    parts = [cheap, after]
    ahead, count = np.arange(1, gap.frames + 1)[:, None], min(NEAR_SIDES, len(graph))
    for side, offset in ((gap.left, ahead), (gap.right, ahead - gap.frames - 1)):
        if len(side):
            closest = np.argpartition(_distances(side, graph.latents)[0], count - 1)[:count]
            parts.append(_along(graph, closest, offset))
    return np.concatenate(parts, 1)


def _along(graph: Passages, grains: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Return the grains `offset` frames later in the same recording, clipped to its beginning and end."""
    begins = graph.starts[graph.recording[grains]]
    return np.clip(grains + offset, begins, grains + graph.remaining[grains] - 1)


def _jumps(
    graph: Passages, before: np.ndarray, after: np.ndarray, temperature: float, generator: Generator
) -> np.ndarray:
    """Return the cost [before, after] of continuing one grain with another; 0 for its successor."""
    ahead = squared_distances(graph.latents[graph.following[before]], graph.latents[after])
    behind = squared_distances(graph.latents[before], graph.latents[graph.preceding[after]])
    costs = np.sqrt(ahead + behind) / graph.unit + JUMP + 2 * temperature * generator.random(ahead.shape)
    return np.where(graph.follows(before, after), 0.0, costs)


def _distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the distances [n, m] between [n, dim] and [m, dim]."""
    return np.sqrt(squared_distances(a, b))
