"""The list of steps."""

import sda_lib
from sda_widgets.grid.history_list import HistoryList, order


def test_steps_are_told_in_words_and_led_to(session):
    window = HistoryList(session)
    session.edit("reverse", levels=(0, 12), frames=(0, 20))
    session.undo()
    session.edit("set", code=2, levels=(0, 1), frames=(3, 4))
    labels = [label for label, _number in window.list.options]
    assert labels[0] == session.title
    assert "reverse frames 0 to 19" in labels[1]
    assert labels[2].startswith("    set code 2 Structure 1, frame 3")
    assert window.list.value == 2
    window.list.value = 1
    assert session.history.current == 1
    session.undo()
    assert window.list.value == 0


def test_the_first_way_comes_before_those_that_turn_off(session):
    for code in (1, 2):
        session.edit("set", code=code, levels=(0, 1), frames=(3, 4))
        session.edit("set", code=code, levels=(0, 1), frames=(5, 6))
        session.go_to(0)
    assert order(session.history) == [(0, 0), (1, 0), (2, 0), (3, 1), (4, 1)]


def test_a_step_goes_beside_itself(session):
    window = HistoryList(session)
    assert window.across.layout.display == "none"
    session.open_pair()
    assert window.across.layout.display is None
    session.other.generate(sda_lib.GenerateOptions(1.0, seed=9))
    window.across.click()
    assert session.other.codes is session.codes
