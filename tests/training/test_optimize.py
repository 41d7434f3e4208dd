"""The learning rate, and runs that end by the clock."""

import time

import pytest

from sda_lib.training.optimize import LEAST_STEPS, StepBudget, learning_rate_factor


def test_schedule_rises_and_falls():
    assert (
        learning_rate_factor(0.01) < learning_rate_factor(0.05) > learning_rate_factor(0.5) > learning_rate_factor(0.99)
    )
    assert learning_rate_factor(1.0) == pytest.approx(0)


def test_a_late_run_ends_by_the_clock():
    on_time, late, untimed = (
        StepBudget(100, 60.0, time.monotonic()),
        StepBudget(100, 60.0, time.monotonic() - 50),
        StepBudget(100, None, 0),
    )
    assert on_time.progress(50) == untimed.progress(50) == 0.5
    assert late.progress(50) == pytest.approx(50 / 60 - 0.1, abs=0.01)
    assert StepBudget(100, 60.0, time.monotonic() - 90).progress(LEAST_STEPS) == 1.0
    assert StepBudget(100, 60.0, time.monotonic() - 90).progress(LEAST_STEPS - 1) < 1.0
