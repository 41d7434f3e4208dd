"""The dialog's side in Python: rows for typed words, and what running one does or says."""

import pytest

from sda_widgets.commands.command_search import GONE, MOST_ROWS, CommandSearch


@pytest.fixture
def search(session):
    return CommandSearch(session)


def test_typed_words_list_commands_with_keys_and_reasons(search):
    search.receive({"kind": "search", "typed": "undo last"})
    (row,) = search.rows
    assert row == {"name": "undo", "words": "Undo the last step", "group": "Steps", "key": "Ctrl-Z",
                   "why": "There is nothing to undo.", "place": ""}  # fmt: skip
    search.session.sound.edits.step_far(1)
    search.receive({"kind": "search", "typed": "undo last"})
    assert search.rows[0]["why"] == ""


def test_nothing_typed_lists_the_first(search):
    search.receive({"kind": "search", "typed": ""})
    assert 10 < len(search.rows) <= MOST_ROWS


def test_a_command_is_run(search):
    sound = search.session.sound
    sound.edits.step_far(1)
    after = sound.codes
    search.receive({"kind": "run", "name": "undo"})
    assert not sound.codes.is_same(after)
    assert search.session.message == ""


def test_one_that_can_not_be_run_says_why(search):
    search.receive({"kind": "run", "name": "paste"})
    assert search.session.message == "Nothing is copied yet; select cells and copy them first."
    search.receive({"kind": "run", "name": "no such"})
    assert search.session.message == GONE


def test_the_place_of_a_command_is_shown_before_it_is_run(search):
    search.session.place = "play"
    search.receive({"kind": "show", "name": "brush"})
    assert search.session.place == "codes"
    search.receive({"kind": "show", "name": "undo"})
    assert search.session.place == "codes"


@pytest.mark.parametrize("message", [{}, None, {"kind": "run"}, {"kind": "search"}, {"kind": "other"}, 3])
def test_messages_that_make_no_sense_are_ignored(search, message):
    search.receive(message)
    assert (search.rows, search.session.message) == ([], "")
