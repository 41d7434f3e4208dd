"""Errors that no action of the page catches."""

import sys
import threading

import pytest
from ipywidgets import Button

from sda_lib.errors import SdaError
from sda_lib.home import Home
from sda_widgets import failure


class Shell:
    """As much of IPython's shell as ipywidgets calls where a callback fails."""

    showtraceback = None


@pytest.fixture
def served(monkeypatch):
    """Messages of a page that Voila serves: said at once, and said at its heartbeat."""
    said, later = [], []
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5")
    monkeypatch.setattr(failure, "get_ipython", lambda shell=Shell(): shell)  # noqa: B008
    monkeypatch.setattr("ipywidgets.widgets.widget.get_ipython", failure.get_ipython)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    failure.report_callbacks(said.append, later.append)
    return said, later


def clicked(error):
    def fail(_button):
        raise error

    one = Button()
    one.on_click(fail)
    one.click()


def test_a_callback_that_fails_is_said_and_logged(served):
    clicked(ZeroDivisionError("oh"))
    ((sentence,), _) = served
    assert sentence.startswith("That did not work. An unexpected error occurred (ZeroDivisionError: oh); sda doctor")
    assert str(Home.from_environment().errors) in sentence
    assert "ZeroDivisionError: oh" in Home.from_environment().errors.read_text()


def test_an_expected_error_in_a_callback_is_its_own_sentence(served):
    clicked(SdaError("rain.wav is gone; choose another file."))
    assert served[0] == ["rain.wav is gone; choose another file."]
    assert not Home.from_environment().errors.exists()


def test_an_error_in_a_thread_is_said_at_the_heartbeat(served):
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    assert "ZeroDivisionError" in served[1][0]
    assert served[0] == []


def test_a_notebook_keeps_its_tracebacks(monkeypatch):
    monkeypatch.delenv("SERVER_SOFTWARE", raising=False)
    shell, hook = Shell(), threading.excepthook
    monkeypatch.setattr(failure, "get_ipython", lambda: shell)
    failure.report_callbacks(print, print)
    assert shell.showtraceback is None
    assert threading.excepthook is hook
    assert sys.exception() is None
