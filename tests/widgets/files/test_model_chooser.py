"""The chooser of models."""

import time

import pytest

from sda_widgets.files import model_chooser
from sda_widgets.files.model_chooser import ModelChooser
from sda_widgets.session.session import Session
from sda_widgets.status_line import StatusLine
from sda_widgets.training import run_view

HOSTILE = "<img src=x onerror=alert(1)>"


def test_choosing_a_model_opens_it(places, tiny_model_path):
    places.models.mkdir(parents=True)
    target = places.models / "tiny.sda"
    target.write_bytes(tiny_model_path.read_bytes())
    session = Session(places)
    window = ModelChooser(session)
    assert window.chooser.options == ((model_chooser.NONE, ""),)
    session.library.refresh()
    assert session.model is None
    window.chooser.value = str(target)
    assert session.model.name == "tiny"
    assert window.chooser.value == str(target)
    assert "3 files" in window.facts.value


def test_the_library_takes_the_place_of_the_facts(places):
    window = ModelChooser(Session(places))
    assert (window.library.layout.display, window.facts.layout.display) == ("none", None)
    window.more.value = True
    assert (window.library.layout.display, window.facts.layout.display) == (None, "none")


def test_an_unreadable_model_is_listed_and_opening_it_says_why(places):
    places.models.mkdir(parents=True)
    (places.models / "broken.sda").write_text("not a model")
    session = Session(places)
    window = ModelChooser(session)
    session.library.refresh()
    window.chooser.value = str(places.models / "broken.sda")
    assert session.model is None
    assert "broken.sda" in session.message


def test_names_from_files_are_shown_as_text(places):
    assert HOSTILE not in model_chooser.table([("Sounds", HOSTILE)])
    assert HOSTILE not in run_view.figures(0, 0, {}, None, HOSTILE)
    session = Session(places)
    notice = StatusLine(session)
    session.sound.title = HOSTILE
    assert HOSTILE not in notice.value
    session.message = HOSTILE
    assert HOSTILE not in notice.value


@pytest.mark.slow
def test_a_page_without_models_makes_and_plays_the_starter(places):
    session = Session(places)
    window = ModelChooser(session)
    session.library.refresh()
    assert window.starter.layout.display == ""
    window.starter.click()
    while session.starter.is_running:
        session.tick()
        time.sleep(0.02)
    assert session.message == ""
    assert session.model.name == "starter"
    assert session.sound.clip.seconds > 0
    assert window.starter.layout.display == "none"
    assert window.chooser.value == str(places.models / "starter.sda")
