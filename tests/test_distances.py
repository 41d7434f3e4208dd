"""Squared distances of arrays and tensors."""

import numpy as np
import pytest
import torch

from sda_lib.distances import squared_distances


@pytest.mark.parametrize("kind", [np.asarray, torch.tensor])
@pytest.mark.parametrize("batch", [(), (3,)])
def test_squared_distances_are_those_of_all_pairs(kind, batch):
    generator = np.random.default_rng(0)
    a, b = generator.standard_normal((*batch, 5, 4)), generator.standard_normal((*batch, 7, 4))
    expected = np.square(a[..., :, None, :] - b[..., None, :, :]).sum(-1)
    assert np.asarray(squared_distances(kind(a), kind(b))) == pytest.approx(expected)


def test_a_distance_is_never_negative():
    rows = np.random.default_rng(0).standard_normal((50, 48)).astype(np.float32) * 1e3
    assert squared_distances(rows, rows).min() >= 0
