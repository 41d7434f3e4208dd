"""New sounds: generated, continued, opened from files, taken from the recordings."""

import dataclasses

import numpy as np
import pytest
import soundfile

import sda_lib
from sda_lib.codec.codes import Codes
from sda_lib.codec.losses import si_sdr
from sda_lib.export.finish import Delivery
from sda_lib.export.write import write_clip
from sda_lib.maps.corpus_map import corpus_map
from sda_lib.sliders.fit import recorded_clips
from sda_widgets.session.places import Places
from sda_widgets.session.session import Session
from sda_widgets.status_line import StatusLine

MISSING = (-1, 999)


def test_continuous_model_generates_continues_and_plays_at_any_source(session, continuous_path):
    session.open_model(continuous_path)
    assert (session.message, session.sound.codes) == ("", None)
    first = session.sound.clip
    session.sound.create.generate(sda_lib.GenerateOptions(0.7, seed=2))
    assert session.message == ""
    assert session.sound.title.endswith("seed 2")
    assert session.sound.clip.length == round(0.7 * session.model.sample_rate) != first.length
    written, latent = session.sound.clip.samples, session.sound.settings.base.values
    session.set_source(0.25)
    wanted = session.model.decode(session.sound.settings.base, 0.25).samples
    assert np.array_equal(session.sound.clip.samples[:, :-1000], wanted[:, :-1000])
    assert not np.array_equal(session.sound.clip.samples, written)
    assert not session.sound.clip.samples[:, -1].any()
    assert soundfile.info(session.exports.write(session.sound)).frames == session.sound.clip.length
    session.sound.create.continue_sound(sda_lib.GenerateOptions(0.5, seed=3))
    assert session.message == ""
    whole = round(0.7 * session.model.sample_rate) // session.model.hop
    assert session.sound.settings.base.values[:whole].equal(latent[:whole])
    session.sound.edits.regenerate(sda_lib.GenerateOptions(0.5))
    assert "continuous bottleneck" in session.message


def test_load_file_encodes_it(session, places):
    session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    session.sound.create.load_file(places.demo / "pluck.wav")
    assert (session.sound.title, session.sound.history.can_undo) == ("pluck", False)
    assert session.sound.clip.seconds == pytest.approx(1.1, abs=0.001)
    assert isinstance(session.sound.codes, Codes)


@pytest.fixture
def session(slider_session):
    return slider_session


def test_take_recording_restores_it(session):
    names, sounds = corpus_map(session.model).names, recorded_clips(session.model)
    assert len(names) == len(sounds)  # none is so long that it is in pieces
    for number, (name, sound) in enumerate(zip(names, sounds, strict=True)):
        session.sound.create.take_recording(number)
        assert (session.message, session.sound.title) == ("", name)
        assert session.sound.clip is session.sound.original
        assert si_sdr(sound, session.model.decode(session.sound.codes)) >= 50
        assert si_sdr(sound, session.sound.clip) >= 50
        assert session.sound.clip.seconds == pytest.approx(session.sound.seconds)
    assert session.sound.written is session.sound.codes


def test_recording_is_edited_with_a_history_of_its_own(session):
    session.sound.sliders.move({"brightness": 1.0})
    session.sound.sliders.reset()
    session.sound.create.take_recording(2)
    taken = session.sound.codes
    assert not session.sound.history.can_undo
    session.sound.edits.apply("reverse", levels=(0, taken.levels), frames=(0, taken.frames))
    assert not np.array_equal(session.sound.codes.indices, taken.indices)
    session.sound.steps.undo()
    assert session.sound.codes is taken


def test_interpolation_ends_at_both_recordings(session):
    ends = []
    for number in (0, 5):
        session.sound.create.take_recording(number)
        ends.append((session.sound.codes.indices, session.sound.clip.samples))
    for share, (codes, samples) in zip((0.0, 1.0), ends, strict=True):
        session.sound.create.interpolate(0, 5, share)
        assert np.array_equal(session.sound.codes.indices, codes)
        assert np.array_equal(session.sound.clip.samples, samples)
    session.sound.create.interpolate(0, 5, 0.5)
    names = corpus_map(session.model).names
    assert (session.message, session.sound.title) == ("", f"{names[0]} → {names[5]} · 50%")
    assert not any(np.array_equal(session.sound.codes.indices, codes) for codes, _ in ends)


