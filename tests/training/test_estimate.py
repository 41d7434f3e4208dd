"""Estimates of the time that a run takes."""

import pytest

from sda_lib.config import Recipe
from sda_lib.training.estimate import STEP_SECONDS, forecast, known_step_seconds


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
