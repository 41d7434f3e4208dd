"""The random choices of a procedural sound."""

import numpy as np

from sda_lib.synthesis.draw import Draw


def test_equal_seeds_draw_equally_and_others_do_not():
    first, again, other = (Draw(seed, 44100, 1000) for seed in ((3, 1), (3, 1), (3, 2)))
    assert first.between(0, 1) == again.between(0, 1) != other.between(0, 1)
    assert np.array_equal(first.noise(), again.noise())


def test_takes_share_parameters_but_not_details():
    draw = Draw((5,), 48000, 500)
    draw.between(0, 1)  # what was drawn before doesn't matter
    left, right = draw.again(0), draw.again(1, 200)
    assert left.log_between(20, 2000) == right.log_between(20, 2000)
    assert (left.length, right.length) == (500, 200)
    assert not np.array_equal(left.noise(200), right.noise(200))


def test_parts_are_sounds_of_their_own():
    draw = Draw((5,), 48000, 500, take=1)
    first, second = draw.part(100), draw.part(0)
    assert (first.rate, first.length, first.take, second.length) == (48000, 100, 1, 1)
    assert first.seed != second.seed


def test_numbers_stay_within_their_limits():
    draw = Draw((0,), 44100, 1)
    assert {draw.whole(1, 3) for _ in range(50)} == {1, 2, 3}
    assert {draw.choice("ab") for _ in range(50)} == {"a", "b"}
    octaves = np.log2(draw.log_numbers(100, 1600, 2000) / 100)
    assert 0 <= octaves.min() < octaves.max() <= 4
    assert np.histogram(octaves, 4, (0, 4))[0].min() > 400  # every octave alike
    assert 300 < sum(draw.chance(0.4) for _ in range(1000)) < 500


def test_times_and_durations():
    draw = Draw((0,), 8000, 16)
    assert (draw.seconds, draw.samples(0.5), draw.samples(0)) == (0.002, 4000, 1)
    assert np.allclose(draw.times, np.arange(16) / 8000)
    assert draw.highest < 4000
