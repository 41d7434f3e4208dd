"""Messages of the list of the history."""

import pytest

from sda_widgets.history.sound_rows import SoundRows

ACTS = ("play", "stop", "star", "choose", "turn", "restore", "delete")


@pytest.fixture
def rows():
    """Rows of the sounds 3 and 4, and what they did."""
    done = []
    rows = SoundRows({name: lambda value, name=name: done.append((name, value)) for name in ACTS})
    rows.rows, rows.pages = [{"number": 3}, {"number": 4}], 2
    return rows, done


def test_messages_become_acts(rows):
    widget, done = rows
    wanted = [("play", 3), ("stop", None), ("star", 4), ("choose", [4, 3]), ("turn", 1), ("restore", 3), ("delete", [])]
    for kind, value in wanted:
        widget.receive({"kind": kind, "value": value})
    assert done == wanted


@pytest.mark.parametrize(
    "message",
    [
        None, {}, {"kind": "play"}, {"kind": "play", "value": 9}, {"kind": "play", "value": True},
        {"kind": "x", "value": 3},
        {"kind": "choose", "value": [3, 9]}, {"kind": "choose", "value": "34"}, {"kind": "turn", "value": 2},
        {"kind": "turn", "value": -1}, {"kind": "delete", "value": [[3]]},
    ],
)  # fmt: skip
def test_other_messages_are_ignored(rows, message):
    widget, done = rows
    widget.receive(message)
    assert done == []
