"""The list of steps."""

import sda_lib
from sda_widgets.grid.history_list import HistoryList, order


def test_steps_are_described_and_selectable(session):
    window = HistoryList(session)
    session.sound.edits.apply("reverse", levels=(0, 12), frames=(0, 20))
    session.sound.steps.undo()
    session.sound.edits.apply("set", code=2, levels=(0, 1), frames=(3, 4))
    labels = [label for label, _number in window.list.options]
    assert labels[0] == session.sound.title
    assert "reverse frames 0 to 19" in labels[1]
    assert labels[2].startswith("    set code 2 Structure 1, frame 3")
    assert window.list.value == 2
    window.list.value = 1
    assert session.sound.history.current == 1
    session.sound.steps.undo()
    assert window.list.value == 0


def test_the_main_branch_comes_first(session):
    for code in (1, 2):
        session.sound.edits.apply("set", code=code, levels=(0, 1), frames=(3, 4))
        session.sound.edits.apply("set", code=code, levels=(0, 1), frames=(5, 6))
        session.sound.steps.go_to(0)
    assert order(session.sound.history) == [(0, 0), (1, 0), (2, 0), (3, 1), (4, 1)]


def test_a_step_is_copied_to_the_other_sound(session):
    window = HistoryList(session)
    assert window.copies.layout.display == "none"
    session.add_sound()
    assert window.copies.layout.display is None
    session.sounds[1].create.generate(sda_lib.GenerateOptions(1.0, seed=9))
    window.copies.children[0].click()
    assert session.sounds[1].codes is session.sound.codes
