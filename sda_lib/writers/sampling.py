"""Sampling among costs with temperature, top-k and top-p."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from sda_lib.writers.request import Request


def sample_jump(costs: np.ndarray, request: Request, generator: Generator) -> int:
    """Sample an index of costs [n] by a softmax at the request's temperature.

    Only the `top_k` lowest finite costs count, and of these the likeliest whose probabilities sum to `top_p`.
    """
    order = np.argsort(costs, kind="stable")[: max(1, request.top_k)]
    order = order[np.isfinite(costs[order])]
    weights = np.exp(-(costs[order] - costs[order[0]]) / max(request.temperature, 1e-3))
    summed = np.cumsum(weights / weights.sum())
    kept = min(int(np.searchsorted(summed, request.top_p - 1e-9)) + 1, len(order))
    return int(order[min(int(np.searchsorted(summed, generator.random() * summed[kept - 1])), kept - 1)])


def sample_softmax(costs: np.ndarray, generator: Generator) -> int:
    """Sample an index of costs [n] with probability proportional to exp(-cost)."""
    summed = np.cumsum(np.exp(costs.min() - costs))
    return int(np.searchsorted(summed, generator.random() * summed[-1]))
