"""Health in a session and in its window, on a real model."""

import dataclasses

import numpy as np
import pytest

from sda_lib.health.diagnose import diagnose
from sda_lib.model.model import SdaModel
from sda_lib.work_steps import WorkStep
from sda_widgets.health.health_view import NEVER, HealthView, strips
from sda_widgets.session import model_checks
from sda_widgets.session.places import Places
from sda_widgets.session.session import Session

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def found(tiny_model_path):
    return diagnose(SdaModel.load(tiny_model_path))


def test_the_button_fills_the_card(session):
    window = HealthView(session)
    assert (window.check.description, window.fixes.items, window.usage.value) == ("Check health", [], "")
    window.check.click()
    session.health.thread.join(60)
    assert session.message == ""
    assert not session.health.is_running
    assert "All findings are green." in window.verdict.value
    said = [sentence for item in window.fixes.items for _, sentence in item["findings"]]
    assert said == [one.sentence for one in session.health.report.findings if one.level is None]
    assert window.usage.value.count("data:image/png") == session.model.levels
    assert window.check.description == "Check health"


def test_the_page_stays_usable_meanwhile(session, monkeypatch):
    import threading

    begun, go = threading.Event(), threading.Event()

    def slow(model):
        begun.set()
        assert go.wait(60)
        yield WorkStep(0.5, "waiting")
        return diagnose(model)

    monkeypatch.setattr(model_checks, "diagnosis_in_steps", slow)
    window = HealthView(session)
    session.health.check()
    assert begun.wait(60)
    assert session.health.is_running
    assert window.check.disabled
    before = session.health.thread
    session.health.check()  # a second time changes nothing
    assert session.health.thread is before
    session.sound.edits.apply("reverse", levels=(0, session.sound.codes.levels), frames=(0, session.sound.codes.frames))
    assert session.message == ""
    assert session.sound.history.can_undo
    session.open_model(session.model_path)  # what is found is of a model that is open no longer
    go.set()
    session.health.thread.join(60)
    assert not session.health.is_running
    assert session.health.report is None


def test_another_model_removes_the_findings_but_new_sliders_do_not(session, found):
    window = HealthView(session)
    session.health.report = found
    assert "All findings are green." in window.verdict.value
    session.model = dataclasses.replace(session.model, sliders=None)
    assert session.health.report is found
    session.open_model(session.model_path)
    assert session.health.report is None
    assert (window.verdict.value, window.measured.value, window.fixes.items) == ("", "", [])


def test_problems_have_a_command_and_text_is_escaped(session, found):
    hostile = "<img src=x onerror=window.hacked=1>"
    ill = [dataclasses.replace(one, severity="red", sentence=hostile, fix="sda train 'a&b'") for one in found.findings]
    window = HealthView(session)
    session.health.report = dataclasses.replace(
        found, name=hostile, measured=hostile, findings=tuple(ill), unknown=(hostile,)
    )
    shown = window.verdict.value + window.measured.value
    assert "<img" not in shown
    assert shown.count("&lt;img src=x") == 3
    (item,) = window.fixes.items  # one remedy helps all
    assert (item["command"], item["trains"]) == ("sda train 'a&b'", True)
    assert item["findings"] == [["red", hostile]] * len(ill)


def test_without_a_model_there_is_nothing_to_check(tmp_path):
    session = Session(Places(tmp_path, tmp_path))
    assert HealthView(session).check.disabled
    session.health.check()
    assert "No model is open" in session.message
    assert session.health.thread is None


def test_errors_are_shown(session, monkeypatch):
    def broken(_model):
        raise ValueError("odd")

    monkeypatch.setattr(model_checks, "diagnosis_in_steps", broken)
    session.health.check()
    session.health.thread.join(60)
    assert "ValueError: odd" in session.message
    assert (session.health.is_running, session.health.report) == (False, None)


def test_strips_show_frequent_rare_and_unused_codes():
    pixels = strips(np.array([[8, 1, 0, 3], [4, 4, 4, 0]]))
    assert pixels.shape == (2, 4, 3)
    assert pixels[0, 0].sum() > pixels[0, 3].sum() > pixels[0, 1].sum()
    assert tuple(pixels[0, 2]) == tuple(pixels[1, 3]) == NEVER
    assert (pixels[1, :3] == pixels[1, 0]).all()
