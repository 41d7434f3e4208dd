"""Find the best grain for a frame: the key that, together with its neighbors in time, is nearest.

Keys of all recordings lie in columns of one table, so that one product gives the distances of all frames from all keys.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sda_lib.distances import squared_distances

# Frames on either side that a match considers.
REACH = 2
# Weight of each of those frames.
WEIGHTS = (0.25, 0.5, 1.0, 0.5, 0.25)
# Maximum distance of a neighbor (in typical distances), so that a hard cut does not degrade the frames next to it.
NEIGHBOR_LIMIT = 0.7
# Near EXACT typical distances, a grain is preferred over one that only fits the surroundings better; beyond EXACT_UP_TO
# times that, not at all.
EXACT, EXACT_DISCOUNT, EXACT_UP_TO = 0.1, 0.95, 5.0
# Cost (in typical distances, squared) of a frame with a neighbor where its grain has none, or the reverse: when a loop
# repeats, a repetition in the middle is not its beginning.
EDGE_MISMATCH = 0.01
# Distances computed at once when the typical one is measured.
DISTANCES_AT_ONCE = 1 << 22
# Grains compared at once.
TABLE_COLUMNS = 16384
# Tolerance factor for rounding of sums.
ROUNDING = 1.0001
# Grains per group; the nearest grain of a group shows whether the group can contain the best one.
GROUP = 16
# Squared distance of columns without a grain.
FAR = 1e30


@dataclass(frozen=True)
class KeyTable:
    """Keys arranged for matching, with REACH blank columns before, between and after the recordings.

    `keys` [dim + 2, column] are prepared so that one product gives squared distances, FAR in blank columns; `share`
    [2 * REACH + 1, inner] is the weight of a column's neighbors, 0 where there is no grain, and `grain` [inner] is its
    number. Inner columns are all but the first and last REACH, a multiple of GROUP.
    """

    keys: Tensor
    share: Tensor
    grain: Tensor

    @classmethod
    def of(cls, keys: Tensor, recording: Tensor) -> KeyTable:
        """Build the table from keys [grain, dim] and the number of the recording of each."""
        column = torch.arange(len(keys), device=keys.device) + REACH * (recording + 1)
        inner = int(column[-1]) + 1 - REACH
        inner += -inner % GROUP
        prepared = keys.new_zeros(keys.shape[1] + 2, inner + 2 * REACH)
        prepared[-1] = FAR
        prepared[:, column] = torch.cat([-2 * keys.T, torch.ones_like(keys[None, :, 0]), keys.square().sum(1)[None]])
        occupied = prepared[-2].unfold(0, inner, 1)  # row o: whether column + o - REACH has a grain
        grain = torch.zeros(inner, dtype=torch.long, device=keys.device)
        grain[column - REACH] = torch.arange(len(keys), device=keys.device)
        return cls(prepared, occupied * keys.new_tensor(WEIGHTS)[:, None], grain)

    def split(self) -> tuple[KeyTable, ...]:
        """Return parts of at most TABLE_COLUMNS inner columns, so that memory does not grow with the grains."""
        parts = []
        for first in range(0, len(self.grain), TABLE_COLUMNS):
            own = slice(first, first + TABLE_COLUMNS)
            padded = slice(first, first + TABLE_COLUMNS + 2 * REACH)
            rows = self.keys[:, padded], self.share[:, own], self.grain[own]
            parts.append(KeyTable(*(row.contiguous() for row in rows)))
        return tuple(parts)

    def best(self, latent: Tensor, unit: float) -> tuple[Tensor, Tensor, Tensor]:
        """Return the rating, the squared distance of the surroundings and the grain of each latent's best column, all
        [frame].

        `latent` is [frame, dim], `unit` the typical distance. A rating is at least the column's own contribution to it.
        So the surroundings are compared only where the nearest column's rating leaves room for a better one: at a few
        of a thousand. This selection does not change the result.
        """
        squared, frames = self.squared_distances(latent), torch.arange(len(latent), device=latent.device)
        in_groups = squared[:, REACH:-REACH].unflatten(1, (GROUP, -1))  # the columns of a group are far apart
        least = in_groups.amin(1)
        group = least.min(1).indices
        column = group + least.shape[1] * in_groups[frames, :, group].min(1).indices
        bound = sum(WEIGHTS) * ROUNDING * self.rated(squared, frames, column, unit)[0]
        bound.clamp_(min=(EXACT_UP_TO * EXACT * unit) ** 2)
        frame, group = (least <= bound[:, None]).nonzero(as_tuple=True)
        which, place = (in_groups[frame, :, group] <= bound[frame, None]).nonzero(as_tuple=True)
        frame, column = frame[which], group[which] + least.shape[1] * place
        ratings, around = self.rated(squared, frame, column, unit)
        pick = first_least(ratings, column, frame, len(latent))
        return ratings[pick], around[pick], self.grain[column[pick]]

    def squared_distances(self, latent: Tensor) -> Tensor:
        """Return squared distances [frame, column] of latents [frame, dim] from all columns.

        Rounding can make them negative.
        """
        power = latent.square().sum(1, keepdim=True)
        return torch.cat([latent, power, torch.ones_like(power)], 1) @ self.keys

    def rated(self, squared: Tensor, frame: Tensor, column: Tensor, unit: float) -> tuple[Tensor, Tensor]:
        """Return ratings and squared distances of the surroundings for pairs of a frame and an inner column, both
        [pair].

        Both are computed from squared distances [frame, column]. The surroundings are the weighted mean along the
        diagonal, where a neighbor counts at most NEIGHBOR_LIMIT. Sums and products are taken one at a time, so that
        they are the same at any position of a pair.
        """
        flat, limit = squared.flatten(), (NEIGHBOR_LIMIT * unit) ** 2
        place = frame * squared.shape[1] + column + REACH
        own = flat[place].clamp_min(0)
        total, weights, mismatch = own * WEIGHTS[REACH], torch.full_like(own, WEIGHTS[REACH]), torch.zeros_like(own)
        for offset, weight in zip(range(-REACH, REACH + 1), WEIGHTS, strict=True):
            if offset == 0:
                continue
            inside = (frame + offset >= 0) & (frame + offset < len(squared))
            recorded = self.share[REACH + offset][column]
            share, mismatch = recorded * inside, mismatch + (recorded - weight * inside).abs()
            neighbor = flat[(place + offset * (squared.shape[1] + 1)).clamp_(0, len(flat) - 1)].clamp_(0, limit)
            total, weights = total + share * neighbor, weights + share
        around = total / weights
        return around * exact_discount(own, unit) + mismatch * (EDGE_MISMATCH * unit**2 / sum(WEIGHTS)), around


def exact_discount(squared: Tensor, unit: float) -> Tensor:
    """Return the factor of the rating of a column at this squared distance.

    It is 1 - EXACT_DISCOUNT at 0, and 1 beyond EXACT_UP_TO times EXACT typical distances. The power approximates a
    Gaussian to a thousandth with products only.
    """
    near = (1 - squared / (EXACT_UP_TO * EXACT * unit) ** 2).clamp_min(0)
    fourth = near.square().square()
    return 1 - EXACT_DISCOUNT * (fourth * fourth * fourth)


def first_least(ratings: Tensor, column: Tensor, frame: Tensor, frames: int) -> Tensor:
    """Return for each frame the index [frame] of its pair with the lowest rating.

    `ratings`, `column` and `frame` are [pair], in the order of the frames; of equal ratings, the first column is used.
    """
    least = torch.full((frames,), torch.inf, device=ratings.device).scatter_reduce_(0, frame, ratings, "amin")
    best = (ratings == least[frame]).nonzero()[:, 0]
    column, frame = column[best], frame[best]
    first = torch.full_like(least, torch.iinfo(torch.long).max, dtype=torch.long)
    first.scatter_reduce_(0, frame, column, "amin")
    return best[column == first[frame]]


@torch.no_grad()
def typical_distance(keys: Tensor, piece: Tensor, sample: int = 1000) -> float:
    """Return the median distance of a key [grain, dim] from the nearest one of another `piece` [grain].

    With one piece, it is the distance from the nearest other frame.
    """
    picks = torch.linspace(0, len(keys) - 1, min(sample, len(keys)), device=keys.device).long()
    if len(keys) == 1:
        return max(float(keys.square().sum(1).sqrt()), 1e-6)  # there is no other frame
    alone = bool((piece == piece[0]).all())
    place = torch.arange(len(keys), device=keys.device) if alone else piece
    parts = picks.split(max(8, DISTANCES_AT_ONCE // len(keys)))
    least = torch.cat([_nearest_of_another(keys, place, part) for part in parts])
    return max(float(least.median()), 1e-6)


def _nearest_of_another(keys: Tensor, place: Tensor, picks: Tensor) -> Tensor:
    """Return the distance of keys `picks` [n] from the nearest of all keys [grain, dim] of another `place` [grain]."""
    squared = squared_distances(keys[picks], keys)
    return squared.masked_fill_(place[picks][:, None] == place[None], float("inf")).amin(1).sqrt()
