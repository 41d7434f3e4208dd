"""Successive halving: rungs at equal steps, the best third goes on, and what is due follows from the states alone."""

import itertools
import math
import random

import pytest

from sda_lib.config import Recipe
from sda_lib.sweeps.halving import TrialState, due, kept_of, last_arms, rungs, steps_left, survivors
from sda_lib.sweeps.plan import Arm, SweepPlan


def plan(arms=12, corpora=1, seeds=3, steps=900):
    recipe = Recipe().override(train__steps=steps)
    names = tuple(f"c{number}" for number in range(corpora))
    return SweepPlan(names, names, tuple({"a": number} for number in range(arms)), ((recipe,) * arms,) * corpora, seeds)


@pytest.mark.parametrize(
    ("arms", "wanted"),
    [(1, (900,)), (2, (900,)), (3, (300, 900)), (6, (300, 900)), (7, (100, 300, 900)), (12, (100, 300, 900))],
)
def test_rungs_are_a_ninth_and_a_third_where_there_are_enough_arms(arms, wanted):
    assert rungs(900, arms) == wanted
    assert rungs(900, arms, everything=True) == (900,)


def test_steps_that_are_no_multiple_of_nine_are_rounded_up_as_the_checks_are():
    assert rungs(100, 12) == (12, 34, 100)
    for steps in range(1, 200):
        checks = [step for step in range(1, steps + 1) if int(step / steps * 9) > int((step - 1) / steps * 9)]
        assert set(rungs(steps, 12)) <= set(checks)


def test_the_best_third_survives_and_no_fewer_than_two():
    distances = {Arm(0, number): float(number % 5) for number in range(12)}
    assert survivors(distances) == [Arm(0, 0), Arm(0, 1), Arm(0, 5), Arm(0, 10)]
    assert [kept_of(count) for count in (1, 2, 3, 4, 6, 7, 12)] == [1, 2, 2, 2, 2, 3, 4]
    assert survivors({Arm(0, 0): math.inf, Arm(0, 1): 2.0, Arm(0, 2): 1.0}) == [Arm(0, 1), Arm(0, 2)]


def carried_out(plan, distance, order, everything=False):
    """States after a sweep whose workers finish in a random order; and the steps that were taken."""
    states, taken = {}, 0
    while found := due(plan, states, everything):
        one = order.choice(found)
        before = states[one.trial].step if one.trial in states else 0
        taken += one.until - before
        states[one.trial] = TrialState(
            one.until, distance(one.trial, one.until), one.until == plan.steps(one.trial.arm)
        )
    return states, taken


def test_the_winner_does_not_depend_on_the_order_and_most_steps_are_spared():
    chosen = plan(corpora=2)

    def distance(trial, step):
        return 1 + abs(trial.arm.number - 7) / 10 + trial.seed / 100 + 1 / step

    found = [carried_out(chosen, distance, random.Random(number)) for number in range(5)]
    for states, taken in found:
        assert states == found[0][0]
        assert taken == 2 * 3 * (12 * 100 + 4 * 200 + 2 * 600)
    for corpus in range(2):
        assert last_arms(chosen, corpus, found[0][0]) == [Arm(corpus, 6), Arm(corpus, 7)]


def test_a_training_that_fails_is_left_behind_and_one_that_ends_early_counts():
    chosen = plan(arms=3, seeds=2)
    states = {trial: TrialState(300, 2.0 - trial.arm.number) for arm in chosen.arms for trial in chosen.trials(arm)}
    broken, early = chosen.trials(Arm(0, 2))[0], chosen.trials(Arm(0, 1))[1]
    states[broken] = TrialState(0, math.inf, ended=True)
    states[early] = TrialState(300, 1.0, ended=True)
    assert last_arms(chosen, 0, states) == [Arm(0, 0), Arm(0, 1)]
    assert {one.trial for one in due(chosen, states)} == {*chosen.trials(Arm(0, 0)), chosen.trials(Arm(0, 1))[0]}


def test_steps_left_fall_to_zero_as_they_are_taken():
    chosen = plan(corpora=2, seeds=1)
    states = {}
    assert steps_left(chosen, {}) == 2 * (12 * 100 + 4 * 200 + 2 * 600)
    assert steps_left(chosen, {}, everything=True) == 2 * 12 * 900
    for count in itertools.count():
        found = due(chosen, states)
        if not found:
            break
        left = steps_left(chosen, states)
        before = states[found[0].trial].step if found[0].trial in states else 0
        states[found[0].trial] = TrialState(found[0].until, 1.0, found[0].until == 900)
        assert steps_left(chosen, states) == left - (found[0].until - before), count
    assert steps_left(chosen, states) == 0
