"""Commands as data: found by words, best first; carried out on their side of the page."""

import pytest

from sda_widgets.commands.command import Command, found, of_page
from sda_widgets.session.page_acts import ABSENT


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


def test_a_command_shows_its_place(session):
    done = []
    one = command("train", "Train", place="learn", run=done.append)
    session.place = "play"
    one.carry_out(session)
    assert (session.place, done) == ("learn", [session])


def test_a_view_without_places_stays(session):
    session.place = ""
    command("train", "Train", place="learn").carry_out(session)
    assert session.place == ""


def test_until_its_place_is_built_a_condition_says_why_it_can_not_be_run(session):
    one = of_page("stamp", "Steps", "Stamp", place="codes", condition=lambda session: "There is no ink.")
    assert one.why_not(session) == "There is no ink."
    session.page_acts.provide("stamp", lambda: None, lambda: "The stamp is lost.")
    assert one.why_not(session) == "The stamp is lost."


def test_pages_lack_what_their_places_have(session):
    session.offered = ("play",)
    assert of_page("stamp", "Steps", "Stamp", place="codes").why_not(session) == ABSENT
    assert of_page("stamp", "Steps", "Stamp").why_not(session) == ABSENT
    assert of_page("stamp", "Steps", "Stamp", place="play").why_not(session) == ""
