"""Pitch over time."""

import numpy as np
import pytest

from sda_lib.synthesis.draw import Draw
from sda_lib.synthesis.pitches import bend, drop, glide, played, steps, vibrato, wander


@pytest.mark.parametrize("make", [vibrato, glide, drop, steps, wander])
@pytest.mark.parametrize("length", [1, 30, 20_000])
def test_factors_are_positive_and_within_some_octaves(make, length):
    for seed in range(12):
        curve = make(Draw((seed,), 22050, length))
        assert curve.shape == (length,)
        assert 0.3 < curve.min() <= curve.max() < 8


def test_each_curve_does_what_it_is_called():
    draw = Draw((1,), 22050, 44100)
    assert vibrato(draw).mean() == pytest.approx(1, abs=0.01)
    fall = drop(draw)
    assert np.all(np.diff(fall) <= 0)
    assert fall[-1] == pytest.approx(1, abs=0.01)
    assert np.abs(12 * np.log2(steps(draw)) % 1 - 0.5).min() > 0.499
    line = np.log2(glide(draw))
    assert np.all(np.sign(np.diff(line)) * np.sign(line[-1]) >= -1e-6)


def test_many_pitches_stay():
    assert 20 < sum(bend(Draw((seed,), 8000, 100)) is None for seed in range(100)) < 60
    assert 30 < sum(played(Draw((seed,), 8000, 100)) is None for seed in range(100)) < 70
