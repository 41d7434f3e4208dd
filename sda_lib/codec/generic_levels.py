"""Codebooks for residuals of sounds that a corpus does not hold.

After some levels, k-means on the residuals of a few thousand frames learns these frames by heart: what it leaves of
them is smaller than, and unlike, what it leaves of other sounds. Higher levels are therefore fitted to a Gaussian with
the covariance of residuals that are cross-fitted: what codebooks fitted on half of the recordings leave of the others.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from sda_lib.codec.clustering import k_means, nearest_rows

# Samples of the Gaussian that the codebook of a level is fitted on.
SAMPLES = 8192
# Share of the mean variance that is added to every variance: the covariance of few frames has no Cholesky factor.
JITTER = 1e-6


def cross_fitted_residuals(points: Tensor, half: Tensor, fit: Callable[[Tensor], Tensor]) -> Tensor:
    """Return what codebooks fitted on one half of points [n, dim] leave of the other half, [n, dim] in another order.

    `half` [n] is True for the points of the second half. `fit` returns codebooks [level, code, dim] for a mask [n] of
    the points to be used. If all points are in one half, the codebooks are fitted to all of them.
    """
    if half.all() or not half.any():
        return left_by(points, fit(torch.ones_like(half)))
    return torch.cat([left_by(points[~one], fit(one)) for one in (half, ~half)])


def left_by(points: Tensor, books: Tensor) -> Tensor:
    """Return what a greedy search in codebooks [level, code, dim] leaves of points [n, dim]."""
    for book in books:
        points = points - book[nearest_rows(points, book)]
    return points


def generic_codebooks(residual: Tensor, levels: int, size: int, generator: torch.Generator) -> Tensor:
    """Return codebooks [level, code, dim] for residuals that are distributed as the given ones [n, dim].

    The codebook of each level is fitted by k-means to samples of a Gaussian with mean zero and the covariance of what
    the levels before it leave.
    """
    books = []
    for _ in range(levels):
        samples = gaussian_samples(residual, generator)
        book = k_means(samples, size, generator)
        books.append(book)
        residual = residual - book[nearest_rows(residual, book)]
    return torch.stack(books)


def gaussian_samples(like: Tensor, generator: torch.Generator) -> Tensor:
    """Return SAMPLES draws [SAMPLES, dim] of a Gaussian with mean zero and the second moments of points [n, dim]."""
    moments = like.T @ like / len(like)
    scale = moments.diagonal().mean().clamp_min(1e-12)
    factor = torch.linalg.cholesky(moments + JITTER * scale * torch.eye(len(moments), device=like.device))
    return torch.randn(SAMPLES, len(moments), generator=generator).to(like.device) @ factor.T
