"""Spectrograms are made beside the page: what they show of real sounds, and what drops them."""

import shutil
import threading

import numpy as np
import pytest

from sda_lib.audio.clip import AudioClip
from sda_lib.writers.provenance import trace
from sda_widgets.session import spectrogram_work

RATE = 48000


def look(session, clip, content=None):
    session.spectrograms.look_at(clip, content)
    session.spectrograms.finish()
    assert session.message == ""
    return session.spectrograms.shown


def test_a_tone_of_1_khz_has_its_ridge_and_its_pitch_at_1_khz(session):
    tone = AudioClip((0.5 * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE))[None].astype(np.float32), RATE)
    shown = look(session, tone)
    low, high = shown.levels.limits_hz
    bands = len(shown.levels.levels)
    ridge = shown.levels.levels[:, 10:-10].argmax(0)
    assert np.abs(12 * np.log2(low * (high / low) ** ((ridge + 0.5) / bands) / 1000)).max() < 0.6
    assert np.abs(12 * np.log2(shown.pitch[:, 1] / 1000)).max() < 0.2
    assert shown.leanings is None


@pytest.mark.parametrize("second", [0.25, 0.6])
def test_a_click_is_where_its_onset_mark_is(session, second):
    samples = np.zeros((1, RATE), np.float32)
    samples[0, round(second * RATE)] = 0.9
    shown = look(session, AudioClip(samples, RATE))
    assert shown.onsets == pytest.approx([second], abs=0.002)
    loudest = shown.levels.levels.max(0).argmax() * shown.levels.seconds
    assert loudest == pytest.approx(shown.onsets[0], abs=0.025)


def test_each_moment_leans_on_the_recording_that_it_is_traced_to(session):
    session.sound.create.take_recording(1)
    sound = session.sound
    shown = look(session, sound.clip, sound.codes)
    spans = trace(session.model, sound.codes)
    assert [(one.begin, one.end, one.name, one.position) for one in shown.leanings] == [
        (one.begin, one.end, one.file, one.position) for one in spans
    ]
    name = session.map_work.shown.names[1] if session.map_work.shown else spans[0].file
    assert {one.name for one in shown.leanings} == {name}
    assert len({one.color for one in shown.leanings}) == 1
    session.spectrograms.play_leaning(name, shown.leanings[0].position + 0.1)
    assert session.preview.name == name
    session.spectrograms.play_leaning("nothing", 0.0)
    assert "no nothing" in session.message


def test_an_act_does_not_wait_for_a_spectrogram(session, monkeypatch):
    begun, go_on, measured = threading.Event(), threading.Event(), []

    def slow(clip, pause):
        begun.set()
        assert go_on.wait(30)
        pause()
        measured.append(clip)

    monkeypatch.setattr(spectrogram_work, "level_bytes", slow)
    session.spectrograms.look_at(session.sound.clip)
    assert session.spectrograms.is_computing
    assert begun.wait(30)
    # Another sound is out while the spectrogram of the one before is made.
    session.sound.edits.apply("reverse", frames=(0, 20))
    assert session.message == ""
    session.spectrograms.look_at(session.sound.clip)
    monkeypatch.undo()
    go_on.set()
    session.spectrograms.finish()
    assert measured == []
    assert session.spectrograms.shown.clip is session.sound.clip
    assert session.spectrograms.shown.levels is not None
    assert not session.spectrograms.is_computing


def test_a_sound_that_comes_back_is_not_measured_again(session, monkeypatch):
    one, other = session.sound.clip, AudioClip(np.zeros((1, RATE), np.float32), RATE)
    first = look(session, one)
    look(session, other)
    monkeypatch.setattr(spectrogram_work, "level_bytes", None)
    assert look(session, one).levels is first.levels
    session.spectrograms.stop()
    assert session.spectrograms.shown is None
    assert look(session, other).levels is not None


def test_a_model_without_recordings_traces_nothing(session, places, tiny_model_path):
    session.open_model(shutil.copy(tiny_model_path, places.models / "other.sda"))
    session.model = session.model.without_memory()
    shown = look(session, session.sound.clip, session.sound.codes)
    assert shown.levels is not None
    assert shown.leanings is None
