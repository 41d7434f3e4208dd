"""Blind votes and ABX trials."""

import collections

import pytest
from scipy.stats import binomtest

from sda_lib.comparison.blind import AbxTrials, BlindVotes, binomial_p, new_seed, result_in_words, result_to_plain
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
    names = "rain", "snow"
    perfect, wrong = AbxTrials(names, seed=3), AbxTrials(names, seed=3)
    for trial in range(10):
        x = perfect.order[2]
        assert x == perfect.x_of(trial) == wrong.x_of(trial)
        perfect, wrong = perfect.answer(x), wrong.answer(names[x == names[0]])
    assert perfect.labels == ("rain", "snow", "X")
    assert (perfect.correct, perfect.p_value) == (10, 2**-10)
    assert (wrong.correct, wrong.p_value) == (0, 1.0)
    assert {perfect.x_of(trial) for trial in range(10)} == set(names)
    assert result_in_words(perfect) == "ABX of rain and snow: 10 of 10 right, p = 0.00098."
    with pytest.raises(SdaError, match="rain or snow"):
        perfect.answer("X")
    for same in (("rain", "rain"), ("X", "rain")):
        with pytest.raises(SdaError, match="names of their own"):
            AbxTrials(same)


def test_results_become_plain_data():
    assert result_to_plain(BlindVotes(("a", "b"), 1, ("b",))) == {"kind": "votes", "names": ["a", "b"], "votes": ["b"]}
    found = result_to_plain(AbxTrials(("a", "b"), 1, ("a", "a", "b")))
    assert found["kind"] == "abx"
    assert len(found["x"]) == 3
    right = sum(x == answer for x, answer in zip(found["x"], found["answers"], strict=True))
    assert found["p"] == binomial_p(right, 3)
