"""The frames of a sound that its grid and its spectrogram show together."""

import pytest

from sda_widgets.session.viewport import WINDOW


def test_a_sound_is_shown_from_its_beginning_and_keeps_its_place_when_edited(session):
    sound = session.sound
    frames = sound.codes.frames
    assert (sound.viewport.first, sound.viewport.width) == (0, min(frames, WINDOW))
    sound.viewing.zoom(-200)
    sound.viewing.pan(400)
    first, width = sound.viewport.first, sound.viewport.width
    assert first > 0
    assert width < frames
    sound.edits.select()
    sound.edits.apply_here("duplicate")
    assert sound.codes.frames > frames
    assert (sound.viewport.first, sound.viewport.width, sound.viewport.frames) == (first, width, sound.codes.frames)
    sound.create.take_recording(0)
    assert sound.viewport.first == 0
    assert sound.viewport.frames == sound.codes.frames


def test_zooming_keeps_the_frame_under_the_pointer(session):
    viewing = session.sound.viewing
    before = session.sound.viewport
    at = before.first + 0.25 * before.width
    viewing.zoom(-100, 0.25)
    now = session.sound.viewport
    assert now.width == pytest.approx(before.width / 1.2**2)
    assert now.first + 0.25 * now.width == pytest.approx(at)


def test_the_view_in_seconds_is_that_of_the_frames(session):
    codes, viewing = session.sound.codes, session.sound.viewing
    session.sound.viewport = session.sound.viewport.moved_to(10, 20)
    first, last = viewing.seconds()
    assert (first, last) == pytest.approx((codes.seconds_of(10), codes.seconds_of(30)))
    session.sound.steps.clear()
    assert viewing.seconds() == (0, 0)
