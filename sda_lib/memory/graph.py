"""The graph of a corpus' grains: from every grain to its successor, and to other grains that could follow.

Two grains are alike when they and their successors are; a jump leads from j to the successor of a grain like j. The
last grain of a recording is excluded: the recording fills only part of it, and where it ends loud it is cut off there.
No jump lands in one, and no grain is compared by one; only a sound may end with one, where the recording has died away.
The nearest grains are searched once, in cells of k-means, so that an hour of sound takes seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from sda_lib.codec.clustering import k_means, nearest_rows, random_rows
from sda_lib.codec.codes import Codes
from sda_lib.memory.changes import flux_at_borders
from sda_lib.memory.grains import Memory

# Maximum number of neighbors per grain.
NEIGHBORS = 48
# Length in grains of a recording without grains between its first and its last one.
SHORT_RECORDING = 2
# Seconds around a grain, in the same recording, where a jump cannot land.
MIN_JUMP_SECONDS = 0.14
# The median distance to a grain's neighbor of this rank is the unit of all distances.
UNIT_RANK = 8
# Mean number of grains per cell of the search.
CELL = 256
# Number of nearest cells searched.
PROBES = 12
# Maximum number of grains from which the cells are computed.
CELL_POINTS = 16384
# Grains per block of the search.
ROWS = 2048
# Maximum level, in dB relative to its loudest frame, of the last LAST_FRAMES frames of a sound with an end of its own.
QUIET_END, LAST_FRAMES = -26.0, 2
# Minimum share of recordings with a quiet end for new sounds to need one; with fewer, that would restrict new sounds to
# those resembling the few.
FADING_SHARE = 1 / 3
# Share of the borders between audible grains at which a recording changes suddenly, by flux or by level; audible grains
# are at most this many dB below their recording's loudest one.
SUDDEN_SHARE, AUDIBLE_DB = 0.15, 50.0


@dataclass(frozen=True, eq=False)
class Passages:
    """Grains of consecutive recordings as plain arrays.

    `codes` [level, grain]; `latents` [grain, dim]; `recording` [grain]: its number; `remaining` [grain]: frames to the
    recording's end, including the grain; `unit`: unit of latent distances; `tail` [grain]: whether a grain is a
    recording's last and only partly filled (all False where most recordings are too short to exclude it), or in the
    silence at its ends. A recording's end is where that silence begins, its `starts` where it is over.
    """

    codes: np.ndarray
    latents: np.ndarray
    recording: np.ndarray
    remaining: np.ndarray
    unit: float
    tail: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        """Return the number of grains."""
        return len(self.recording)

    @cached_property
    def following(self) -> np.ndarray:
        """Return the successor of each grain [grain]; the last grain of a recording is its own."""
        return np.arange(len(self)) + (self.remaining > 1)

    @property
    def preceding(self) -> np.ndarray:
        """Return the predecessor of each grain [grain]; the first grain of a recording is its own."""
        return np.arange(len(self)) - (np.diff(self.recording, prepend=-1) == 0)

    @cached_property
    def continues(self) -> np.ndarray:
        """Return [grain] whether a sound may continue with the successor: there is one, and it is no tail."""
        return has_successor(self.remaining, self.tail)

    def follows(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Return whether grains `after` [n or before, n] are the successors of grains `before` [before]."""
        return (before[:, None] + 1 == after) & (self.remaining[before][:, None] > 1)

    def appended(self, codes: np.ndarray, latents: np.ndarray) -> Passages:
        """Return the passages with another recording appended, without a tail.

        Its codes are [level, frame], its latents [frame, dim].
        """
        if not len(latents):
            return self
        return Passages(
            np.concatenate([self.codes, codes], axis=1),
            np.concatenate([self.latents, latents]),
            np.append(self.recording, np.full(len(latents), self.recording[-1] + 1)),
            np.append(self.remaining, np.arange(len(latents), 0, -1)),
            self.unit,
            np.append(self.tail, np.zeros(len(latents), bool)),
            np.append(self.starts, len(self)),
        )


