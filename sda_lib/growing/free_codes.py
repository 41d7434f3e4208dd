"""Reassignment of rarely used codes to new sounds when a model grows.

All other codes stay unchanged, and an old frame keeps its codes up to the first one that has moved. So the change in
the meaning of old codes is limited to what is measured here.
"""

from __future__ import annotations

import torch
from torch import Tensor

from sda_lib.codec.clustering import nearest_rows
from sda_lib.codec.rvq import beam_search
from sda_lib.distances import squared_distances

# Iterations of Lloyd's algorithm for the moved codes.
ROUNDS = 8
# Fewest new frames per moved code.
FRAMES_PER_CODE = 2
# Largest share of a level's codes that may move.
MOST = 0.5


def rarest(counts: Tensor, losing: int, most: int) -> Tensor:
    """Return the least used codes by `counts` [code].

    They are at most `most` codes, used at most `losing` times together.
    """
    order = counts.argsort(stable=True)
    return order[: min(most, int((counts[order].cumsum(0) <= losing).sum()))]


def placed_codes(points: Tensor, held: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Return positions [count, dim] for free codes beside the fixed codes `held` [code, dim].

    Lloyd's algorithm on points [n, dim], in which only the free codes move, initialized by k-means++ (Arthur &
    Vassilvitskii 2007).
    """
    free = points[:0]
    far = squared_distances(points, held).amin(1)
    for _ in range(count):
        pick = torch.multinomial((far + 1e-12).cpu(), 1, generator=generator).to(points.device)
        free, far = torch.cat([free, points[pick]]), torch.minimum(far, squared_distances(points, points[pick])[:, 0])
    for _ in range(ROUNDS):
        index = nearest_rows(points, torch.cat([held, free])) - len(held)
        own = index >= 0
        counts = torch.bincount(index[own], minlength=count)[:, None]
        sums = torch.zeros_like(free).index_add_(0, index[own], points[own])
        free = torch.where(counts > 0, sums / counts.clamp_min(1), free)
    return free


@torch.no_grad()
def reassign_codes(
    books: Tensor, usage: Tensor, latent: Tensor, share: float, seed: int, levels: int | None = None
) -> Tensor:
    """Return codebooks [level, code, dim] with unused and rare codes moved towards new latents [frame, dim].

    Only those of the first `levels` (default: all) move: the codes of generic levels are for sounds that come later.

    The moved codes of a level are used by at most `share` of the old frames, by the counts `usage` [level, code]; with
    0 only unused codes move.
    """
    generator, books, residual = torch.Generator().manual_seed(seed), books.clone(), latent
    size = books.shape[1]
    most = min(int(MOST * size), len(latent) // FRAMES_PER_CODE)
    for book, counts in zip(books[:levels], usage[:levels], strict=True):
        free = rarest(counts, int(share * int(counts.sum())), most)
        if len(free):
            stays = torch.ones(size, dtype=torch.bool, device=book.device).index_fill_(0, free, False)
            book[free] = placed_codes(residual, book[stays], len(free), generator)
        residual = residual - book[nearest_rows(residual, book)]
    return books


@torch.no_grad()
def reencoded_codes(before: Tensor, books: Tensor, latent: Tensor, codes: Tensor, beam: int) -> Tensor:
    """Return old codes [level, frame] of latents [frame, dim] encoded with the changed codebooks.

    They are the same up to the first code that differs from the codebooks `before`, and from there on the nearest ones,
    found by beam search.
    """
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
    """Return the share of frames whose code is the same as before, per level, for codes [level, frame]."""
    return tuple(float(one) for one in (before == after).double().mean(1))


def codebook_shift(before: Tensor, after: Tensor, usage: Tensor) -> float:
    """Return how far codebooks [level, code, dim] have moved, relative to their norm.

    Codes are weighted by their use, by counts [level, code]: how much a grid of old codes changes that is decoded with
    the new codebooks.
    """
    weights = usage.to(before)[..., None]
    moved, whole = ((weights * one.square()).sum().sqrt() for one in (after - before, before))
    return float(moved / whole.clamp_min(1e-12))
