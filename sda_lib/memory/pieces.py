"""Pieces of recordings as a memory keeps them, and the choice of pieces that fit a budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

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


def recording_indices(pieces: Sequence[Piece], hop: int, sample_rate: int) -> list[int]:
    """Return the number of each piece's recording; pieces that follow one another in a file share it."""
    numbers = [0]
    for before, piece in pairwise(pieces):
        gap = before.offset + before.frames * hop / sample_rate - piece.offset
        continues = piece.name == before.name and abs(gap) < 0.5 * hop / sample_rate
        numbers.append(numbers[-1] + (not continues))
    return numbers


def choose_diverse(summaries: Tensor, costs: Sequence[float], budget: float) -> list[int]:
    """Return the rows of summaries [n, dim] to keep within a budget, in ascending order.

    Rows are chosen in farthest-point order (Gonzalez 1985). At least one row is kept, and all of them when they fit, up
    to MOST_PIECES.
    """
    chosen: list[int] = []
    gap = (summaries - summaries.mean(0)).square().sum(1)
    while len(chosen) < min(len(costs), MOST_PIECES):
        room = budget - sum(costs[row] for row in chosen)
        fitting = [row for row in range(len(costs)) if row not in chosen and costs[row] <= room]
        if chosen and not fitting:
            break
        pick = max(fitting or range(len(costs)), key=lambda row: float(gap[row]))
        distance = (summaries - summaries[pick]).square().sum(1)
        gap = torch.minimum(gap, distance) if chosen else distance
        chosen.append(pick)
    return sorted(chosen)
