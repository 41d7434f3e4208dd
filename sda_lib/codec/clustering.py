"""Clusters of points: k-means, nearest rows, and what a cluster's center would be without a recording's own points."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def nearest_rows(points: Tensor, book: Tensor) -> Tensor:
    """Return the index of the nearest row of book [code, dim] for points [..., dim]."""
    scores = torch.addmm(-0.5 * book.square().sum(-1), points.reshape(-1, points.shape[-1]), book.T)
    return scores.max(-1).indices.reshape(points.shape[:-1])  # twice as fast as argmax


def random_rows(count: int, most: int, generator: torch.Generator) -> Tensor:
    """Return the numbers of all of `count` rows, or of `most` random ones."""
    return torch.arange(count) if count <= most else torch.randperm(count, generator=generator)[:most]


class Reservoir:
    """A uniform random sample of the rows of a stream, of at most `size`, in the order of the stream.

    Every row draws a random number, and those with the smallest are kept (reservoir sampling by random keys, Efraimidis
    and Spirakis 2006, with equal weights). The sample depends on the seed and the stream, not on its blocks.
    """

    def __init__(self, size: int, seed: int) -> None:
        self.size, self._generator = size, torch.Generator().manual_seed(seed)
        self._room, self._count, self._below = size + -(-size // 2), 0, torch.inf
        self._keys = torch.zeros(self._room, dtype=torch.float64)
        self._columns: tuple[Tensor, ...] = ()

    def add(self, *columns: Tensor) -> None:
        """Offer rows: columns [n, ...] of the same length, as many at every call."""
        keys = torch.rand(len(columns[0]), dtype=torch.float64, generator=self._generator)
        if not self._columns:
            self._columns = tuple(one.new_zeros(self._room, *one.shape[1:]) for one in columns)
        near = (keys < self._below).nonzero()[:, 0]
        while len(near):
            now, near = near.tensor_split([self._room - self._count])
            self._hold(keys[now], [one[now.to(one.device)] for one in columns])
            if self._count == self._room:
                self._drop()

    def _hold(self, keys: Tensor, columns: Sequence[Tensor]) -> None:
        """Append rows with their numbers, for which there is room."""
        place = slice(self._count, self._count + len(keys))
        for held, more in zip((self._keys, *self._columns), (keys, *columns), strict=True):
            held[place] = more
        self._count = place.stop

    def _drop(self) -> None:
        """Keep the rows with the smallest numbers."""
        kept = self._keys[: self._count].argsort()[: self.size].sort().values
        for held in (self._keys, *self._columns):
            held[: len(kept)] = held[kept.to(held.device)]
        self._count = len(kept)
        if self._count == self.size:
            self._below = float(self._keys[: self.size].max())

    @property
    def columns(self) -> tuple[Tensor, ...]:
        """The rows that are kept: a tensor [row, ...] for each column, none before anything was offered."""
        self._drop()
        return tuple(held[: self._count] for held in self._columns)


def k_means(points: Tensor, size: int, generator: torch.Generator, own: int | None = None, rounds: int = 8) -> Tensor:
    """Run Lloyd's algorithm on [n, dim] from a random start.

    Clusters without any of the first `own` points (default: all) restart at one of those.
    """
    owned = points[:own]

    def some(count: int) -> Tensor:
        return owned[torch.randint(len(owned), (count,), generator=generator).to(points.device)]

    if len(owned) <= size:
        return torch.cat([owned, some(size - len(owned))])
    centers = points[random_rows(len(points), size, generator).to(points.device)]
    for _ in range(rounds):
        index = nearest_rows(points, centers)
        counts = torch.bincount(index, minlength=size)
        sums = torch.zeros_like(centers).index_add_(0, index, points)
        centers = sums / counts.clamp_min(1)[:, None]
        dead = torch.bincount(index[: len(owned)], minlength=size) == 0
        centers[dead] = some(int(dead.sum()))
    return centers


def leave_one_out(points: Tensor, book: Tensor, index: Tensor, recording: Tensor) -> Tensor:
    """Return the code vector of each of points [n, dim] if the book had been fitted without its recording [n, dim].

    It is the mean of the other points in its cluster (`index` [n]) that are not of its `recording` [n], or the nearest
    other code of the book [code, dim].
    """
    own = index * (int(recording.max()) + 1) + recording
    counts, sums = _by_group(points, index)
    own_counts, own_sums = _by_group(points, own.unique(return_inverse=True)[1])
    others = (counts - own_counts)[:, None]
    mean = (sums - own_sums) / others.clamp_min(1)
    scores = torch.addmm(-0.5 * book.square().sum(-1), points, book.T).scatter_(1, index[:, None], -torch.inf)
    next_best = book[scores.argmax(1)]
    near = (points - mean).square().sum(1, keepdim=True) <= (points - next_best).square().sum(1, keepdim=True)
    return torch.where(near & (others > 0), mean, next_best)


def _by_group(points: Tensor, group: Tensor) -> tuple[Tensor, Tensor]:
    """Return for each of points [n, dim] the size of its group [n], and the sum of the group's points [n, dim]."""
    counts = torch.bincount(group)
    sums = points.new_zeros(len(counts), points.shape[1]).index_add_(0, group, points)
    return counts[group], sums[group]
