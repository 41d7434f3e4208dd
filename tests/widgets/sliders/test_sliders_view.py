"""The view of the sliders."""

import math
import shutil

import pytest

import sda_lib
from sda_lib.analysis.features import Spectra, feature_mean
from sda_widgets.common.markup import quiet
from sda_widgets.session.places import Places
from sda_widgets.session.session import Session
from sda_widgets.sliders.sliders_view import SlidersView

pytestmark = pytest.mark.slow
SAFE_TO_DANGER = ("safe", "warning", "danger", "unknown")


@pytest.fixture
def session(slider_session):
    return slider_session


def test_view_shows_the_sliders(session):
    window = SlidersView(session)
    named = [slider["name"] for slider in window.panel.sliders]
    assert named == [card.name for card in session.sound.sliders.cards]
    assert "rank correlation" in window.panel.sliders[0]["tip"]
    assert "mostly" in window.panel.sliders[-1]["tip"]
    session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=3))
    session.sound.response_work.idle.finish()
    first = window.panel.sliders[0]
    assert first["values"] == list(session.sound.responses[first["name"]].values)
    assert session.sound.responses[first["name"]].at(0.0) == pytest.approx(
        feature_mean(Spectra.of(session.sound.clip), first["name"])
    )
    for slider in window.panel.sliders:
        ends = [zone[:2] for zone in slider["zones"]]
        assert (ends[0][0], ends[-1][1]) == (slider["low"], slider["high"])
        assert -4.0 <= slider["low"] <= 0.0 <= slider["high"] <= 4.0
        assert slider["high"] - slider["low"] >= 1.0
        response = session.sound.responses.get(slider["name"])
        if not slider["disabled_reason"] and "unknown" not in (zone[2] for zone in slider["zones"]):
            assert response.at(slider["high"]) >= response.at(slider["low"])
        assert all(zone[2] in SAFE_TO_DANGER for zone in slider["zones"])


def test_view_says_by_how_much_the_level_is_held(session):
    window = SlidersView(session)
    session.sound.create.generate(sda_lib.GenerateOptions(1.0, seed=3))
    assert window.level.value == quiet("")
    session.sound.sliders.move({"warmth": 2.0})
    decibels = 20 * math.log10(session.sound.codes.gain)
    assert f"Level held: {decibels:+.1f} dB" in window.level.value
    session.sound.sliders.reset()
    assert window.level.value == quiet("")
    tips = {slider["name"]: slider["tip"] for slider in window.panel.sliders}
    assert "The level is held" in tips["warmth"]
    assert "The level is held" not in tips["loudness"]


def test_view_handles_panel_messages(session):
    window = SlidersView(session)
    say = lambda **act: window.panel._handle_custom_msg(act, [])  # noqa: E731
    say(kind="move", name="loudness", value=-1.0, done=True)
    assert session.sound.settings.steps["loudness"] == window.panel.values["loudness"] == -1.0
    say(kind="move", name="loudness", value=-9.0, done=True)  # no slider goes there
    assert session.sound.settings.steps["loudness"] == -1.0
    say(kind="lock", name="loudness", on=True)
    assert window.panel.locks == ["loudness"]
    say(kind="map", name="warmth", source="0:7")
    assert window.panel.midi == {"warmth": "0:7"}
    say(kind="forget", name="warmth")
    assert window.panel.midi == {}
    window.curve.value = "warmth"
    say(kind="curve", name="warmth", points=[[0.0, -1.0], [1.0, 1.0]])
    assert window.panel.curve["points"] == [[0.0, -1.0], [1.0, 1.0]]
    window.pad.value = True
    axes = window.panel.pad
    say(kind="pad", **axes, values={axes["x"]: 0.5, axes["y"]: -0.5}, done=True)
    assert window.panel.values[axes["x"]] == 0.5
    window.reset.click()
    assert window.panel.values["loudness"] == -1.0  # it is locked
    assert window.panel.values[axes["x"]] == 0.0


def test_model_without_sliders_offers_to_fit_them(tiny_model_path, tmp_path):
    session = Session(Places(tmp_path, tmp_path))
    window = SlidersView(session)
    assert "Open a model" in window.reason.value
    session.open_model(shutil.copy(tiny_model_path, tmp_path / "tiny.sda"))
    assert window.make.layout.display is None
    assert window.panel.layout.display == "none"
