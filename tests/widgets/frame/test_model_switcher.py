"""The list of models in the bar at the top."""

import shutil

from sda_widgets.frame.model_switcher import NONE, ModelSwitcher
from sda_widgets.session.session import Session


def test_choosing_a_model_opens_it(places, tiny_model_path):
    places.models.mkdir(parents=True)
    session = Session(places)
    switcher = ModelSwitcher(session)
    assert (switcher.models, switcher.title) == ([], NONE)
    path = shutil.copy(tiny_model_path, places.models / "tiny.sda")
    switcher._receive({"kind": "refresh"})
    assert [one["name"] for one in switcher.models] == ["tiny"]
    assert (session.model, switcher.title) == (None, "Choose a model")
    switcher._receive({"kind": "open", "path": str(path)})
    assert (session.model.name, switcher.title, switcher.opened) == ("tiny", "tiny", str(path))


def test_a_path_that_is_not_listed_is_not_opened(session, tiny_model_path):
    switcher, before = ModelSwitcher(session), session.model
    switcher._receive({"kind": "open", "path": str(tiny_model_path)})
    assert session.model is before


def test_tags_and_notes_are_searched_and_stars_shown(session):
    switcher = ModelSwitcher(session)
    session.library.refresh()
    session.library.mark(session.model_path, lambda marks: marks.tagged(["Wet"]).noted("slow <b>"))
    (row,) = switcher.models
    assert row["words"] == "tiny slow <b> wet"


def test_a_model_that_can_t_be_read_says_so(places):
    places.models.mkdir(parents=True)
    (places.models / "broken.sda").write_text("not a model")
    session = Session(places)
    switcher = ModelSwitcher(session)
    session.library.refresh()
    assert switcher.models[0]["detail"] == "can't be read"
    switcher._receive({"kind": "open", "path": switcher.models[0]["path"]})
    assert "broken.sda" in session.message
