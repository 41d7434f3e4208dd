"""The cheapest path is that of an exhaustive search; a beam keeps few paths."""

from itertools import pairwise, product

import numpy as np
import pytest

from sda_lib.writers.viterbi import CheapestPaths

FRAMES, CANDIDATES = 5, 4


def paths_of(costs, steps, beam=None):
    paths = CheapestPaths()
    for frame, cost in enumerate(costs):
        paths.extend(10 * frame + np.arange(CANDIDATES), cost, steps[frame - 1] if frame else None, beam)
    return paths


@pytest.mark.parametrize("seed", range(5))
def test_the_cheapest_path_is_found(seed):
    generator = np.random.default_rng(seed)
    costs = generator.random((FRAMES, CANDIDATES))
    steps = generator.random((FRAMES - 1, CANDIDATES, CANDIDATES))
    last = generator.random(CANDIDATES)

    def total(path):
        between = sum(steps[frame][one, other] for frame, (one, other) in enumerate(pairwise(path)))
        return between + costs[np.arange(FRAMES), path].sum() + last[path[-1]]

    best = min(product(range(CANDIDATES), repeat=FRAMES), key=lambda path: total(list(path)))
    found = paths_of(costs, steps).cheapest(last)
    assert found.tolist() == [10 * frame + one for frame, one in enumerate(best)]


def test_a_beam_of_one_is_greedy():
    costs, steps = np.array([[0.0, 0.1], [9.0, 9.0]]), np.array([[[5.0, 6.0], [0.0, 0.0]]])
    paths = CheapestPaths()
    paths.extend(np.array([0, 1]), costs[0], beam=1)
    paths.extend(np.array([2, 3]), costs[1], steps[0][:1], beam=1)
    assert paths.cheapest().tolist() == [0, 2]
    assert len(paths.grains) == 1
