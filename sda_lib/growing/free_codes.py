"""Room in codebooks for new sounds: codes that old sounds hardly use move to where new ones need them.

Every other code stays where it is, and an old frame keeps its codes up to the first one of them that has moved. So what
old codes mean, changes no more than is measured here.
"""

from __future__ import annotations

import torch
from torch import Tensor

from sda_lib.codec.rvq import beam_search, nearest, squared_distance

ROUNDS = 8
"""Of Lloyd's algorithm, in which the moved codes settle."""
FRAMES_PER_CODE = 2
"""New frames that there are for a moved code at least."""
MOST = 0.5
"""Share of a level's codes that may move."""


def rarest(counts: Tensor, losing: int, most: int) -> Tensor:
    """The codes that are used least by counts [code], at most `most` of them, whose uses are at most `losing`
    together."""
    order = counts.argsort(stable=True)
    return order[: min(most, int((counts[order].cumsum(0) <= losing).sum()))]


def settled(points: Tensor, held: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Places [count, dim] for free codes beside `held` ones [code, dim]: Lloyd's algorithm on points [n, dim] in which
    only they move, from a start far from everything (k-means++, Arthur & Vassilvitskii 2007)."""
    free = points[:0]
    far = squared_distance(points, held).amin(1)
    for _ in range(count):
        pick = torch.multinomial((far + 1e-12).cpu(), 1, generator=generator).to(points.device)
        free, far = torch.cat([free, points[pick]]), torch.minimum(far, squared_distance(points, points[pick])[:, 0])
    for _ in range(ROUNDS):
        index = nearest(points, torch.cat([held, free])) - len(held)
        own = index >= 0
        counts = torch.bincount(index[own], minlength=count)[:, None]
        sums = torch.zeros_like(free).index_add_(0, index[own], points[own])
        free = torch.where(counts > 0, sums / counts.clamp_min(1), free)
    return free


@torch.no_grad()
def make_room(books: Tensor, usage: Tensor, latent: Tensor, share: float, seed: int) -> Tensor:
    """Codebooks [level, code, dim] with idle and rare codes moved towards new latents [frame, dim]. Together the moved
    ones of a level are used by at most that share of the old frames, by counts `usage` [level, code]; 0 moves idle ones
    alone."""
    generator, books, residual = torch.Generator().manual_seed(seed), books.clone(), latent
    size = books.shape[1]
    most = min(int(MOST * size), len(latent) // FRAMES_PER_CODE)
    for book, counts in zip(books, usage, strict=True):
        free = rarest(counts, int(share * int(counts.sum())), most)
        if len(free):
            stays = torch.ones(size, dtype=torch.bool, device=book.device).index_fill_(0, free, False)
            book[free] = settled(residual, book[stays], len(free), generator)
        residual = residual - book[nearest(residual, book)]
    return books


@torch.no_grad()
def recoded(before: Tensor, books: Tensor, latent: Tensor, codes: Tensor, beam: int) -> Tensor:
    """Old codes [level, frame] of latents [frame, dim] in moved codebooks: the same up to the first one that has moved
    from where it stood `before`, and from there on the nearest ones."""
    moved = (before != books).any(2)
    touched = torch.stack([gone[own] for gone, own in zip(moved, codes, strict=True)])
    first = torch.where(touched.any(0), touched.int().argmax(0), len(books))
    out = codes.clone()
    for level in range(len(books)):
        frames = (first == level).nonzero()[:, 0]
        if len(frames):
            kept = (book[own] for book, own in zip(books[:level], codes[:level, frames], strict=True))
            residual = latent[frames] - sum(kept, torch.zeros_like(latent[frames]))
            out[level:, frames] = beam_search(residual, books[level:], beam).T
    return out


def agreement(before: Tensor, after: Tensor) -> tuple[float, ...]:
    """Share of the frames that have the same code as before, level by level, of codes [level, frame]."""
    return tuple(float(one) for one in (before == after).double().mean(1))


def shift(before: Tensor, after: Tensor, usage: Tensor) -> float:
    """How far codebooks [level, code, dim] have moved, over their size: norms in which a code counts as often as it was
    used, by counts [level, code]. So much do old codes change that nobody makes anew."""
    weights = usage.to(before)[..., None]
    moved, whole = ((weights * one.square()).sum().sqrt() for one in (after - before, before))
    return float(moved / whole.clamp_min(1e-12))
