"""Estimates of the time that a run takes."""

import pytest

from sda_lib.config import Recipe
from sda_lib.training.estimate import LEAST_WORK, STEP_SECONDS, forecast, known_step_seconds
from sda_lib.training.optimize import LEAST_STEPS
from sda_lib.training.step_plan import COLD_STEPS, TRIAL_STEPS


def test_a_forecast_follows_minutes_steps_and_the_machine():
    quick, best = (forecast(Recipe().override(train__minutes=minutes), 60) for minutes in (0.5, 8))
    assert best.seconds - quick.seconds == pytest.approx(450)
    assert best.steps > 10 * quick.steps
    assert forecast(Recipe().override(train__minutes=0), 60).steps == 0
    assert forecast(Recipe().override(train__steps=700), 60).steps == 700
    assert forecast(Recipe(), 60, 2 * STEP_SECONDS).steps == pytest.approx(forecast(Recipe(), 60).steps / 2, abs=1)
    assert known_step_seconds([{}, {"steps": 3, "seconds": 9}, {"steps": 400, "seconds": 80}]) == 0.2
    assert known_step_seconds([]) == STEP_SECONDS


def test_a_busy_machine_takes_longer_though_the_budget_of_steps_stays():
    free, busy = (forecast(Recipe().override(train__minutes=1), 60, slowness=slow) for slow in (1.0, 10.0))
    assert busy.first == pytest.approx(10 * free.first)
    assert free.seconds < busy.seconds < 10 * free.seconds
    assert busy.steps < free.steps / 10


def test_the_least_work_of_a_run_is_what_it_does():
    assert LEAST_WORK == 2 * (COLD_STEPS + TRIAL_STEPS) + LEAST_STEPS  # both numbers of threads are timed


def test_it_fits_two_trainings_on_a_busy_machine():
    """A minute on ten sounds of 22 s, with a load of 11 on two cores: seconds until the end, at the slowness that was
    measured before."""
    recipe = Recipe().override(train__minutes=1)
    for slowness, seconds in ((15.8, 772), (27.7, 1239)):
        assert forecast(recipe, 22.0, slowness=slowness).seconds == pytest.approx(seconds, rel=0.2)
