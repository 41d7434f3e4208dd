"""The graph of a corpus' grains: from every grain to the one that follows, and to those that could follow as well.

Two grains are alike when they and the grains after them are; leaving j for the successor of a grain like j is a jump.
The last grain of a recording takes no part: the recording fills only some of it, and where it ends loud it is cut off
there. No jump lands in one, and what a grain is compared by is never one; only a sound's own end may be one, where the
recording has died away.
The grains most alike are searched once, in cells of k-means, so that an hour of sound takes seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from sda_lib.codec.codes import Codes
from sda_lib.codec.rvq import k_means, nearest, some_of
from sda_lib.memory.grains import Memory

NEIGHBORS = 48
SHORT = 2
"""Grains of a recording in which nothing lies between its beginning and its last grain."""
BAN = 0.14
"""Seconds around a grain, in the same recording, that a jump may not land in."""
UNIT_RANK = 8
"""The median distance of a grain's neighbor of this rank is the unit of all distances."""
CELL = 256
"""Grains per cell of the search, on average."""
PROBES = 12
"""How many of the nearest cells are searched."""
CELL_POINTS = 16384
"""Grains that the cells are made from, at most."""
ROWS = 2048
"""Grains that are searched for at once."""
QUIET_END, LAST_FRAMES = -26.0, 2
"""dB under its loudest frame that the last frames of a sound with an end of its own should have."""
FADING = 1 / 3
"""Where fewer of the recordings end like that, to ask it of new sounds would choose the few that are like those."""


@dataclass(frozen=True, eq=False)
class Passages:
    """Grains recording after recording, as plain arrays.

    codes [level, grain]; latents [grain, dim]; file [grain] its recording's number; remaining [grain] frames to the
    recording's end, itself included; `unit` is what distances of latents are measured in; tail [grain] whether a grain
    is a recording's last and so only part of one (none where they can't be done without).
    """

    codes: np.ndarray
    latents: np.ndarray
    file: np.ndarray
    remaining: np.ndarray
    unit: float
    tail: np.ndarray

    def __len__(self) -> int:
        """Grains."""
        return len(self.file)

    @property
    def starts(self) -> np.ndarray:
        """The first grain of every recording."""
        return np.flatnonzero(np.diff(self.file, prepend=-1))

    @property
    def following(self) -> np.ndarray:
        """[grain] the grain after each; the last of a recording is its own."""
        return np.arange(len(self)) + (self.remaining > 1)

    @property
    def preceding(self) -> np.ndarray:
        """[grain] the grain before each; the first of a recording is its own."""
        return np.arange(len(self)) - (np.diff(self.file, prepend=-1) == 0)

    @cached_property
    def going_on(self) -> np.ndarray:
        """[grain] whether a sound may go on with the grain after it: there is one, and it is no tail."""
        return goes_on(self.remaining, self.tail)

    def and_then(self, codes: np.ndarray, latents: np.ndarray) -> Passages:
        """These and one more recording behind them: its codes [level, frame] and latents [frame, dim], all in full."""
        if not len(latents):
            return self
        return Passages(
            np.concatenate([self.codes, codes], axis=1),
            np.concatenate([self.latents, latents]),
            np.append(self.file, np.full(len(latents), self.file[-1] + 1)),
            np.append(self.remaining, np.arange(len(latents), 0, -1)),
            self.unit,
            np.append(self.tail, np.zeros(len(latents), bool)),
        )


@dataclass(frozen=True, eq=False)
class Graph(Passages):
    """Passages and the jumps between them: loudness [grain] in dB; neighbors [grain, k] the grains most alike, nearest
    first; distances [grain, k] in units, infinite where there are fewer; codes `like` theirs, of one frame."""

    loudness: np.ndarray
    neighbors: np.ndarray
    distances: np.ndarray
    like: Codes

    @cached_property
    def fades(self) -> bool:
        """Whether FADING of the recordings end QUIET_END under their loudest grain: excerpts of longer ones do not."""
        return bool(np.mean(fading(self.loudness, self.starts)) >= FADING)

    @cached_property
    def ending(self) -> np.ndarray:
        """[grain] whether a sound may end with the grain after it though it is a tail: it is of a recording that has
        died away there. One that is still loud is cut off somewhere in it, which would be a click."""
        return (self.remaining > 1) & fading(self.loudness, self.starts)[self.file]

    @classmethod
    def of_memory(cls, memory: Memory) -> Graph:
        config = memory.codec.config
        codes = memory.codes.cpu().numpy()
        like = Codes(codes[:, :1], config.codebook_size, config.hop, memory.codec.audio.sample_rate)
        return cls.of(memory.keys.cpu(), memory.lengths, memory.loudness().cpu().numpy(), like.with_indices(codes))

    @classmethod
    def of(
        cls, latents: Tensor, lengths: Sequence[int], loudness: np.ndarray, codes: Codes, away: bool = False
    ) -> Graph:
        """From latents [grain, dim] and codes of recordings of those lengths; `away`: never within a recording."""
        file = np.repeat(np.arange(len(lengths)), lengths)
        remaining = np.concatenate([np.arange(length, 0, -1) for length in lengths])
        tail = tails(remaining)
        onward = torch.from_numpy(goes_on(remaining, tail))
        pairs = pair_keys(latents, onward)
        ban = len(file) if away else max(1, round(BAN * codes.frame_rate))
        squared, neighbors = alike(pairs, torch.from_numpy(file), onward, ban)
        distances = squared.clamp_min(0).sqrt().numpy()
        some = distances[:, min(UNIT_RANK, distances.shape[1]) - 1]
        unit = max(float(np.median(some[np.isfinite(some)])) if np.isfinite(some).any() else 1.0, 1e-6)
        like, jumps = codes.with_indices(codes.indices[:, :1]), (neighbors.numpy(), distances / unit)
        return cls(codes.indices, latents.numpy(), file, remaining, unit, tail, loudness, *jumps, like)


