"""Edits of one sound, on a tiny model."""

import numpy as np
import pytest

from sda_lib.writers.options import GenerateOptions

CELL = {"levels": (0, 1), "frames": (5, 6)}


def other_code(session, level=0, frame=5):
    """A code that is not the one in the cell."""
    return (
        int(session.sound.codes.indices[level, frame]) + session.sound.codes.codebook_size // 2
    ) % session.sound.codes.codebook_size


def test_edit_and_undo_restore_the_same_bytes(session):
    before, sound = session.sound.codes, session.sound.clip.samples.tobytes()
    session.sound.edits.apply("set", code=other_code(session), **CELL)
    assert (session.sound.codes.indices != before.indices).sum() == 1
    edited = session.sound.clip.samples.tobytes()
    assert edited != sound
    session.sound.steps.undo()
    assert session.sound.codes is before
    assert session.sound.clip.samples.tobytes() == sound
    session.sound.steps.redo()
    assert session.sound.clip.samples.tobytes() == edited


def test_edit_after_undo_starts_a_branch(session):
    session.sound.edits.apply("set", code=other_code(session), **CELL)
    one = session.sound.codes
    session.sound.steps.undo()
    session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    assert not session.sound.history.can_redo
    assert session.sound.history.branches == (0, 0, 1)
    session.sound.steps.go_to(1)
    assert session.sound.codes is one
    session.sound.steps.undo()
    session.sound.steps.redo()
    assert session.sound.codes is one


def test_frozen_cells_are_not_edited(session):
    session.sound.set(selection=((0, 2), (3, 8)), more=(((4, 6), (0, 5)),), cursor=(0, 3))
    session.sound.edits.freeze()
    before = session.sound.codes.indices
    session.sound.set(selection=((0, 12), (0, 10)), more=())
    session.sound.edits.apply("randomize", seed=3)
    changed = session.sound.codes.indices != before
    assert changed.any()
    assert not changed[0:2, 3:8].any()
    assert not changed[4:6, 0:5].any()
    assert not changed[:, 10:].any()
    session.sound.edits.thaw()
    assert session.sound.frozen == ()
    session.sound.edits.apply("randomize", seed=3)
    assert (session.sound.codes.indices[0:2, 3:8] != before[0:2, 3:8]).any()


def test_edit_that_lengthens_the_sound(session):
    sound, seconds = session.sound.clip.samples.tobytes(), session.sound.seconds
    frames = session.sound.codes.frames
    session.sound.set(selection=((0, 12), (frames - 4, frames)), cursor=(0, frames - 1))
    session.sound.edits.apply("duplicate")
    assert session.message == ""
    assert session.sound.seconds == pytest.approx(seconds + 4 / session.sound.codes.frame_rate)
    assert session.sound.clip.seconds == pytest.approx(session.sound.seconds)
    session.sound.set(cursor=(3, frames + 3), selection=None)
    session.sound.steps.undo()
    assert session.sound.cursor == (3, frames - 1)
    assert session.sound.clip.samples.tobytes() == sound


def test_regenerate_needs_one_range(session):
    before = session.sound.codes
    session.sound.set(selection=((0, 12), (2, 4)), more=(((0, 12), (9, 12)),))
    session.sound.edits.regenerate(GenerateOptions(2.0))
    assert session.sound.codes is before
    assert "one range" in session.message


def test_mute_and_undo(session):
    sound, codes = session.sound.clip.samples.tobytes(), session.sound.codes.indices
    session.sound.edits.apply("mute", levels=(1, 12))
    assert session.sound.codes.muted == tuple(range(1, 12))
    assert np.array_equal(session.sound.codes.indices, codes)
    assert session.sound.clip.samples.tobytes() != sound
    session.sound.steps.undo()
    assert session.sound.clip.samples.tobytes() == sound


def test_edit_without_effect_adds_no_step(session):
    session.sound.edits.apply("set", code=int(session.sound.codes.indices[0, 5]), **CELL)
    assert not session.sound.history.can_undo


def test_a_random_code_is_another_one_than_before(session):
    for frame in range(session.sound.codes.frames):
        session.sound.set(cursor=(0, frame), selection=None, more=())
        before = session.sound.codes
        session.sound.edits.apply_here("randomize")
        assert (session.sound.codes.indices != before.indices).sum() == 1


def test_target_is_selection_or_cursor(session):
    session.sound.cursor = (3, 7)
    assert session.sound.target == {"levels": (3, 4), "frames": (7, 8)}
    session.sound.selection = ((1, 4), (2, 9))
    assert session.sound.target == {"levels": (1, 4), "frames": (2, 9)}
