"""Sliders that are fitted in a process of their own."""

import re
import shutil
import subprocess
import sys
import time

import pytest

from sda_widgets.session.long_work import in_words
from sda_widgets.session.places import Places
from sda_widgets.session.session import Session
from sda_widgets.sliders.sliders_view import SlidersView

LINES = """
import sys, time
print("  0%  measuring the recordings", flush=True)
print(" 50%  trying warmth", flush=True)
time.sleep(60)
"""


@pytest.fixture
def begun(session, monkeypatch):
    """A session whose sliders are being made by a process that tells two steps and then hangs."""

    def made(_path):
        return subprocess.Popen([sys.executable, "-c", LINES], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    monkeypatch.setattr("sda_lib.runs.manage.make_sliders", made)
    session.slider_fit.start()
    yield session
    if session.slider_fit.process is not None:
        session.slider_fit.process.kill()


def wait_for(session, share):
    end = time.monotonic() + 60
    while session.slider_fit.share < share:
        assert time.monotonic() < end
        session.tick()
        time.sleep(0.05)
    session.tick()


def test_each_step_is_told_with_the_time_left_and_a_bar(begun):
    assert begun.slider_fit.words == "Loading the model …"  # from the first moment
    window = SlidersView(begun)
    wait_for(begun, 0.5)
    assert re.fullmatch(r"Trying warmth … about \d+ s left", begun.slider_fit.words)
    assert window.progress.bar.value == 0.5
    assert begun.slider_fit.words in window.progress.words.value
    assert window.progress.layout.display is None


def test_it_is_canceled(begun):
    window, process, model = SlidersView(begun), begun.slider_fit.process, begun.model
    window.progress.cancel.click()
    assert process.poll() is not None
    assert begun.slider_fit.process is None
    assert begun.notice == "No sliders were made; the model is as it was."
    assert (begun.message, begun.model) == ("", model)
    assert window.progress.layout.display == "none"
    assert not window.make.disabled


@pytest.mark.parametrize(
    ("share", "seconds", "said"),
    [
        (0.0, 3, "Trying …"),
        (0.5, 20, "Trying … about 20 s left"),
        (0.9, 18, "Trying … about 5 s left"),
        (0.1, 60, "Trying … about 9 min left"),
    ],
)
def test_the_rest_is_told_from_the_time_so_far(share, seconds, said):
    assert in_words("Trying", share, seconds) == said


@pytest.mark.slow
@pytest.mark.long
def test_fit_in_a_process(tiny_model_path, tmp_path):
    session = Session(Places(tmp_path, tmp_path))
    window = SlidersView(session)
    session.open_model(shutil.copy(tiny_model_path, tmp_path / "tiny.sda"))
    window.make.click()
    assert window.make.disabled
    session.slider_fit.process.wait(timeout=300)
    session.tick()
    assert session.message == ""
    assert session.slider_fit.process is None
    assert session.sound.sliders.cards
    assert window.panel.layout.display is None
