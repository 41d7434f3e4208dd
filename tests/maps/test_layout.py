"""Layout of dots: crowded ones are spread, distant ones stay, outliers are compressed."""

import time

import numpy as np
import pytest

from sda_lib.maps.layout import compressed, ranks, spread_apart


def test_crowded_dots_are_spread_and_distant_ones_stay():
    rng = np.random.default_rng(2)
    crowd = np.concatenate([rng.normal(0, 0.001, (30, 2)), [[-1.0, -1.0], [1.0, 1.0]]])
    out = spread_apart(crowd)
    gaps = np.linalg.norm(out[:, None] - out[None], axis=-1)[np.triu_indices(32, 1)]
    assert gaps.min() > 0.06
    assert np.array_equal(out[-2:], crowd[-2:])


def test_many_dots_are_spread_within_seconds():
    begin = time.perf_counter()
    spread_apart(np.random.default_rng(2).normal(0, 0.1, (1500, 2)))
    assert time.perf_counter() - begin < 5


def test_an_outlier_leaves_room_for_the_others():
    places = compressed(np.append(np.linspace(-1, 1, 99), 20.0)[:, None])
    assert np.abs(places).max() <= 1
    assert places[98, 0] - places[0, 0] > 4 * 2 / 20


def test_ranks_are_scaled_and_ties_keep_their_order():
    assert ranks(np.array([3.0, 1.0, 3.0])) == pytest.approx([0.5, 0.0, 1.0])
    assert ranks(np.array([7.0])).tolist() == [0.0]
