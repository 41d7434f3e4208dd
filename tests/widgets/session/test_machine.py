"""The page measures how slow the machine is, at most once in a while."""

import time

from sda_widgets.session import machine
from sda_widgets.training.training_view import BUSY, TrainingView


def measured(session):
    end = time.monotonic() + 30
    while session.machine.is_measuring:
        assert time.monotonic() < end
        session.tick()
        time.sleep(0.01)


def test_it_is_measured_in_the_background_and_then_rests(session, monkeypatch):
    found = iter([3.0, 4.0])
    monkeypatch.setattr(machine, "background_slowness", lambda: next(found))
    session.machine.measure()
    assert session.machine.is_measuring
    assert session.is_expecting
    measured(session)
    assert session.machine.slowness == 3.0
    session.machine.measure()
    assert not session.machine.is_measuring


def test_the_forecast_says_that_the_machine_is_busy(session, tiny_corpus):
    view = TrainingView(session)
    session.scan.start(tiny_corpus)
    assert BUSY not in view.expected.value
    before = view.expected.value
    session.machine.slowness = 5.0
    assert BUSY in view.expected.value
    assert view.expected.value != before
