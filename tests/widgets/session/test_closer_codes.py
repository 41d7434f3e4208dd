"""Closer codes of an opened file: found in the background, and a step that can be undone."""

import dataclasses

import numpy as np
import pytest

import sda_lib
from sda_lib.audio.clip import AudioClip
from sda_lib.codec.losses import mel_distance
from sda_lib.model import model as model_module
from sda_lib.model.model import SdaModel
from sda_lib.work_steps import WorkStep
from sda_widgets.session import closer_codes
from sda_widgets.session.closer_codes import CANCELED, FOUND, STEP
from sda_widgets.session.places import Places
from sda_widgets.session.session import Session


@pytest.fixture(scope="module")
def plucks(tiny_corpus):
    """A sound that is none of the model's: two of its recordings at once, one of them played backwards."""
    clips = [sda_lib.read_clip(tiny_corpus / f"{name}.wav").samples for name in ("pluck", "rain")]
    length = min(one.shape[1] for one in clips)
    return AudioClip(0.5 * clips[0][:, :length] + 0.5 * clips[1][:, :length][:, ::-1], 44100, "plucks")


@pytest.fixture
def searched(finished):
    """A function that waits for the search and lets the page's heartbeat apply what was found."""

    def searched(session):
        finished(session.sound.closer.work)
        session.tick()
        assert session.message == ""

    return searched


def test_an_opened_file_plays_at_once_and_gets_closer_codes_as_a_step(session, plucks, searched):
    sound = session.sound
    sound.create.load_clip(plucks)
    assert sound.closer.work.is_running
    assert session.is_expecting
    first, quick = sound.codes, sound.clip
    assert first.is_same(session.model.encode(plucks, "quick"))
    searched(session)
    assert sound.codes.is_same(session.model.encode(plucks, "thorough"))
    assert (sound.history.steps[-1].description, session.notice) == (STEP, FOUND)
    assert sound.original is quick
    assert np.array_equal(sound.clip.samples, session.model.decode(sound.codes).samples)
    # The search asks the decoder alone: with grains of the recordings (Source 1) a sound can come out farther.
    alone = [mel_distance(plucks, session.model.decode(codes, 0.0)) for codes in (first, sound.codes)]
    assert alone[1] < 0.95 * alone[0]
    sound.steps.undo()
    assert sound.codes is first
    assert np.array_equal(sound.clip.samples, quick.samples)
    sound.steps.redo()
    assert sound.codes.is_same(session.model.encode(plucks, "thorough"))
    assert not session.is_expecting


def test_a_saved_session_opens_with_the_step(session, plucks, searched):
    sound = session.sound
    sound.create.load_clip(plucks)
    searched(session)
    sound.edits.apply("reverse", levels=(0, 12), frames=(0, 9))
    again = Session(session.places)
    again.files.open(session.files.save(sound), again.sound)
    assert again.message == ""
    assert [step.description for step in again.sound.history.steps][1] == STEP
    for _ in range(3):
        assert again.sound.codes.is_same(sound.codes)
        assert np.array_equal(again.sound.clip.samples, sound.clip.samples)
        sound.steps.undo()
        again.sound.steps.undo()


def test_sliders_keep_their_place(slider_session, plucks, searched):
    sound = slider_session.sound
    sound.sliders.move({"brightness": 1.5})
    sound.create.load_clip(plucks)
    searched(slider_session)
    closer = slider_session.model.encode(plucks, "thorough")
    assert sound.settings.base.is_same(closer)
    assert sound.settings.steps == {"brightness": 1.5}
    assert sound.codes.is_same(sda_lib.moved_codes(slider_session.model, sound.settings))
    again = Session(slider_session.places)
    again.files.open(slider_session.files.save(sound), again.sound)
    assert again.sound.codes.is_same(sound.codes)
    assert again.sound.settings.steps == {"brightness": 1.5}


CHANGES = {
    "edited": lambda sound: sound.edits.apply("reverse", levels=(0, 12), frames=(0, 9)),
    "locked": lambda sound: sound.edits.freeze(),
    "moved": lambda sound: sound.sliders.move({"brightness": 1.0}),
    "replaced": lambda sound: sound.create.take_recording(0),
    "undone": lambda sound: sound.steps.undo(),
}


@pytest.mark.parametrize("when", ["during the search", "before the heartbeat"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_sound_that_was_changed_meanwhile_is_left_alone(slider_session, plucks, finished, change, when):
    sound = slider_session.sound
    sound.create.load_clip(plucks)
    if when == "before the heartbeat":
        finished(sound.closer.work)
    CHANGES[change](sound)
    assert slider_session.message == ""
    assert not sound.closer.work.is_running
    before = sound.state
    finished(sound.closer.work)
    slider_session.tick()
    assert slider_session.working == 0
    assert all(sound.state[name] is before[name] for name in ("codes", "clip", "settings", "frozen"))
    # A history differs by the words of its last move alone, which can be said in units once a response is known.
    assert [step.state for step in sound.history.steps] == [step.state for step in before["history"].steps]
    assert STEP not in [step.description for step in sound.history.steps]


def test_another_file_takes_the_search_over(session, plucks, searched):
    session.sound.create.load_clip(plucks)
    other = dataclasses.replace(plucks, samples=-0.5 * plucks.samples[:, ::-1], name="other")
    session.sound.create.load_clip(other)
    searched(session)
    assert session.sound.title == "other"
    assert session.sound.codes.is_same(session.model.encode(other, "thorough"))


def test_recordings_of_the_model_need_no_search(session, places, monkeypatch):
    monkeypatch.setattr(SdaModel, "encode_in_steps", None)
    session.sound.create.load_file(places.demo / "pluck.wav")
    assert session.message == ""
    assert session.sound.excerpt
    assert not session.sound.closer.work.has_thread


def test_long_sounds_and_continuous_models_keep_what_they_have(session, plucks, continuous_path, monkeypatch):
    monkeypatch.setattr(closer_codes, "THOROUGH_SECONDS", 0.5)
    session.sound.create.load_clip(plucks)
    assert (session.message, session.sound.closer.work.is_running) == ("", False)
    monkeypatch.undo()
    session.open_model(continuous_path)
    session.sound.create.load_clip(plucks)
    assert (session.message, session.sound.closer.work.is_running) == ("", False)


def test_the_search_can_be_canceled(session, plucks, searched):
    session.sound.create.load_clip(plucks)
    first = session.sound.history
    session.sound.closer.work.cancel()
    assert session.notice == CANCELED
    searched(session)
    assert session.sound.history is first
    assert session.working == 0


def test_an_error_is_one_sentence(session, plucks, finished, monkeypatch):
    def broken(_model, _clip):
        yield WorkStep(0.0, model_module.SEARCHING)
        raise RuntimeError("no kernel for\nthat")

    monkeypatch.setattr(SdaModel, "encode_in_steps", broken)
    session.sound.create.load_clip(plucks)
    finished(session.sound.closer.work)
    session.tick()
    assert session.message.startswith(closer_codes.FAILED)
    assert "\n" not in session.message
    assert len(session.sound.history.steps) == 1


def test_closing_ends_the_search(session, plucks):
    session.sound.create.load_clip(plucks)
    session.close()
    assert not session.sound.closer.work.has_thread


def test_a_file_without_a_model_is_refused(tmp_path, plucks):
    session = Session(Places(tmp_path, tmp_path))
    session.sound.create.load_clip(plucks)
    assert "No model is open" in session.message
