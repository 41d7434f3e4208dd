"""Pictures of exported sounds."""

import numpy as np
import pytest
import soundfile

from sda_lib.audio.clip import PREVIEW_SECONDS
from sda_widgets.session.exported_files import PAGE_FILES


def test_the_newest_sound_is_first_with_its_picture_and_length(session):
    assert (session.exported.page(0), session.exported.pages) == ([], 1)
    session.exports.write(session.sound)
    last = session.exports.write(session.sound)
    newest, _older = session.exported.page(0)
    assert newest.path == last
    assert newest.seconds == pytest.approx(session.sound.clip.seconds, abs=0.001)
    assert not newest.is_longer
    assert np.abs(newest.outline).max() == 127


def test_a_long_sound_is_shown_by_its_beginning(session):
    session.places.exports.mkdir(parents=True, exist_ok=True)
    soundfile.write(session.places.exports / "long.wav", np.full(8000 * (int(PREVIEW_SECONDS) + 2), 0.1), 8000)
    (long,) = session.exported.page(0)
    assert (long.seconds, long.is_longer) == (pytest.approx(PREVIEW_SECONDS), True)


def test_what_cannot_be_read_is_left_out(session):
    path = session.exports.write(session.sound)
    path.with_name("broken.wav").write_bytes(b"no sound")
    assert [one.path for one in session.exported.page(0)] == [path]


def test_there_are_pages(session):
    session.places.exports.mkdir(parents=True, exist_ok=True)
    for number in range(PAGE_FILES + 1):
        soundfile.write(session.places.exports / f"{number}.wav", np.full(80, 0.1), 8000)
    assert session.exported.pages == 2
    assert [len(session.exported.page(number)) for number in (0, 1, 2)] == [PAGE_FILES, 1, 0]


def test_a_click_plays_exported_sounds_alone(session, tmp_path, wav):
    path = session.exports.write(session.sound)
    session.exported.play(str(path))
    assert session.preview.name == path.stem
    (tmp_path / "private.wav").write_bytes(wav())
    session.previews.stop()
    session.exported.play(str(tmp_path / "private.wav"))
    assert session.preview is None
