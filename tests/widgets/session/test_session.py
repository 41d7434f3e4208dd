"""A session: opening models, several sounds, and what concerns them all."""

import dataclasses

import numpy as np
import pytest
import soundfile

from sda_lib.model.model import SdaModel
from sda_lib.runs import manage
from sda_widgets.session.session import Session

CELL = {"levels": (0, 1), "frames": (5, 6)}


def test_open_model_generates_a_sound(session):
    assert session.model.name == "tiny"
    assert session.sound.clip is session.sound.original
    assert session.sound.codes is session.sound.written
    session.open_model(session.model_path)
    assert round(session.sound.clip.seconds, 3) in (0.9, 1.1, 1.4)  # as long as one of the recordings


def test_original_keeps_its_length_after_a_cut(session):
    original = session.sound.original.samples
    session.sound.edits.apply("delete", frames=(0, 10))
    session.set_source(0.5)
    session.set_source(1.0)
    assert np.array_equal(session.sound.original.samples, original)
    assert session.sound.clip.seconds == pytest.approx(session.sound.codes.seconds)


def test_rename_level_keeps_sliders_of_the_file(slider_session):
    bare = dataclasses.replace(slider_session.model, sliders=None)
    slider_session.model = bare  # as it was before someone made the sliders
    slider_session.library.rename_level(0, "Body")
    kept = SdaModel.load(slider_session.model_path)
    assert kept.level_names[0] == "Body"
    assert kept.sliders is not None


def test_error_becomes_a_message_and_changes_nothing(session):
    before = session.sound.codes
    session.sound.edits.apply("set", code=session.sound.codes.codebook_size, **CELL)
    assert "Codes must lie in" in session.message
    assert session.sound.codes is before
    session.sound.steps.undo()
    assert session.message == ""


def test_actions_without_model_or_sound(places):
    session = Session(places)
    session.sound.edits.apply("reverse")
    assert "generate one" in session.message
    session.sound.create.load_file(places.demo / "pluck.wav")
    assert "No model is open" in session.message
    session.open_model(places.models / "nowhere.sda")
    assert "nowhere.sda" in session.message
    assert session.model is None


def test_unexpected_error_becomes_a_message(session, monkeypatch):
    def broken(*_args, **_kwargs):
        raise ZeroDivisionError("ten")

    monkeypatch.setattr(type(session.model), "decode", broken)
    session.set_source(0.5)
    assert "ZeroDivisionError" in session.message
    assert not session.busy


def test_source_changes_original_and_edited(session):
    original, clip = session.sound.original.samples, session.sound.clip.samples
    session.set_source(0.0)
    assert not np.array_equal(session.sound.original.samples, original)
    assert not np.array_equal(session.sound.clip.samples, clip)


def test_edits_use_the_source_amount(session):
    session.set_source(0.25)
    session.sound.edits.apply("randomize", seed=1, levels=(0, 12), frames=(10, 14))
    wanted = session.model.decode(session.sound.codes, 0.25).samples[:, : session.sound.clip.length - 1000]
    assert np.array_equal(session.sound.clip.samples[:, :-1000], wanted)


def test_open_model_that_cannot_generate_clears_the_sound(session, places):
    shared = session.model.without_memory().save(places.models / "shared.sda")
    session.open_model(shared)
    assert "without its recordings" in session.message
    assert session.model.memory is None
    assert session.sound.codes is session.sound.clip is session.sound.original is None
    session.sound.create.load_file(places.demo / "pluck.wav")
    assert session.message == ""
    assert session.sound.codes is not None


def test_a_trained_model_is_shown_even_if_it_cannot_generate(session, places, tiny_recipe):
    path = places.models / "stripped.sda"
    SdaModel.load(session.model_path).without_memory().save(path)
    session.place = "learn"
    with manage.create_run(places.runs, manage.Job("stripped", (places.demo,), path, tiny_recipe)) as (run, _):
        session.training.run = run
        session.play_trained()
    assert (session.model_path, session.place) == (path, "play")
    assert "without its recordings" in session.message


def test_continuous_model_reconstructs_without_codes(session, continuous_path, places):
    session.open_model(continuous_path)
    session.sound.create.load_file(places.demo / "pluck.wav")
    assert (session.message, session.sound.codes, session.sound.title) == ("", None, "pluck")
    own = session.sound.clip
    assert own.seconds == pytest.approx(1.1, abs=0.001)
    session.set_source(0.0)
    assert session.sound.clip.length == own.length
    assert not np.array_equal(session.sound.clip.samples, own.samples)
    assert soundfile.info(session.exports.write(session.sound)).frames == own.length
    session.sound.edits.apply("reverse")
    assert "continuous bottleneck" in session.message
