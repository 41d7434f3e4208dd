"""The registry of commands: every act with a key or a button is in it, and each runs or says why it can't."""

import re
import shutil
from pathlib import Path

import pytest

from sda_widgets.app import guest_page, workbench
from sda_widgets.commands.registry import COMMANDS, command_of, offered, search
from sda_widgets.common.keys import GRID, HISTORY, PAGE, keys_of
from sda_widgets.session.guest import places_of_guest
from sda_widgets.session.page_acts import ABSENT
from sda_widgets.session.places import Places

TEXT = (Path(__file__).parents[3] / "docs/ACTS.md").read_text()
# Acts of keys that are no commands, with the reason.
NO_COMMANDS = {
    "search_commands": "is the search itself",
    "choose_sound": "is one key for each sound",
    "choose_name": "is one key for each sound",
    "move": "moves a cursor step by step",
    "type_digit": "types",
    "enter": "types",
    "erase_digit": "types",
    "cancel": "ends typing",
    "previous": "moves in a list step by step",
    "next": "moves in a list step by step",
    "newer": "turns a page of a list",
    "older": "turns a page of a list",
    "choose_all": "chooses lines of a list",
}
# Rows of docs/ACTS.md whose button is a field or a choice that shows something at once, or a part of another act.
NO_BUTTONS = {
    "presets.show": "the chosen preset is shown",
    "presets.what_a_model_can_t_do_of_it": "the chosen preset shows it",
    "history.show_how_it_was_made": "restoring it shows it",
    "history.record": "every sound is recorded by itself",
    "comparison.equally_loud_with_the_gain_of_each": "comparison.equal_loudness",
    "comparison.as_they_are": "comparison.equal_loudness switches it off",
    "comparison.difference_of_two_spectrograms": "is in the report",
    "files.on_one_s_own_head": "is a field of the delivery, which Export shows",
    "files.contact_sheet": "is a box of the batch",
}


def is_missing(page, command):
    """Whether a command that a widget carries out is given by none, though all are built."""
    return "of_page" in command.why_not.__qualname__ and not page.session.page_acts.has(command.name)


# Acts whose commands have names of their own.
NAMED = {"files.export": "export", "files.layers": "export_mix", "files.many": "export_batch"}


@pytest.fixture(scope="module")
def data(tmp_path_factory, slider_model_path):
    folder = tmp_path_factory.mktemp("commands")
    (folder / "models").mkdir()
    shutil.copy(slider_model_path, folder / "models/some.sda")
    return folder


@pytest.fixture
def page(data, tiny_corpus):
    made = workbench(Places(data, tiny_corpus))
    yield made
    made.close()


@pytest.fixture
def bare(tmp_path, tiny_corpus):
    """A page without a model."""
    made = workbench(Places(tmp_path / "data", tiny_corpus))
    yield made
    made.close()


def acts_with_buttons():
    """The acts of docs/ACTS.md that have a button, a field or a choice on the page: section.act."""
    for section in ("Models", "History", "Presets", "Comparison", "Files"):
        part = TEXT.split(f"\n## {section}\n")[1].split("\n## ")[0]
        for line in [line for line in part.splitlines() if line.startswith("| ")][1:]:
            act, *_, page = (cell.strip() for cell in line.strip().strip("|").split("|"))
            if '"' in page:
                yield f"{section.lower()}.{'_'.join(re.findall('[a-z]+', act.lower()))}"


NAMES = {command.name for command in COMMANDS}


@pytest.mark.parametrize("act", sorted(set(acts_with_buttons()) - set(NO_BUTTONS)))
def test_every_act_with_a_button_is_a_command(act):
    assert NAMED.get(act, act) in NAMES


def test_exceptions_are_acts_with_buttons():
    assert set(NO_BUTTONS) - {"history.record"} <= set(acts_with_buttons()) - NAMES - set(NAMED)


@pytest.mark.parametrize("place", [PAGE, GRID, HISTORY])
def test_every_act_with_a_key_is_a_command(place):
    acts = {key.act for key in keys_of(place)}
    assert acts - NAMES - set(NO_COMMANDS) == set()


def test_names_and_words_are_unique():
    for what in ("name", "words"):
        found = [getattr(command, what) for command in COMMANDS]
        assert len(set(found)) == len(found)


def test_the_page_offers_every_command_before_and_after_its_places_are_built(page):
    assert [command.name for command in COMMANDS if command.why_not(page.session) == ABSENT] == []
    for place in page.session.offered:
        page.session.go_to(place)
    page.session.page_acts.run("open_dock")
    assert [
        command.name for command in COMMANDS if not command.name.startswith("go.") and is_missing(page, command)
    ] == []
    absent = [command.name for command in COMMANDS if command.why_not(page.session) == ABSENT]
    assert absent == []


# Commands that write files, start processes or need what the page has not: each is tried in the tests of its part.
HEAVY = {"train", "train_demo", "grow", "export", "export_batch", "models.export", "models.delete", "models.duplicate",
         "check_health", "copying", "sources", "try_controls", "models.starter",
         "make_sliders", "export_mix",
         "files.stems", "models.train_a_prior", "comparison.report"}  # fmt: skip


def test_every_command_that_can_be_run_runs_without_a_message(page):
    session = page.session
    for command in offered(session):
        if command.name in HEAVY or command.why_not(session):
            continue
        session.message = ""
        command.carry_out(session)
        assert session.message == "", (command.name, session.message)
        session.listening.finish()


def test_a_page_without_a_model_says_why(bare):
    session = bare.session
    for name in ("generate", "reverse", "undo", "export", "random_sliders", "check_health", "palette", "continue"):
        why = command_of(session, name).why_not(session)
        assert why.endswith("."), name
        before = session.sound.state
        command_of(session, name).carry_out(session)
        assert session.sound.state == before
    for name in ("show_keys", "choose_folder"):
        assert command_of(session, name).why_not(session) == ""


def test_models_and_presets_are_found_by_name(page):
    session = page.session
    assert search(session, "open some")[0].words == "Open the model some"
    preset = next(one for one in session.presets.entries)
    found = search(session, f"use preset {preset.name}")[0]
    before = session.sound.clip
    found.carry_out(session)
    assert session.message == ""
    assert session.presets.chosen.name == preset.name
    assert session.sound.clip is not before


def test_commands_act_on_the_sound(page):
    session = page.session
    command_of(session, "select_all").carry_out(session)
    assert session.sound.selection is not None
    before = session.sound.codes
    command_of(session, "reverse").carry_out(session)
    assert not session.sound.codes.is_same(before)
    command_of(session, "undo").carry_out(session)
    assert session.sound.codes.is_same(before)
    assert command_of(session, "redo").why_not(session) == ""
    command_of(session, "brush").carry_out(session)
    assert session.place == "codes"
    command_of(session, "history.search_and_filter").carry_out(session)
    assert page.dock.toggle.is_open


def test_guests_are_offered_what_their_page_has(data, tiny_corpus):
    made = guest_page(places_of_guest(Places(data, tiny_corpus)))
    try:
        names = {command.name for command in offered(made.session)}
        assert {"generate", "undo", "export"} <= names
        assert not names & {
            "train",
            "go.learn",
            "go.library",
            "export_batch",
            "models.delete",
            "history.list",
            "check_health",
            "presets.import",
        }
        assert {"go.play", "go.export"} <= names
    finally:
        made.close()
