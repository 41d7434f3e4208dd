"""The starter is made in the background, with the time left and a way to end it."""

import time

import pytest

from sda_lib.errors import SdaError
from sda_lib.work_steps import WorkStep
from sda_widgets.session.session import Session

MAKE = "sda_lib.training.starter.starter_in_steps"


@pytest.fixture
def empty(places):
    """A session without models."""
    return Session(places)


def wait(session, until):
    end = time.monotonic() + 120
    while not until():
        assert time.monotonic() < end
        session.tick()
        time.sleep(0.02)
    session.tick()


@pytest.mark.slow
def test_it_is_made_and_opened_with_its_sliders(empty):
    empty.starter.start()
    assert empty.starter.is_running
    assert empty.starter.words == "Making a model of computed sounds …"  # from the first moment
    wait(empty, lambda: not empty.starter.is_running)
    assert (empty.message, empty.model.name) == ("", "starter")
    assert [entry.path for entry in empty.library.models] == [empty.starter.path]
    assert "brightness" in {card.name for card in empty.sound.sliders.cards}
    empty.sound.sliders.move({"brightness": 2.0})
    assert empty.message == ""


def steps_until(ended):
    def steps(_path):
        try:
            while True:
                yield WorkStep(0.5, "computing sounds")
                time.sleep(0.01)
        finally:
            ended.append(True)

    return steps


def test_it_says_how_long_it_takes_and_can_be_canceled(empty, monkeypatch):
    ended = []
    monkeypatch.setattr(MAKE, steps_until(ended))
    empty.starter.start()
    wait(empty, lambda: "left" in empty.starter.words)
    assert empty.starter.share == 0.5
    empty.starter.cancel()
    assert (empty.starter.is_running, empty.starter.words) == (False, "")
    assert empty.notice == "The starter was not made."
    wait(empty, lambda: ended)
    assert empty.starter.words == ""


def test_a_failure_becomes_the_message(empty, monkeypatch):
    def fails(_path):
        raise SdaError("The disk is full.")
        yield

    monkeypatch.setattr(MAKE, fails)
    empty.starter.start()
    wait(empty, lambda: not empty.starter.is_running)
    assert empty.message == "The disk is full."


def test_a_model_that_was_opened_meanwhile_stays(session, monkeypatch):
    monkeypatch.setattr(MAKE, lambda _path: iter(()))
    before = session.model
    session.starter.start()
    wait(session, lambda: not session.starter.is_running)
    assert session.model is before
