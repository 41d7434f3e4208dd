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


class Moments:
    """Number, mean and covariance of rows that come in blocks; memory does not grow with their number.

    Products are taken about the mean of the first block, in 32 bits, and summed in float64 on the CPU.
    """

    def __init__(self) -> None:
        self.count = 0
        self._origin, self._sums, self._products = (torch.zeros(()) for _ in range(3))

    def add(self, rows: Tensor) -> None:
        """Count rows [n, feature]; no rows change nothing."""
        if not len(rows):
            return
        if not self.count:
            self._origin = rows.mean(0)
        near = rows - self._origin
        self._sums = self._sums + near.sum(0).cpu().double()
        self._products = self._products + (near.T @ near).cpu().double()
        self.count += len(rows)

    @property
    def mean(self) -> Tensor:
        """The mean [feature], float32 on the device of the rows; there must be some."""
        return self._origin + (self._sums / self.count).to(self._origin)

    @property
    def covariance(self) -> Tensor:
        """The covariance [feature, feature], float64 on the CPU, over the number of rows."""
        offset = self._sums / self.count
        return self._products / self.count - torch.outer(offset, offset)


def principal_axes(covariance: Tensor, dim: int) -> Tensor:
    """Return the leading `dim` directions of a covariance [feature, feature] as columns, float32 on the CPU.

    They are those of `principal_components` for all rows that the covariance was measured on, without approximation;
    zero columns where there are fewer features.
    """
    _, axes = torch.linalg.eigh(covariance.cpu().double())
    directions = axes.flip(1)[:, :dim]
    signs = directions.gather(0, directions.abs().argmax(0, keepdim=True)).sign()
    return F.pad((directions * signs).float(), (0, dim - directions.shape[1]))


class RidgeSums:
    """Sums of a ridge regression whose last input, a constant one, is not penalized.

    They are in float64, on the CPU for all devices, since not all support it; memory does not grow with the rows.
    """

    def __init__(self) -> None:
        self._gram, self._products = torch.zeros(()).double(), torch.zeros(()).double()

    def add(self, inputs: Tensor, targets: Tensor) -> None:
        """Count rows of inputs [n, input] and targets [n, output]."""
        exact = inputs.cpu().double()
        self._gram = self._gram + exact.T @ exact
        self._products = self._products + (inputs.T @ targets).cpu().double()

    def weights(self) -> Tensor:
        """Return the weights [input, output], float32 on the CPU; there must be rows."""
        gram = self._gram
        count, free = gram[-1, -1], gram.shape[0] - 1  # the last input is one everywhere
        power, mean = gram.diagonal()[:-1].sum() / (count * free), gram[-1, :-1].sum() / (count * free)
        penalty = torch.full_like(gram[0], float((RIDGE_FRAMES / count).clamp_min(RIDGE) * count * (power - mean**2)))
        penalty[-1] = 0.0
        return torch.linalg.solve(gram + torch.diag(penalty + 1e-6), self._products).float()


def solve_ridge(inputs: Iterable[Tensor], targets: Iterable[Tensor]) -> Tensor:
    """Return weights [input, output] of a ridge regression (`RidgeSums`) of parts of inputs and targets."""
    sums = RidgeSums()
    for pair in zip(inputs, targets, strict=True):
        sums.add(*pair)
    return sums.weights()


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
