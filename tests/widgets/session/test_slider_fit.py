"""Sliders that are fitted in a process of their own."""

import shutil

import pytest

from sda_widgets.session.places import Places
from sda_widgets.session.session import Session
from sda_widgets.sliders.sliders_view import SlidersView

pytestmark = pytest.mark.slow


@pytest.fixture
def session(slider_session):
    return slider_session


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
