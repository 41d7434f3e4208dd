"""An act that changes nothing says why, beside the sound, until the next act."""

import pytest

from sda_widgets.session.unchanged import why_unchanged

ROW = ((0, 1), (0, 8))


@pytest.fixture
def sound(session):
    session.sound.set(cursor=(0, 0), selection=None, more=())
    return session.sound


def test_reverse_of_one_cell_says_what_it_needs(sound):
    before = sound.codes
    sound.edits.apply_here("reverse")
    assert sound.codes is before
    assert sound.unchanged == "Reverse needs at least two frames; select more, or the whole row (R)."
    assert sound.context.notice == sound.unchanged
    assert sound.context.message == ""


def test_the_next_act_clears_it(sound):
    sound.edits.apply_here("reverse")
    sound.edits.step_far(1)
    assert (sound.unchanged, sound.context.notice) == ("", "")


def test_locked_cells_are_the_reason(sound):
    sound.selection = ROW
    sound.edits.freeze()
    sound.edits.apply_here("reverse")
    assert sound.unchanged == "All these cells are locked; unlock them first (K)."


def set_again(sound):
    sound.edits.apply("set", code=int(sound.codes.indices[0, 0]))


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda sound: sound.steps.redo(), "There is nothing to redo."),
        (lambda sound: sound.steps.undo(), "There is nothing to undo."),
        (lambda sound: sound.edits.paste(), "Nothing is copied yet; select cells and copy them first."),
        (lambda sound: sound.edits.restore(), "These cells have their original codes already."),
        (set_again, "These cells have that code already."),
        (lambda sound: sound.edits.apply("swap", other=sound.codes), "Both sounds are the same here."),
        (lambda sound: sound.edits.apply("stretch", by=1.0), "Stretch changes nothing in these cells."),
    ],
)  # fmt: skip
def test_every_act_without_an_effect_says_why(sound, act, said):
    sound.former = type(sound.former)()
    act(sound)
    assert sound.unchanged == said


def test_pasting_what_is_there_says_so_and_selects_it(sound):
    sound.selection = ((0, 2), (3, 6))
    sound.edits.copy()
    sound.edits.paste()
    assert sound.unchanged == "These cells hold what was copied already."
    assert sound.selection == ((0, 2), (3, 6))


def test_a_paste_stays_selected(sound):
    sound.selection = ((0, 2), (3, 6))
    sound.edits.copy()
    sound.set(cursor=(4, 10), selection=None)
    before = sound.codes
    sound.edits.paste()
    assert not sound.codes.is_same(before)
    assert (sound.cursor, sound.selection) == ((4, 10), ((4, 6), (10, 13)))
    sound.set(cursor=(0, sound.codes.frames - 1), selection=None)
    sound.edits.paste()  # as much of it as there is room for
    assert sound.selection == ((0, 2), (sound.codes.frames - 1, sound.codes.frames))


def test_an_edit_in_another_sound_has_its_own_reason(session):
    session.add_sound()
    other = session.sounds[1]
    other.edits.apply_here("reverse")
    assert other.unchanged
    assert session.sound.unchanged == ""


def test_words_for_edits_without_words_of_their_own(sound):
    assert why_unchanged("loop", sound.codes, (ROW,), ()) == "Loop changes nothing in these cells."