def test_slider_steps_carry_over_to_the_next_sound(session):
    session.sound.sliders.move({"loudness": -1.5})
    for verb, arguments in (
        (session.sound.create.take_recording, (3,)),
        (session.sound.create.interpolate, (3, 4, 0.5)),
    ):
        verb(*arguments)
        assert session.message == ""
        assert dict(session.sound.settings.steps) == {"loudness": -1.5}
        assert session.sound.settings.base is session.sound.written
        power = [np.square(clip.samples).mean() for clip in (session.sound.clip, session.sound.original)]
        assert power[0] < 0.5 * power[1]


def test_preview_leaves_the_current_sound(session):
    title, codes, clip = session.sound.title, session.sound.codes, session.sound.clip
    session.previews.recording(1)
    assert session.message == ""
    assert session.preview.name == corpus_map(session.model).names[1]
    assert 0 < session.preview.seconds <= 1.5
    assert np.abs(session.preview.samples).max() > 0.01
    assert (session.sound.title, session.sound.codes, session.sound.clip) == (title, codes, clip)


def names(message, part):
    """Whether that is one sentence about it."""
    return part in message and message.endswith(".") and ". " not in message


@pytest.mark.parametrize("number", MISSING)
def test_missing_recording_is_an_error(session, number):
    title, codes = session.sound.title, session.sound.codes
    session.previews.recording(number)
    assert names(session.message, f"no recording {number}")
    assert session.preview is None
    for verb, arguments in (
        (session.sound.create.take_recording, (number,)),
        (session.sound.create.interpolate, (0, number, 0.5)),
    ):
        session.message = ""
        verb(*arguments)
        assert names(session.message, f"no recording {number}")
        assert (session.sound.title, session.sound.codes) == (title, codes)


def test_share_out_of_range_is_an_error(session):
    codes = session.sound.codes
    session.sound.create.interpolate(0, 1, 1.5)
    assert session.message
    assert "did not work" not in session.message
    assert session.sound.codes is codes


def test_model_without_recordings_is_an_error(session, tmp_path):
    path = tmp_path / "bare.sda"
    dataclasses.replace(session.model, memory=None).save(path)
    session.open_model(path)  # it cannot generate a first sound
    assert session.model.memory is None
    why = sda_lib.SdaModel.load(path).why_no_recordings
    for verb, arguments in (
        (session.previews.recording, (0,)),
        (session.sound.create.take_recording, (0,)),
        (session.sound.create.interpolate, (0, 1, 0.5)),
    ):
        session.message = ""
        verb(*arguments)
        assert session.message == why
    assert session.preview is None


def test_no_model_is_an_error(tmp_path):
    session = Session(Places(tmp_path, tmp_path))
    session.previews.recording(0)
    assert names(session.message, "No model is open")
    session.message = ""
    session.sound.create.take_recording(0)
    assert names(session.message, "No model is open")


def test_a_part_of_a_recording_is_said(session, tmp_path):
    recording = next(clip for clip in recorded_clips(session.model) if clip.seconds > 0.6)
    cut = dataclasses.replace(recording, samples=-0.5 * recording.samples[:, 5000:20000])
    write_clip(cut, tmp_path / "cut.wav", Delivery(32, ceiling_db=0))
    session.sound.create.load_file(tmp_path / "cut.wav")
    assert "(gain −6.0 dB, inverted)" in session.sound.excerpt
    assert session.sound.excerpt in StatusLine(session).value
    assert si_sdr(cut, session.sound.clip) > 40
    session.sound.create.generate(sda_lib.GenerateOptions(0.7))
    assert session.sound.excerpt == ""
