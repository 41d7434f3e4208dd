"""A prior that is trained in a process of its own."""

import re
import subprocess
import sys

import pytest

from sda_lib.runs import manage
from sda_widgets.training.prior_form import PriorForm


def ended(words, code=0):
    """A process that says some words and ends."""
    script = f"import sys; print({words!r}, file=sys.{'stderr' if code else 'stdout'}); sys.exit({code})"
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.wait(30)
    return process


def test_a_failure_is_said(session, monkeypatch):
    monkeypatch.setattr(manage, "make_prior", lambda path, minutes: ended("too little sound", 1))
    session.prior_fit.start()
    session.tick()
    assert session.message == "too little sound"
    assert session.prior_fit.process is None


def test_the_prior_of_the_file_becomes_the_open_model_s(session, monkeypatch):
    model = session.model
    session.set(model=model.__class__.load(session.model_path))
    monkeypatch.setattr(manage, "make_prior", lambda path, minutes: ended("A prior of 2 levels."))
    form = PriorForm(session)
    form.train.click()
    assert form.train.disabled
    session.tick()
    assert not form.train.disabled
    assert "A prior of 2 levels." in form.state.value
    assert session.message == ""


def test_a_model_without_recordings_gets_none(session):
    bare = session.model.without_memory().save(session.places.models / "bare.sda")
    session.open_model(bare)
    session.prior_fit.start()
    assert "has none in it" in session.message
    assert PriorForm(session).train.disabled


def test_it_says_how_long_it_takes_at_most_and_is_canceled(session, monkeypatch):
    def hangs(_path, _minutes):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], **pipes)

    monkeypatch.setattr(manage, "make_prior", hangs)
    form = PriorForm(session)
    form.train.click()
    assert "Reading the recordings" in form.progress.words.value
    process, session.prior_fit._began = session.prior_fit.process, session.prior_fit._began - 30
    session.tick()
    assert re.search(r"at most about \d+ s left", session.prior_fit.words)
    assert session.prior_fit.share == pytest.approx(0.5, abs=0.1)
    form.progress.cancel.click()
    assert process.poll() is not None
    assert (session.prior_fit.process, session.prior_fit.words) == (None, "")
    assert session.notice == "No prior was made; the model is as it was."


@pytest.mark.slow
@pytest.mark.long
def test_a_prior_is_trained(session):
    session.prior_fit.start(0.1)
    session.prior_fit.process.wait(timeout=300)
    session.tick()
    assert session.message == ""
    assert session.model.prior is not None
    assert session.prior_fit.result