def fading(loudness: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """[recording] whether it ends QUIET_END under its loudest grain, by the loudness [grain] in dB and the first grain
    of every recording."""
    ends = np.append(starts[1:], len(loudness))
    last = np.maximum(loudness[ends - 1], loudness[np.maximum(ends - LAST_FRAMES, starts)])
    return last - np.maximum.reduceat(loudness, starts) <= QUIET_END


def tails(remaining: np.ndarray) -> np.ndarray:
    """[grain] whether it is the last of a recording; none is where most recordings are too short to do without it."""
    lengths = remaining[np.append(True, remaining[:-1] == 1)]
    return (remaining == 1) & bool(np.mean(lengths > SHORT) >= 0.5)


def goes_on(remaining: np.ndarray, tail: np.ndarray) -> np.ndarray:
    """[grain] whether a grain follows that a jump may land in."""
    return (remaining > 1) & ~np.append(tail[1:], False)


def pair_keys(latents: Tensor, onward: Tensor) -> Tensor:
    """[grain, 2 * dim]: the latent of a grain and of the next one, its own again where it goes on with none."""
    after = torch.arange(len(latents)) + onward.long()
    return torch.cat([latents, latents[after]], 1)


@torch.no_grad()
def alike(pairs: Tensor, file: Tensor, onward: Tensor, ban: int) -> tuple[Tensor, Tensor]:
    """Squared distances and numbers, both [grain, k], of the grains most like each of pairs [grain, dim].

    Only such as something follows (`onward` [grain]), and none within `ban` frames of the grain itself.
    """
    usable = onward.nonzero()[:, 0]
    count = max(1, min(NEIGHBORS, len(usable)))
    squared = torch.full((len(pairs), count), torch.inf)
    found = torch.zeros(len(pairs), count, dtype=torch.long)
    for rows, columns in _blocks(pairs, usable):
        for part in rows.split(ROWS):
            power = pairs[columns].square().sum(1)
            distance = torch.addmm(power, pairs[part], pairs[columns].T, alpha=-2)
            near = (part[:, None] - columns[None]).abs() <= ban
            distance.masked_fill_(near & (file[part][:, None] == file[columns][None]), torch.inf)
            least, where = distance.topk(min(count, len(columns)), dim=1, largest=False)
            width = least.shape[1]
            squared[part, :width] = (least + pairs[part].square().sum(1, keepdim=True)).clamp_min(0)
            found[part, :width] = columns[where]
    return squared, found


def _blocks(pairs: Tensor, usable: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Which grains are searched for among which: all among all, or those of a cell among those of the nearest cells."""
    cells = len(pairs) // CELL
    if cells <= 2 * PROBES or len(usable) == 0:
        return [(torch.arange(len(pairs)), usable)] if len(usable) else []
    generator = torch.Generator().manual_seed(0)
    centers = k_means(pairs[some_of(len(pairs), CELL_POINTS, generator)], cells, generator)
    cell = torch.cat([nearest(part, centers) for part in pairs.split(ROWS)])
    near = torch.cdist(centers, centers).topk(PROBES, largest=False).indices
    members, candidates = _by_cell(torch.arange(len(pairs)), cell, cells), _by_cell(usable, cell[usable], cells)
    blocks = [(rows, torch.cat([candidates[one] for one in near[number]])) for number, rows in enumerate(members)]
    return [(rows, columns) for rows, columns in blocks if len(rows) and len(columns)]


def _by_cell(grains: Tensor, cell: Tensor, cells: int) -> list[Tensor]:
    order = cell.argsort(stable=True)
    return list(grains[order].split(torch.bincount(cell, minlength=cells).tolist()))
