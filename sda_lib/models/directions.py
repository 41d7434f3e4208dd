"""Directions: ways through latent space along which one feature of the sound changes, and the others as little as can be.

What moving latents does to a feature is asked of the decoder: latents are nudged at random, and the changes heard are
regressed on the nudges. The weights themselves are no way to move; of all moves with the same effect, the one is taken
that is shortest by the covariance of the corpus (the patterns of Haufe et al., "On the interpretation of weight vectors
of linear models", 2014), so that sounds stay among what the model knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

RIDGE = 1e-2
"""Penalty over the nudges' mean variance."""
ENTANGLED = 0.3
"""Share of its own size that is added to every feature's response, so that features which the sounds never take apart
are moved together a little rather than torn apart at any cost."""


@dataclass(frozen=True, eq=False)
class Directions:
    """vectors [direction, dim]: what one step of each adds to latents."""

    names: tuple[str, ...]
    vectors: np.ndarray

    def shift(self, steps: Mapping[str, float | np.ndarray], frames: int) -> np.ndarray:
        """What those steps, one number or one for every frame, add to latents [frame, dim]."""
        total = np.zeros((frames, self.vectors.shape[1]), np.float32)
        for name, amount in steps.items():
            along = np.broadcast_to(np.asarray(amount, np.float32), (frames,))
            total += along[:, None] * self.vectors[self.names.index(name)]
        return total


def fit(nudges: np.ndarray, changes: np.ndarray, covariance: np.ndarray, names: Sequence[str]) -> Directions:
    """From nudges of latents [n, dim], what each changed [n, direction] in standard deviations of the features, and the
    covariance of the corpus' latents [dim, dim]. A step is as long as a move of one standard deviation of what the
    corpus itself would do to the feature."""
    moved = nudges.T @ nudges / len(nudges)
    penalty = RIDGE * np.trace(moved) / len(moved) * np.eye(len(moved))
    weights = np.linalg.solve(moved + penalty, nudges.T @ changes / len(nudges))
    response = weights.T @ covariance @ weights
    own = np.diag(response).clip(1e-12)
    vectors = covariance @ weights @ np.linalg.inv(response + ENTANGLED * np.diag(own)) * np.sqrt(own)
    return Directions(tuple(names), vectors.T.astype(np.float32))
