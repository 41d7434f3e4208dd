"""Sample with temperature, top-k and top-p (nucleus sampling).

`sample_jump(np.array([0.0, 0.1, 5.0]), temperature=0.5, top_k=48, top_p=1.0, generator=generator)` returns 0 or 1 with
nearly equal probability, and 2 hardly ever.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

# Temperature at which codes follow the prior's own probabilities.
AS_LEARNED = 0.6
# Lowest temperature; lower ones are treated as this one.
COLDEST = 1e-3


def sample(weights: np.ndarray, generator: Generator) -> np.ndarray:
    """Sample an index along the last axis of weights [..., n], with probability proportional to its weight."""
    summed = np.cumsum(weights, -1)
    threshold = generator.random((*weights.shape[:-1], 1)) * summed[..., -1:]
    return np.minimum((summed <= threshold).sum(-1), weights.shape[-1] - 1)


def keep_top_k(weights: np.ndarray, top_k: int) -> np.ndarray:
    """Return weights [row, n] with all but the `top_k` largest of each row set to 0; ties at the limit are kept."""
    if top_k >= weights.shape[1]:
        return weights
    place = weights.shape[1] - top_k
    return np.where(weights < np.partition(weights, place, axis=1)[:, place, None], 0, weights)


def keep_top_p(weights: np.ndarray, top_p: float) -> np.ndarray:
    """Return descending weights [..., n] with all but the first whose shares sum to `top_p` set to 0.

    At least one is kept.
    """
    before = np.cumsum(weights, -1) - weights
    beyond = before >= (top_p - 1e-9) * weights.sum(-1, keepdims=True)
    beyond[..., 0] = False
    return np.where(beyond, 0, weights)


def sample_jump(costs: np.ndarray, temperature: float, top_k: int, top_p: float, generator: Generator) -> int:
    """Sample an index of costs [n] by a softmax at a temperature.

    Only the `top_k` lowest finite costs count, and of these the likeliest whose probabilities sum to `top_p`.
    """
    order = np.argsort(costs, kind="stable")[: max(1, top_k)]
    order = order[np.isfinite(costs[order])]
    weights = np.exp(-(costs[order] - costs[order[0]]) / max(temperature, COLDEST))
    return int(order[sample(keep_top_p(weights / weights.sum(), top_p), generator)])


def sample_codes(logits: np.ndarray, temperature: float, top_k: int, top_p: float, generator: Generator) -> np.ndarray:
    """Sample a code [row] per row of log-likelihoods [row, code]; AS_LEARNED is the temperature that keeps them."""
    weights = np.exp((logits - logits.max(1, keepdims=True)) * (AS_LEARNED / max(temperature, COLDEST)))
    weights = keep_top_k(weights, top_k)
    if top_p < 1:
        order = np.argsort(-weights, axis=1)
        np.put_along_axis(weights, order, keep_top_p(np.take_along_axis(weights, order, 1), top_p), 1)
    return sample(weights, generator)


def sample_softmax(costs: np.ndarray, generator: Generator) -> int:
    """Sample an index of costs [n] with probability proportional to exp(-cost)."""
    return int(sample(np.exp(costs.min() - costs), generator))
