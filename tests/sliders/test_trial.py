"""Trials of sliders with known responses, and the cards that summarize them."""

import numpy as np
import pytest

from sda_lib.directions.directions import STEPS, Response
from sda_lib.sliders.trial import Trial, card_of, needed_trials, rank_correlation, safe_ends

FOLLOWED = Response(tuple(2 * step for step in STEPS))


def measure(steps):
    """A warmth that follows its steps, one higher than the response, and half as much of loudness."""
    return [{"warmth": 2 * step + 1, "loudness": step} for step in steps]


def test_a_trial_compares_measurements_with_the_response():
    trial = Trial.of(FOLLOWED, "warmth", measure, anchor=False)
    assert trial.reach == (-4.0, 4.0)
    assert trial.rho == pytest.approx(1)
    assert trial.misses == pytest.approx([1.0] * 7)
    assert trial.slopes == pytest.approx({"warmth": 2.0, "loudness": 1.0})
    assert Trial.of(FOLLOWED, "warmth", measure, anchor=True).misses == pytest.approx([0.0] * 7)


def test_sounds_that_do_not_follow_have_only_a_reach():
    still = Response((0.0,) * len(STEPS))
    assert Trial.of(still, "warmth", measure, anchor=True) == Trial((0.0, 0.0))
    lost = Trial.of(FOLLOWED, "attack", lambda steps: [{"attack": np.nan} for _ in steps], anchor=False)
    assert lost == Trial((-4.0, 4.0))


def test_a_card_summarizes_trials():
    trials = [Trial.of(FOLLOWED, "warmth", measure, anchor=False), Trial((0.0, 0.0))]
    card = card_of("warmth", "dB", trials, {"warmth": 4.0, "loudness": 2.0}, (-1.0, 1.0))
    assert (card.name, card.unit, card.low, card.high) == ("warmth", "dB", -1.0, 1.0)
    assert (card.rho, card.slope, card.error) == pytest.approx((0.5, 2.0, 1.0))
    assert card.reach == pytest.approx((-2.0, 2.0))
    assert card.side == pytest.approx({"loudness": 1.0})


def test_a_card_without_trials_is_hidden():
    card = card_of("attack", "dB", [], {"attack": 1.0, "loudness": 1.0}, (0.0, 0.0))
    assert card.why_hidden
    assert card.side == {"loudness": 0.0}


def test_rank_correlation_and_safe_ends():
    assert rank_correlation([1, 2, 3], [2.0, 4.0, 8.0]) == pytest.approx(1)
    assert rank_correlation([1, 2, 3], [5.0, 5.0, 5.0]) == 0
    assert safe_ends(np.arange(101.0)) == (1.0, 99.0)
    assert safe_ends([]) == (0.0, 0.0)


def test_a_checked_measure_has_to_follow_as_well():
    def timed(steps):
        return [{"attack": step, "time": np.exp(-step) if step < 2 else 1.0} for step in steps]

    follows = Trial.of(
        FOLLOWED, "attack", lambda steps: timed(np.minimum(steps, 1.9)), anchor=False, check=("time", -1)
    )
    assert follows.rho > 0.95
    against = Trial.of(FOLLOWED, "attack", timed, anchor=False, check=("time", 1))
    assert against.rho < 0
    lost = Trial.of(
        FOLLOWED, "attack", lambda steps: [{"attack": one, "time": np.nan} for one in steps], False, ("time", 1)
    )
    assert lost == Trial((-4.0, 4.0))


@pytest.mark.parametrize(("factor", "rho"), [(1.1, 0), (1 / 1.1, 0), (1.4, 1), (1 / 1.4, -1)])
def test_a_checked_time_has_to_change_by_what_can_be_heard(factor, rho):
    """A time that grows from one end of the reach to the other by a factor, however steadily."""

    def timed(steps):
        return [{"decay": step, "time": factor ** (step / 8)} for step in steps]

    trial = Trial.of(FOLLOWED, "decay", timed, anchor=False, check=("time", 1))
    assert trial.rho == pytest.approx(rho)


def test_trials_end_when_the_mean_can_no_longer_be_enough():
    made = []

    def trials(*rhos):
        made.clear()
        for value in rhos:
            made.append(value)
            yield Trial((0.0, 1.0), value)

    assert len(needed_trials(trials(0.9, 0.9, 0.9, 0.9), 4)) == 4
    assert len(needed_trials(trials(1.0, 0.2, 1.0, 1.0), 4)) == 4  # exactly enough
    assert len(needed_trials(trials(0.1, 1.0, 1.0, 1.0), 4)) == 1
    assert made == [0.1]
    assert len(needed_trials(trials(1.0, 1.0, 0.1, 1.0), 4)) == 3
    assert needed_trials(trials(), 4) == []