@dataclass(frozen=True, eq=False)
class Graph(Passages):
    """Passages and the jumps between them.

    `loudness` [grain] in dB; `neighbors` [grain, k]: the most similar grains, nearest first; `distances` [grain, k] in
    units, infinite where there are fewer; `like`: codes of one frame that serve as a template; `flux` [grain]:
    strongest change of the spectra around its beginning (None: unknown).
    """

    loudness: np.ndarray
    neighbors: np.ndarray
    distances: np.ndarray
    like: Codes
    flux: np.ndarray | None = None

    @cached_property
    def sudden(self) -> np.ndarray:
        """Return [grain] whether the recording changes suddenly around the beginning of each grain.

        It is among the share SUDDEN_SHARE of the corpus that changes most in level or in its spectra.
        """
        starts = self.starts
        step = np.abs(np.diff(self.loudness, prepend=self.loudness[0]))
        step[starts] = 0
        edges = np.flatnonzero(np.diff(self.recording, prepend=-1))
        peaks = np.maximum.reduceat(self.loudness, edges)[self.recording]
        audible = self.loudness > peaks - AUDIBLE_DB
        audible[starts] = False
        measures = [step] if self.flux is None else [step, self.flux]
        if not audible.any():
            return np.zeros(len(self), bool)
        return np.any([one > np.quantile(one[audible], 1 - SUDDEN_SHARE) for one in measures], axis=0)

    @cached_property
    def mostly_fade(self) -> bool:
        """Whether at least a share FADING_SHARE of the recordings ends QUIET_END below their loudest grain.

        Excerpts of longer recordings do not.
        """
        return bool(np.mean(fades_out(self.loudness, self.starts, self.remaining)) >= FADING_SHARE)

    @cached_property
    def may_end(self) -> np.ndarray:
        """Return [grain] whether a sound may end with the successor though it is a tail.

        It may if the recording has died away there. One that is still loud is cut off within its tail, which would
        click.
        """
        return (self.remaining > 1) & fades_out(self.loudness, self.starts, self.remaining)[self.recording]

    @classmethod
    def of_memory(cls, memory: Memory) -> Graph:
        """Build the graph of a memory. Where it has no codes, every grain's number is its code."""
        config, size = memory.codec.config, memory.codec.config.codebook_size
        if memory.codes is None:
            codes, size = np.arange(len(memory))[None], len(memory)
        else:
            codes = memory.codes.cpu().numpy()
        like = Codes(codes[:, :1], size, config.hop, memory.codec.audio.sample_rate)
        lengths, loudness = memory.grain_recording.bincount().tolist(), memory.loudness().cpu().numpy()
        sounding = memory.sounding.cpu().numpy()
        graph = cls.of(memory.keys.cpu(), lengths, loudness, like.with_indices(codes), sounding=sounding)
        return replace(graph, flux=flux_at_borders(memory))

    @classmethod
    def of(
        cls,
        latents: Tensor,
        lengths: Sequence[int],
        loudness: np.ndarray,
        codes: Codes,
        other_recordings: bool = False,
        sounding: np.ndarray | None = None,
    ) -> Graph:
        """Build the graph from latents [grain, dim] and codes of recordings of these lengths.

        With `other_recordings`, no jump stays within a recording. `sounding` [grain] is false in the silence at the
        ends of recordings (None: nowhere).
        """
        recording = np.repeat(np.arange(len(lengths)), lengths)
        sounding = np.ones(len(recording), bool) if sounding is None else sounding
        starts, remaining = _ends(recording, sounding)
        tail = tails(remaining) | ~(sounding | ~sounding[starts][recording])
        continues = torch.from_numpy(has_successor(remaining, tail))
        pairs = pair_keys(latents, continues)
        min_jump = len(recording) if other_recordings else max(1, round(MIN_JUMP_SECONDS * codes.frame_rate))
        squared, neighbors = nearest_pairs(pairs, torch.from_numpy(recording), continues, min_jump)
        distances = squared.clamp_min(0).sqrt().numpy()
        some = distances[:, min(UNIT_RANK, distances.shape[1]) - 1]
        unit = max(float(np.median(some[np.isfinite(some)])) if np.isfinite(some).any() else 1.0, 1e-6)
        like, jumps = codes.with_indices(codes.indices[:, :1]), (neighbors.numpy(), distances / unit)
        return cls(codes.indices, latents.numpy(), recording, remaining, unit, tail, starts, loudness, *jumps, like)


