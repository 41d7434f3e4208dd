"""The map is made beside the page: opening a model does not wait for it, and another model cancels it."""

import shutil
import threading

import numpy as np

from sda_lib.maps.corpus_map import corpus_map
from sda_widgets.session import map_work


def test_opening_a_model_does_not_wait_for_its_map(session, places, tiny_model_path, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()

    def slow(model, pause):
        begun.set()
        assert go_on.wait(30)
        pause()
        return corpus_map(model)

    session.map_work.finish()
    monkeypatch.setattr(map_work, "corpus_map", slow)
    session.open_model(shutil.copy(tiny_model_path, places.models / "other.sda"))
    assert session.sound.clip is not None
    assert (session.map_work.shown, session.map_work.is_computing) == (None, True)
    assert begun.wait(30)
    session.sound.create.generate(session.sound.history.steps[0].action)  # an act meanwhile
    assert session.message == ""
    go_on.set()
    session.map_work.finish()
    assert np.array_equal(session.map_work.shown.places, corpus_map(session.model).places)
    assert not session.map_work.is_computing


def test_another_model_cancels_the_map_of_the_one_before(session, places, tiny_model_path, continuous_path):
    session.open_model(shutil.copy(tiny_model_path, places.models / "other.sda"))
    session.open_model(continuous_path)
    session.map_work.finish()
    assert session.map_work.shown.names == corpus_map(session.model).names
    session.model = session.model.without_memory()
    assert session.map_work.shown is None
    assert "without its recordings" in session.map_work.reason
