"""Commands as data: found by words, best first; carried out on their side of the page."""

import pytest

from sda_widgets.commands.command import Command, found


def command(name, words, group="Steps", also="", **more):
    return Command(name, group, words, more.pop("run", lambda session: None), also=also, **more)


COMMANDS = (
    command("all", "Show all models", "Models"),
    command("undo", "Undo the last step", also="revert"),
    command("star", "Star the model", "Models"),
    command("restart", "Restart", also="model"),
)


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("", ["all", "undo", "star", "restart"]),
        ("undo", ["undo"]),
        ("STEP last", ["undo"]),
        ("revert", ["undo"]),
        ("star", ["star", "restart"]),  # those that begin with it first
        ("model", ["all", "star", "restart"]),
        ("model star", ["star", "restart"]),
        ("undo model", []),
    ],
)
def test_all_typed_words_occur(typed, names):
    assert [one.name for one in found(COMMANDS, typed)] == names


def test_keys_are_shown_with_the_place_where_they_work():
    assert command("search_commands", "…").key == "Ctrl-K"
    assert command("lock", "…").key == "K · code grid"
    assert command("history.star", "…").key == "S · history"
    assert command("none", "…").key == ""


def test_a_command_shows_its_side_of_the_page(session):
    done = []
    one = command("train", "Train", place="train", run=done.append)
    session.tab = "play"
    one.carry_out(session)
    assert (session.tab, done) == ("train", [session])


def test_a_page_of_one_side_stays(session):
    session.tab = ""
    command("train", "Train", place="train").carry_out(session)
    assert session.tab == ""
