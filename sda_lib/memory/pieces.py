"""Pieces of recordings as a memory keeps them, and the choice of pieces that fit a budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from sda_lib.audio.silence import level_of, own_range

# Maximum length of a piece; longer recordings are split, so that pieces can be chosen finely enough.
PIECE_SECONDS = 30.0
# Most pieces of a memory.
MOST_PIECES = 10_000


@dataclass(frozen=True)
class Piece:
    """A piece of a recording.

    File name, offset in the file in seconds, mid/side samples [channel, frame * hop], encoder output `latent`
    [frame, dim], and codes [level, frame] (None for a continuous bottleneck).
    """

    name: str
    offset: float
    samples: Tensor
    latent: Tensor
    codes: Tensor | None = None

    @property
    def frames(self) -> int:
        return len(self.latent)

    def part(self, first: int, end: int, hop: int, sample_rate: int) -> Piece:
        """Return the frames first..end, of `hop` samples each, as a piece."""
        if (first, end) == (0, self.frames):
            return self
        codes = None if self.codes is None else self.codes[:, first:end]
        samples = self.samples[:, first * hop : end * hop]
        return Piece(self.name, self.offset + first * hop / sample_rate, samples, self.latent[first:end], codes)


def sounding_grains(
    pieces: Sequence[Piece], recordings: Sequence[int], hop: int, sample_rate: int, trim: float
) -> Tensor:
    """Return [grain] whether a grain of pieces is between the silent ends of its recording; if none is, all are.

    The ends are those of `own_range` in audio/silence.py.
    `recordings` [piece] are the numbers of their recordings, ascending from 0; `trim` is the recipe's `audio.trim`.
    """
    peaks = torch.cat([_peaks(piece.samples.reshape(len(piece.samples), -1, hop)) for piece in pieces])
    level = level_of(peaks.cpu().numpy())
    sizes = np.bincount(recordings, [piece.frames for piece in pieces]).astype(int)
    sounding = np.zeros(len(level), bool)
    for begin, size in zip(np.cumsum(sizes) - sizes, sizes, strict=True):
        first, end = own_range(level[begin : begin + size], sample_rate / hop, float(level.max()), trim)
        sounding[begin + first : begin + end] = True
    return torch.from_numpy(sounding if sounding.any() else ~sounding)


def _peaks(grains: Tensor) -> Tensor:
    """Return the greatest magnitude [grain] of grains [channel, grain, sample], without a copy of them."""
    return torch.maximum(grains.amax((0, 2)), -grains.amin((0, 2)))


def sounding_span(sounding: Tensor) -> tuple[int, int]:
    """Return first and end of the frames of a piece that sound [frame], which follow one another; (0, 0) for none."""
    frames = sounding.nonzero()[:, 0].tolist()
    return (frames[0], frames[-1] + 1) if frames else (0, 0)


def recording_indices(pieces: Sequence[Piece], hop: int, sample_rate: int) -> list[int]:
    """Return the number of each piece's recording; pieces that follow one another in a file share it."""
    numbers = [0]
    for before, piece in pairwise(pieces):
        gap = before.offset + before.frames * hop / sample_rate - piece.offset
        continues = piece.name == before.name and abs(gap) < 0.5 * hop / sample_rate
        numbers.append(numbers[-1] + (not continues))
    return numbers


def choose_weighted(summaries: Tensor, costs: Sequence[float], budget: float, weights: Sequence[float]) -> list[int]:
    """Return the rows of summaries [n, dim] to keep within a budget, as `choose_diverse` does for rows of equal weight.

    Rows of each weight get a share of the budget: by their weight and their costs in all, but no more than these. At
    least one row of each weight is kept.
    """
    groups = {weight: [row for row, one in enumerate(weights) if one == weight] for weight in sorted(set(weights))}
    if len(groups) == 1 or sum(costs) <= budget:
        return choose_diverse(summaries, costs, budget)
    kept: list[int] = []
    for weight, share in shares_of(budget, {key: sum(costs[row] for row in rows) for key, rows in groups.items()}):
        rows = groups[weight]
        found = choose_diverse(summaries[rows], [costs[row] for row in rows], share)
        kept += [rows[number] for number in found]
    return sorted(kept)


def shares_of(budget: float, wholes: Mapping[float, float]) -> list[tuple[float, float]]:
    """Return the share of a budget of each weight, proportional to weight times `wholes` and at most these.

    What a weight can't use is divided among the others.
    """
    shares: list[tuple[float, float]] = []
    for weight in sorted(wholes, reverse=True):  # the heaviest is the first to be kept as a whole
        left = [one for one in wholes if one <= weight]
        share = budget * weight * wholes[weight] / sum(one * wholes[one] for one in left)
        shares.append((weight, min(share, wholes[weight])))
        budget -= shares[-1][1]
    return shares


def choose_diverse(summaries: Tensor, costs: Sequence[float], budget: float) -> list[int]:
    """Return the rows of summaries [n, dim] to keep within a budget, in ascending order.

    Rows are chosen in farthest-point order (Gonzalez 1985). At least one row is kept, and all of them when they fit, up
    to MOST_PIECES.
    """
    chosen: list[int] = []
    summaries = summaries.cpu()
    gap = (summaries - summaries.mean(0)).square().sum(1)
    price, free, spent = np.array(costs, np.float64), np.ones(len(costs), bool), 0.0
    while len(chosen) < min(len(costs), MOST_PIECES):
        fitting = free & (price <= budget - spent)
        if not fitting.any():
            if chosen:
                break
            fitting = free
        pick = int(np.where(fitting, gap.numpy(), -1.0).argmax())
        distance = (summaries - summaries[pick]).square().sum(1)
        gap = torch.minimum(gap, distance) if chosen else distance
        chosen.append(pick)
        free[pick], spent = False, spent + costs[pick]
    return sorted(chosen)
