"""Envelopes of procedural sounds."""

import numpy as np
import pytest

from sda_lib.synthesis.draw import Draw
from sda_lib.synthesis.envelopes import attack, envelope, held, raised, repeated, smooth, struck, swell, trembling

KINDS = (struck, held, swell, trembling, repeated, envelope)


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("length", [1, 2, 400, 20_000])
def test_levels_lie_between_silence_and_full(make, length):
    for seed in range(12):
        level = make(Draw((seed,), 22050, length))
        assert level.shape == (length,)
        assert level.min() >= -1e-6
        assert level.max() <= 1 + 1e-5


def test_a_strike_is_early_and_dies_away():
    for seed in range(20):
        level = struck(Draw((seed,), 22050, 44100), 0.05, 0.3)
        assert level.argmax() < 0.2 * len(level)
        assert level[-1] < 0.01


def test_some_sounds_end_silent_and_some_loud():
    ends = [held(Draw((seed,), 22050, 22050))[-1] for seed in range(60)]
    assert sum(end < 0.01 for end in ends) > 10
    assert sum(end > 0.2 for end in ends) > 10


def test_an_attack_takes_the_time_between_its_limits():
    for seed in range(20):
        rise = attack(Draw((seed,), 10_000, 10_000), 0.01, 0.1)
        assert np.all(np.diff(rise) >= 0)
        assert 99 <= np.flatnonzero(rise == 1)[0] <= 1001


def test_smooth_curves_pass_their_values():
    values = np.array([0.0, 1.0, 0.25])
    curve = smooth(Draw((0,), 100, 201), values)
    assert curve[[0, 100, 200]] == pytest.approx(values)
    assert curve[50] == pytest.approx(0.5)
    assert raised(np.array([5.0]), values)[0] >= 0  # places beyond the end are read at its last piece
