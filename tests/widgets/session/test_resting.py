"""Memory is given back in pauses, not between acts."""

import time

import pytest

import sda_lib
from sda_widgets.session import resting as module
from sda_widgets.session.resting import Resting
from sda_widgets.session.session import Session


@pytest.fixture
def given(monkeypatch):
    """Times at which memory was given back."""
    times = []
    monkeypatch.setattr(module, "return_freed_memory", lambda: times.append(time.monotonic()))
    return times


@pytest.fixture
def session(places, tiny_model_path):
    session = Session(places)
    session.open_model(tiny_model_path)
    yield session
    session.close()


def wait_for(times, count):
    end = time.monotonic() + 20
    while len(times) < count and time.monotonic() < end:
        time.sleep(0.01)
    assert len(times) == count


def test_once_after_each_pause(session, given):
    resting = Resting(session, 0.2)
    resting.watch()
    wait_for(given, 1)
    for seed in range(3):
        session.sound.create.generate(sda_lib.GenerateOptions(0.5, seed=seed))
    ended = time.monotonic()
    wait_for(given, 2)
    assert given[1] >= ended + 0.15
    resting.close()
    assert len(given) == 2


def test_not_after_it_was_closed(session, given):
    resting = Resting(session, 0.1)
    resting.watch()
    resting.close()
    session.sound.create.generate(sda_lib.GenerateOptions(0.5, seed=1))
    time.sleep(0.3)
    assert given == []
