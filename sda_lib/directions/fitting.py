"""Fit directions to the effects of nudges on the decoder's sound.

Latents are nudged at random, and the changes of the features are regressed on the nudges. The regression weights
themselves are no useful direction; of all moves with the same effect, the one that is shortest by the covariance of the
corpus is taken (the patterns of Haufe et al., "On the interpretation of weight vectors of linear models", 2014), so
that sounds stay within the model's domain. With `place_axes`, effects and directions depend linearly on where a frame
is among the recordings.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sda_lib.directions.directions import Bends, Directions, places

# Ridge penalties relative to the mean variance of the inputs: of the features' changes, and of the steps over places.
RIDGE, RIDGE_PLACES = 0.1, 1e-4
# Share of each feature's own response that is added to it, so that features which are always correlated in the sounds
# move together a little instead of being separated at any cost.
SHRINKAGE = 0.3


def principal_axes(covariance: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the latents' `count` principal axes: vectors [axis, dim] one standard deviation long, and their shares of
    the variance [axis]."""
    widths, vectors = np.linalg.eigh(covariance)
    widths, vectors = widths[::-1][:count].clip(0), vectors.T[::-1][:count]
    return (vectors * np.sqrt(widths)[:, None]).astype(np.float32), widths / np.trace(covariance).clip(1e-12)


def fit_directions(
    bases: np.ndarray,
    nudges: np.ndarray,
    changes: np.ndarray,
    covariance: np.ndarray,
    names: Sequence[str],
    place_axes: int = 0,
) -> Directions:
    """Fit directions whose step is as long as a move by one standard deviation of the corpus' own variation.

    They are straight without `place_axes`, else bent.

    Args:
        bases: latents that are nudged [n, dim].
        nudges: random moves of latents [n, dim].
        changes: the change that each nudge caused [n, direction], in standard deviations of the features.
        covariance: covariance of the corpus' latents [dim, dim].
        names: names of the directions.
        place_axes: number of principal axes along which a frame's place is measured.
    """
    axes = _axes_of_places(bases, covariance, place_axes)
    around = np.concatenate([np.ones((len(bases), 1)), places(bases, axes)], 1)
    widths = np.linalg.cholesky(covariance + 1e-6 * np.eye(len(covariance)))
    whitened = np.linalg.solve(widths, nudges.T).T
    weights = _ridge((around[:, :, None] * whitened[:, None]).reshape(len(bases), -1), changes, RIDGE)
    effects = np.tensordot(around, weights.reshape(around.shape[1], -1, len(names)), 1)  # [n, dim, direction]
    steps = np.einsum("de,nef->nfd", widths, _patterns(effects)).reshape(len(bases), -1)
    fitted = _ridge(around, steps, RIDGE_PLACES).reshape(around.shape[1], len(names), -1).astype(np.float32)
    bends = Bends(np.ascontiguousarray(fitted[1:].swapaxes(0, 1)), axes.astype(np.float32)) if len(axes) else None
    return Directions(tuple(names), np.ascontiguousarray(fitted[0]), bends)


def _axes_of_places(bases: np.ndarray, covariance: np.ndarray, count: int) -> np.ndarray:
    """Return the axes of `Bends`, principal axes around the mean of latents [n, dim]."""
    vectors, _ = principal_axes(covariance, min(count, len(covariance)))
    axes = vectors / np.square(vectors).sum(1, keepdims=True).clip(1e-9)
    return np.concatenate([axes, -axes @ bases.mean(0)[:, None]], 1)


def _patterns(effects: np.ndarray) -> np.ndarray:
    """Return steps [n, dim, direction] with the effects [n, dim, direction] of the whitened latents' features."""
    response = np.einsum("ndf,ndg->nfg", effects, effects)
    own = np.square(effects).sum(1).mean(0).clip(1e-12)
    return effects @ np.linalg.inv(response + SHRINKAGE * np.diag(own)) * np.sqrt(own)


def _ridge(inputs: np.ndarray, targets: np.ndarray, penalty: float) -> np.ndarray:
    """Return the weights [input, target] of a ridge regression, penalized relative to the inputs' mean power."""
    power = inputs.T @ inputs / len(inputs)
    power += penalty * np.trace(power) / len(power) * np.eye(len(power))
    return np.linalg.solve(power, inputs.T @ targets / len(inputs))
