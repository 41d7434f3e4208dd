"""The recordings that a sound is made of."""

import pytest

from sda_widgets.session.places import Places
from sda_widgets.session.session import Session


def test_a_recording_is_all_of_itself_and_its_passage_plays(session, finished):
    session.sound.create.take_recording(0)
    session.sources.find(session.sound)
    assert session.sources.words == "Finding the recordings nearest to the sound …"
    finished(session.sources)
    assert session.message == ""
    (only,) = session.sources.shares
    assert only.share == pytest.approx(1.0)
    assert only.passages[0].begin == 0.0
    session.sources.play(only.passages[0])
    assert session.preview.name == only.file
    assert session.preview.seconds == pytest.approx(only.passages[0].end, abs=0.05)


def test_another_sound_clears_them(session, finished):
    session.sources.find(session.sound)
    finished(session.sources)
    assert sum(one.share for one in session.sources.shares) == pytest.approx(1.0)
    session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    assert session.sources.shares == ()


def test_without_a_sound_or_recordings_the_reason_is_said(session, tmp_path):
    bare = Session(Places(tmp_path, tmp_path))
    bare.sources.find(bare.sound)
    assert "No model is open" in bare.message
    session.open_model(session.model.without_memory().save(session.places.models / "bare.sda"))
    session.sources.find(session.sound)
    if session.sources.thread is not None:
        session.sources.thread.join(60)
    assert session.message
