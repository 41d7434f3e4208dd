"""The library that stands alone."""

import shutil

import pytest

import sda_lib
from sda_lib.home import Home
from sda_widgets import Library


def test_a_model_is_chosen_by_name(tiny_model_path):
    models = Home.from_environment().models
    models.mkdir(parents=True)
    shutil.copy(tiny_model_path, models / "tiny.sda")
    (models / "broken.sda").write_bytes(b"nothing")
    library, seen = Library(), []
    library.observe(lambda change: seen.append(change.new), "model")
    assert (library.names, library.name, library.model) == (("tiny",), "", None)
    library.name = "tiny"
    assert [model.name for model in seen] == ["tiny"]
    assert library.session.sound.clip is not None
    with pytest.raises(sda_lib.SdaError, match="no model named"):
        library.name = "other"
    assert library.name == "tiny"


def test_a_model_that_is_given(owned):
    assert Library(owned).name == owned.name
