"""The time left of a training goes to the end of the whole run."""

import pytest

from sda_lib.config import Recipe
from sda_lib.events import Event
from sda_lib.runs import time_left
from sda_lib.runs.time_left import LEFT, TimeLeft
from sda_lib.training.estimate import CHECKING, LEAST_WORK, STEP_SECONDS, fit_seconds, slider_seconds

MINUTE = Recipe().override(train__minutes=1)


@pytest.fixture
def clock(monkeypatch):
    """Seconds of the clock and of work, which the test sets."""
    now = {"monotonic": 0.0, "process_time": 0.0}
    for name in now:
        monkeypatch.setattr(time_left.time, name, lambda name=name: now[name])
    return now


def seconds_of(left, **values):
    return left.with_time_left(Event("progress", values=values)).values[LEFT]


def test_on_a_free_machine_the_budget_and_the_sliders_are_left(clock):
    left = TimeLeft(MINUTE, 20.0, True, slowness=1.0)
    assert seconds_of(left) == pytest.approx(60 + slider_seconds(20.0))
    clock["monotonic"] = 10.0
    assert seconds_of(left) == pytest.approx(50 + slider_seconds(20.0))


def test_on_a_busy_machine_the_first_model_and_the_sliders_take_longer(clock):
    left, least = TimeLeft(MINUTE, 20.0, True, slowness=12.0), LEAST_WORK * STEP_SECONDS + CHECKING
    assert seconds_of(left) == pytest.approx(12 * (fit_seconds(20.0) + least + slider_seconds(20.0)))


def test_steps_that_are_given_take_their_time(clock):
    recipes = (Recipe().override(train__steps=steps) for steps in (100, 200))
    one, two = (seconds_of(TimeLeft(recipe, 20.0, False, slowness=2.0)) for recipe in recipes)
    assert two - one == pytest.approx(2 * 100 * STEP_SECONDS)


def test_sliders_are_added_to_the_time_of_the_steps_as_slow_as_the_run_was(clock):
    left = TimeLeft(MINUTE, 20.0, True, slowness=3.0)
    clock.update(monotonic=30.0, process_time=10.0)
    assert seconds_of(left, seconds_left=20.0) == pytest.approx(20 + 3 * slider_seconds(20.0))
    assert seconds_of(TimeLeft(MINUTE, 20.0, False, slowness=1.0), seconds_left=20.0) == 20


def test_other_events_stay_as_they_are(clock):
    event = Event("metrics", values={"held_out": 1.0})
    assert TimeLeft(MINUTE, 20.0, True, slowness=1.0).with_time_left(event) is event


def test_the_first_steps_of_fitting_sliders_have_a_time_left_too(clock):
    left = TimeLeft(MINUTE, 20.0, True, slowness=2.0)
    first = left.with_time_left_of_sliders(Event("progress", message="trying out the sliders, 0%: measuring"))
    assert first.values[LEFT] == pytest.approx(2 * slider_seconds(20.0))
    later = Event("progress", values={LEFT: 12.0})
    assert left.with_time_left_of_sliders(later) is later
