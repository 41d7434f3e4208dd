"""Undo and redo in the bar at the top."""

from sda_widgets.frame.step_buttons import StepButtons


def test_steps_of_every_place_are_undone_and_redone(session):
    steps = StepButtons(session)
    assert (steps.undo.disabled, steps.redo.disabled) == (True, True)
    before = session.sound.codes
    session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    after = session.sound.codes
    steps.undo.click()
    assert session.sound.codes is before
    assert (steps.undo.disabled, steps.redo.disabled) == (True, False)
    steps.redo.click()
    assert session.sound.codes is after
