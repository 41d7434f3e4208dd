"""Windows are pooled in pairs where there are too many, so that their number is limited."""

import numpy as np
import pytest

from sda_lib.audio.pooled import PooledWindows


@pytest.mark.parametrize("count", [5, 16, 17, 64, 133])
def test_pooled_windows_are_those_of_larger_ones(count):
    values = np.random.default_rng(0).standard_normal(count).astype(np.float32)
    highest, lowest = PooledWindows(np.maximum, most=16), PooledWindows(np.minimum, most=16)
    for first in range(0, count, 8):
        highest.add(values[first : first + 8])
        lowest.add(values[first : first + 8])
    assert highest.factor == lowest.factor
    assert len(highest.values) <= 16
    starts = np.arange(0, count, highest.factor)
    assert np.array_equal(highest.values, np.maximum.reduceat(values, starts))
    assert np.array_equal(lowest.values, np.minimum.reduceat(values, starts))


def test_few_windows_stay_as_they_are():
    pooled = PooledWindows(np.maximum)
    assert not len(pooled.values)
    pooled.add(np.arange(3, dtype=np.float32))
    assert (pooled.values.tolist(), pooled.factor) == ([0, 1, 2], 1)
