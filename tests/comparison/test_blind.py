"""Blind votes and ABX trials."""

import collections

import pytest
from scipy.stats import binomtest

from sda_lib.comparison.blind import AbxTrials, BlindVotes, binomial_p, new_seed, result_in_words
from sda_lib.errors import SdaError

NAMES = ("A", "B", "C", "D")


def test_the_p_value_is_that_of_the_exact_binomial_test():
    for trials in (1, 5, 10, 16, 40):
        for correct in range(trials + 1):
            exact = binomtest(correct, trials, 0.5, alternative="greater").pvalue
            assert binomial_p(correct, trials) == pytest.approx(exact, rel=1e-9)
    assert binomial_p(0, 0) == 1
    with pytest.raises(SdaError, match="0 to 4"):
        binomial_p(5, 4)


def test_every_order_occurs_equally_often_and_follows_from_the_seed():
    votes = BlindVotes(NAMES, seed=5)
    orders = collections.Counter()
    for _ in range(2400):
        orders[votes.order] += 1
        votes = votes.answer("1")
    assert len(orders) == 24
    assert min(orders.values()) > 60  # of 100 expected
    assert BlindVotes(NAMES, seed=5).order == BlindVotes(NAMES, seed=5).order
    assert len({new_seed() for _ in range(50)}) == 50


def test_votes_count_for_the_sound_behind_the_label():
    votes = BlindVotes(NAMES, seed=1)
    for _ in range(7):
        votes = votes.answer(votes.labels[votes.order.index("C")])
    assert votes.counts == {"A": 0, "B": 0, "C": 7, "D": 0}
    assert result_in_words(votes) == "Votes: A 0, B 0, C 7, D 0."
    with pytest.raises(SdaError, match="1, 2, 3, 4"):
        votes.answer("C")
    with pytest.raises(SdaError, match="two sounds"):
        BlindVotes(("A",))


def test_abx_counts_right_answers():
    perfect, wrong = AbxTrials(("rain", "snow"), seed=3), AbxTrials(("rain", "snow"), seed=3)
    for _ in range(10):
        assert perfect.order[2] == dict(zip("AB", perfect.names, strict=True))[perfect.x]
        perfect, wrong = perfect.answer(perfect.x), wrong.answer("B" if wrong.x == "A" else "A")
    assert (perfect.correct, perfect.p_value) == (10, 2**-10)
    assert (wrong.correct, wrong.p_value) == (0, 1.0)
    assert {perfect.x_of(trial) for trial in range(10)} == {"A", "B"}
    assert result_in_words(perfect) == "ABX of rain and snow: 10 of 10 right, p = 0.00098."
    with pytest.raises(SdaError, match="A or B"):
        perfect.answer("X")
