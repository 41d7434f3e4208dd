"""Directions: ways through latent space along which one feature of the sound changes and the others as little as can be.

Which way a feature lies is told by a ridge regression of it on the latents. The weights themselves are no way to move:
they point where noise is cancelled (Haufe et al., "On the interpretation of weight vectors of linear models", 2014).
The patterns, covariance times weights, are; and of all moves that change one prediction and leave the others alone,
the one is taken that is shortest by the covariance of the corpus, so that sounds stay among what the model knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RIDGE = 1e-2
"""Penalty over the latents' mean variance."""
ENTANGLED = 0.1
"""Share of its own variance that is added to every prediction's, so that features which the corpus never takes apart
are moved together a little rather than torn apart at any cost."""


@dataclass(frozen=True, eq=False)
class Directions:
    """vectors [direction, dim]: what is added to latents for one step of each, which moves the predicted feature by one
    of its standard deviations in the corpus; `explained` [direction] R squared of the predictions."""

    names: tuple[str, ...]
    vectors: np.ndarray
    explained: np.ndarray

    def shift(self, amounts: dict[str, float | np.ndarray], frames: int) -> np.ndarray:
        """What those amounts, in steps, one or one for every frame, add to latents [frame, dim]."""
        total = np.zeros((frames, self.vectors.shape[1]), np.float32)
        for name, amount in amounts.items():
            steps = np.broadcast_to(np.asarray(amount, np.float32), (frames,))
            total += steps[:, None] * self.vectors[self.names.index(name)]
        return total


def fit(latents: np.ndarray, features: np.ndarray, weight: np.ndarray, names: Sequence[str]) -> Directions:
    """From latents [frame, dim], features [frame, direction] and what every frame counts [frame]."""
    share = (weight / weight.sum())[:, None]
    x, y = latents - (share * latents).sum(0), features - (share * features).sum(0)
    spread = np.sqrt((share * y**2).sum(0)) + 1e-12
    y = y / spread
    covariance, with_features = x.T @ (share * x), x.T @ (share * y)
    penalty = RIDGE * np.trace(covariance) / len(covariance)
    weights = np.linalg.solve(covariance + penalty * np.eye(len(covariance)), with_features)
    predicted = weights.T @ covariance @ weights
    tied = predicted + ENTANGLED * np.diag(np.diag(predicted))
    vectors = covariance @ weights @ np.linalg.inv(tied) * np.sqrt(np.diag(predicted))
    missed = (share * (y - x @ weights) ** 2).sum(0)
    return Directions(tuple(names), vectors.T.astype(np.float32), 1 - missed)


def principal(latents: np.ndarray, weight: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The axes along which latents [frame, dim] vary most: a standard deviation of each [count, dim], and its share of
    the variance [count]."""
    share = (weight / weight.sum())[:, None]
    x = latents - (share * latents).sum(0)
    values, axes = np.linalg.eigh(x.T @ (share * x))
    values, axes = values[::-1][:count].clip(0), axes[:, ::-1][:, :count]
    return (axes * np.sqrt(values)).T.astype(np.float32), values / max(float(np.var(x, 0).sum()), 1e-12)
