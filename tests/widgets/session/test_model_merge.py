"""A model between two others."""

import shutil

import sda_lib


def test_a_model_between_two_is_saved_and_listed(session, finished):
    other = session.library.duplicate(session.model_path)
    session.model_merge.make(other, 0.5, "between <b>")
    assert session.model_merge.words.startswith("Interpolating the weights")
    finished(session.model_merge)
    assert session.message == ""
    path = session.model_merge.path
    assert sda_lib.SdaModel.load(path).name == "between <b>"
    assert path in [one.path for one in session.library.models]
    session.model_merge.make(other, 0.5, "between <b>")
    assert "already exists" in session.message


def test_models_that_differ_have_nothing_between_them(session, continuous_path, finished):
    foreign = shutil.copy(continuous_path, session.places.models / "foreign.sda")
    session.model_merge.make(foreign, 0.5, "none")
    finished(session.model_merge)
    assert "were not trained from the same closed form" in session.message
    assert session.model_merge.path is None


def test_a_name_is_needed(session):
    session.model_merge.make(session.model_path, 0.5, "  ")
    assert "needs at least one letter or digit" in session.message
