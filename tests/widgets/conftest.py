"""A session on a model that was really trained, in a data folder of its own."""

import shutil

import pytest

from sda_widgets.places import Places
from sda_widgets.session import Session


@pytest.fixture
def places(tmp_path, tiny_corpus):
    return Places(tmp_path / "data", tiny_corpus)


@pytest.fixture
def session(places, tiny_model_path):
    """A session with the tiny model open and a first sound."""
    places.models.mkdir(parents=True)
    session = Session(places)
    session.open_model(shutil.copy(tiny_model_path, places.models / "tiny.sda"))
    assert session.message == ""
    return session
