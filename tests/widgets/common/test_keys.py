"""The table of keys: each key does one thing in its place, every key is used, and docs/KEYS.md shows the table."""

import re
from pathlib import Path

import pytest

from sda_widgets.common import keys
from sda_widgets.common.browser_widget import STATIC
from sda_widgets.common.keys import GRID, HISTORY, KEYS, PAGE, PLACES, Key, hint, key_of, label_of, sheet, spoken

ROOT = Path(__file__).parents[3]
SOURCES = [path for path in STATIC.parent.rglob("*.js") if STATIC not in path.parents]
# Places whose keys Python carries out, by the names of their acts.
IN_PYTHON = {keys.GRID, keys.PALETTE, keys.MAP}


def test_the_documentation_shows_the_table():
    assert (ROOT / "docs/KEYS.md").read_text() == keys.page(), "run: python scripts/keys_docs.py"


def presses(key):
    return {
        (name, shift, key.ctrl) for name in key.keys for shift in ((False, True) if key.shift is None else (key.shift,))
    }


@pytest.mark.parametrize("place", PLACES)
def test_no_key_does_two_things_in_one_place(place):
    known = {}
    for key in keys.keys_of(place):
        for press in presses(key):
            assert press not in known or (known[press].act, place) in SHADOWED, (press, known[press], key)
            known[press] = key


# "L" and "X" choose no sound by name.
SHADOWED = {("loop", PAGE), ("next_take", PAGE)}


@pytest.mark.parametrize(
    "key", [key for key in KEYS if key.place not in IN_PYTHON], ids=lambda key: f"{key.place} {key.act}"
)
def test_every_act_of_the_browser_is_in_a_script(key):
    wanted = re.compile(rf'(?<![\w.])"?{re.escape(key.act)}"?:')
    assert any(wanted.search(path.read_text()) for path in SOURCES), key


def test_no_script_compares_keys_by_itself():
    named = re.compile(r"event\.key ===? \"(?! \"|Enter|ArrowDown)|ArrowLeft")
    found = {path.name for path in SOURCES if named.search(path.read_text())}
    assert not found


def test_a_key_is_found_by_what_was_pressed():
    assert key_of(GRID, "R").act == key_of(GRID, "r").act == "select_row"
    assert key_of(GRID, "z", ctrl=True).act == "undo"
    assert key_of(GRID, "Z", shift=True, ctrl=True).act == "redo"
    assert key_of(GRID, "5").act == "type_digit"
    assert key_of(GRID, "5", shift=True) is None
    assert key_of(GRID, "q") is None
    assert key_of(PAGE, "l").act == "loop"
    assert key_of(PAGE, "b").act == "choose_name"


def test_keys_are_written_as_people_read_them():
    assert label_of("redo", GRID) == "Ctrl-Shift-Z or Ctrl-Y"
    assert label_of("play") == "Space"
    assert label_of("nothing") == ""
    assert Key(GRID, "x", ("PageUp", "Escape"), "…").label == "Page Up or Esc"
    assert hint("Play or stop", "play", PAGE) == "Play or stop (Space)"
    with pytest.raises(KeyError):
        hint("Nothing", "nothing")
    assert "Space: play" in spoken(HISTORY)


def test_the_sheet_has_every_key_once():
    shown = [label for place in sheet() for labels, _ in place["lines"] for label in re.split(r", (?!$)", labels)]
    assert sorted(shown) == sorted(key.label for key in KEYS)
    assert [place["title"] for place in sheet()] == list(PLACES)
