"""What fits the codec's linear path: principal components, ridge regression, and which frames belong together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

# Penalty of the ridge regression relative to the inputs' variance: the minimum, and the numerator over the number of
# frames. Few frames determine little of the space between them, and a walk through their codes must not extrapolate
# far.
RIDGE, RIDGE_FRAMES = 1e-3, 2.0
# Directions beyond those wanted, and iterations, of the search for principal components.
OVERSAMPLING, ITERATIONS = 10, 5
# Length of the blocks of frames that stand for recordings where these are too few to be halved.
BLOCK_FRAMES = 32


def principal_components(centered: Tensor, dim: int) -> Tensor:
    """Return the leading `dim` directions of [n, feature] as columns (zero columns where the data has fewer).

    Randomized subspace iteration (Halko, Martinsson & Tropp 2011, algorithms 4.4 and 5.1).
    """
    count = min(dim, *centered.shape)
    drawn = torch.randn(centered.shape[1], count + OVERSAMPLING, generator=torch.Generator().manual_seed(0))
    space = drawn.to(centered)
    for _ in range(ITERATIONS):
        space = torch.linalg.qr(centered.T @ (centered @ space)).Q
    _, _, axes = torch.linalg.svd(torch.linalg.qr(centered @ space).Q.T @ centered, full_matrices=False)
    directions = axes[:count].T
    signs = directions.gather(0, directions.abs().argmax(0, keepdim=True)).sign()
    return F.pad(directions * signs, (0, dim - count))


def solve_ridge(inputs: Iterable[Tensor], targets: Iterable[Tensor]) -> Tensor:
    """Return weights [input, output] of a ridge regression whose last input, a constant, is not penalized.

    The sums are accumulated part by part in float64, on the CPU for all devices, since not all support it; the weights
    are on the CPU too.
    """
    gram, products = torch.zeros(()).double(), torch.zeros(()).double()
    for x, y in zip(inputs, targets, strict=True):
        exact = x.cpu().double()
        gram, products = gram + exact.T @ exact, products + (x.T @ y).cpu().double()
    count, free = gram[-1, -1], gram.shape[0] - 1  # the last input is one everywhere
    power, mean = gram.diagonal()[:-1].sum() / (count * free), gram[-1, :-1].sum() / (count * free)
    penalty = torch.full_like(gram[0], float((RIDGE_FRAMES / count).clamp_min(RIDGE) * count * (power - mean**2)))
    penalty[-1] = 0.0
    return torch.linalg.solve(gram + torch.diag(penalty + 1e-6), products).float()


def row_recordings(stretches: Sequence[Tensor], recordings: Sequence[int]) -> Tensor | None:
    """Return the recording's number of every row of the stretches [n, ...], [row]; None without `recordings`.

    The numbers repeat for the stretches beyond their count.
    """
    if not recordings:
        return None
    numbers = torch.tensor([recordings[place % len(recordings)] for place in range(len(stretches))])
    return numbers.repeat_interleave(torch.tensor([len(one) for one in stretches])).to(stretches[0].device)


def row_halves(features: Sequence[Tensor], between: Sequence[Tensor], recordings: Sequence[int]) -> Tensor:
    """Return which rows of stretches of frames, and of frames `between` those, belong to the second half, [row].

    Every second recording does; without `recordings`, every second block of BLOCK_FRAMES or of half the longest
    stretch.
    """
    numbers = row_recordings([*features, *between], recordings)
    if numbers is not None:
        return numbers % 2 == 1
    block = max(1, min(BLOCK_FRAMES, max(len(one) for one in features) // 2))
    frames = [torch.arange(len(one)) for one in features]
    frames += [torch.arange(len(more)) % max(1, len(one) - 1) for one, more in zip(features, between, strict=False)]
    return (torch.cat(frames) // block % 2 == 1).to(features[0].device)