def _ends(recording: np.ndarray, sounding: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first sounding grain of every recording, its first one if none sounds, and `remaining` [grain].

    Both `recording` and `sounding` are [grain].
    """
    edges = np.diff(recording, prepend=-1) != 0
    begins = np.flatnonzero(edges | (np.diff(sounding, prepend=~sounding[:1]) != 0))
    lengths = np.diff(np.append(begins, len(recording)))
    remaining = np.repeat(begins + lengths, lengths) - np.arange(len(recording))
    first = np.flatnonzero(edges)
    silent = np.maximum.reduceat(sounding, first) == 0
    order = np.flatnonzero(sounding | silent[recording])
    return order[np.unique(recording[order], return_index=True)[1]], remaining


def fades_out(loudness: np.ndarray, starts: np.ndarray, remaining: np.ndarray) -> np.ndarray:
    """Return [recording] whether it ends QUIET_END below its loudest grain.

    `loudness` [grain] is in dB, `starts` the first grain of every recording, `remaining` [grain] the frames to its end.
    """
    ends = np.minimum(starts + remaining[starts], np.append(starts[1:], len(loudness)))
    last = np.maximum(loudness[ends - 1], loudness[np.maximum(ends - LAST_FRAMES, starts)])
    return last - np.maximum.reduceat(loudness, starts) <= QUIET_END


def tails(remaining: np.ndarray) -> np.ndarray:
    """Return [grain] whether it is the last of a recording.

    All are False where most recordings are too short to exclude it.
    """
    lengths = remaining[np.append(True, remaining[:-1] == 1)]
    return (remaining == 1) & bool(np.mean(lengths > SHORT_RECORDING) >= 0.5)


def has_successor(remaining: np.ndarray, tail: np.ndarray) -> np.ndarray:
    """Return [grain] whether a successor exists that a jump may land in."""
    return (remaining > 1) & ~np.append(tail[1:], False)


def pair_keys(latents: Tensor, continues: Tensor) -> Tensor:
    """Return [grain, 2 * dim] the latents of each grain and of its successor.

    Where `continues` [grain] is False, the grain's own latent is repeated.
    """
    after = torch.arange(len(latents)) + continues.long()
    return torch.cat([latents, latents[after]], 1)


@torch.no_grad()
def nearest_pairs(pairs: Tensor, recording: Tensor, continues: Tensor, min_jump: int) -> tuple[Tensor, Tensor]:
    """Return squared distances and numbers, both [grain, k], of the grains most similar to each of pairs [grain, dim].

    Only grains with a successor (`continues` [grain]) are found, and none within `min_jump` frames of the grain itself.
    """
    usable = continues.nonzero()[:, 0]
    count = max(1, min(NEIGHBORS, len(usable)))
    squared = torch.full((len(pairs), count), torch.inf)
    found = torch.zeros(len(pairs), count, dtype=torch.long)
    for rows, columns in _blocks(pairs, usable):
        for part in rows.split(ROWS):
            power = pairs[columns].square().sum(1)
            distance = torch.addmm(power, pairs[part], pairs[columns].T, alpha=-2)
            near = (part[:, None] - columns[None]).abs() <= min_jump
            distance.masked_fill_(near & (recording[part][:, None] == recording[columns][None]), torch.inf)
            least, where = distance.topk(min(count, len(columns)), dim=1, largest=False)
            width = least.shape[1]
            squared[part, :width] = (least + pairs[part].square().sum(1, keepdim=True)).clamp_min(0)
            found[part, :width] = columns[where]
    return squared, found


def _blocks(pairs: Tensor, usable: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Return the blocks of the search as pairs of grains and their candidates.

    These are all among all, or the grains of a cell among those of the nearest cells.
    """
    cells = len(pairs) // CELL
    if cells <= 2 * PROBES or len(usable) == 0:
        return [(torch.arange(len(pairs)), usable)] if len(usable) else []
    generator = torch.Generator().manual_seed(0)
    centers = k_means(pairs[random_rows(len(pairs), CELL_POINTS, generator)], cells, generator)
    cell = torch.cat([nearest_rows(part, centers) for part in pairs.split(ROWS)])
    near = torch.cdist(centers, centers).topk(PROBES, largest=False).indices
    members, candidates = _by_cell(torch.arange(len(pairs)), cell, cells), _by_cell(usable, cell[usable], cells)
    blocks = [(rows, torch.cat([candidates[one] for one in near[number]])) for number, rows in enumerate(members)]
    return [(rows, columns) for rows, columns in blocks if len(rows) and len(columns)]


def _by_cell(grains: Tensor, cell: Tensor, cells: int) -> list[Tensor]:
    """Return the grains of each cell."""
    order = cell.argsort(stable=True)
    return list(grains[order].split(torch.bincount(cell, minlength=cells).tolist()))
