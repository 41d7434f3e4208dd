"""The slider panel without a browser: messages in, acts out."""

import contextlib
import math
from pathlib import Path

import pytest

from sda_widgets.sliders import slider_panel
from sda_widgets.sliders.slider_panel import ANSWERED, SliderPanel

CURVE = {"name": "brightness", "seconds": 2.0, "points": []}


def slider(name, low=-4.0, high=4.0):
    zones = [[low, -2, "warning"], [-2, 2, "safe"], [2, high, "danger"]]
    facts = {"name": name, "label": name.capitalize(), "unit": "Hz", "tip": "", "disabled_reason": ""}
    return {**facts, "low": low, "high": high, "steps": [low, 0, high], "values": [500, 900, 2000], "zones": zones}


@pytest.fixture
def acts():
    return []


@pytest.fixture
def panel(acts):
    return SliderPanel(acts.append, sliders=[slider("brightness"), slider("warmth", -1.0, 2.0)], curve=CURVE)


def send(panel, message):
    """Send a message as the page does."""
    panel._handle_custom_msg(message, [])


def pad(x="brightness", y="warmth", values=None, done=False):
    values = {"brightness": 3, "warmth": -1} if values is None else values
    return {"kind": "pad", "x": x, "y": y, "values": values, "done": done}


def curve(*points, name="brightness"):
    return {"kind": "curve", "name": name, "points": [list(point) for point in points]}


@pytest.mark.parametrize(
    "message",
    [
        {"kind": "move", "name": "brightness", "value": -4, "done": False},
        {"kind": "move", "name": "warmth", "value": 1.25, "done": True},
        {"kind": "lock", "name": "warmth", "on": True},
        {"kind": "forget", "name": "warmth"},
        {"kind": "map", "name": "warmth", "source": "15:127"},
        pad(),
        pad(done=True),
        curve(),
        curve((0, 4), (0.5, -4), (0.5, 1), (2.0, 0)),
    ],
)
def test_actions_are_passed_on(panel, acts, message):
    send(panel, message)
    assert acts == [message]


@pytest.mark.parametrize(
    "message",
    [
        "move",
        {},
        {"kind": ["move"]},
        {"kind": "delete", "name": "warmth"},
        {"kind": "move", "name": "warmth"},
        {"kind": "move", "name": "pitch", "value": 0, "done": True},
        {"kind": "move", "name": "warmth", "value": 2.5, "done": True},
        {"kind": "move", "name": "warmth", "value": math.nan, "done": True},
        {"kind": "move", "name": "warmth", "value": "1", "done": True},
        {"kind": "move", "name": "warmth", "value": True, "done": True},
        {"kind": "move", "name": "warmth", "value": 0, "done": "yes"},
        {"kind": "lock", "name": "warmth", "on": 1},
        {"kind": "learn", "name": ""},
        {"kind": "forget", "name": None},
        {"kind": "map", "name": "warmth", "source": "16:0"},
        {"kind": "map", "name": "warmth", "source": "0:128"},
        {"kind": "map", "name": "warmth", "source": "0:1:2"},
        {"kind": "map", "name": "warmth", "source": 21},
        pad(y="brightness", values={"brightness": 0}),
        pad(values={"brightness": 0}),
        pad(values={"brightness": 0, "warmth": -2}),
        pad(values=[0, 0]),
        pad(done=None),
        curve((0, 0), name="warmth"),
        curve((0, 0), (2.5, 0)),
        curve((0, 4.5)),
        curve((1, 0), (0, 0)),
        curve((0, 0, 0)),
        curve((0, math.inf)),
        {"kind": "curve", "name": "brightness", "points": {}},
        {"kind": "curve", "name": "brightness", "points": [1, 2]},
    ],
)
def test_invalid_messages_are_ignored(panel, acts, message):
    send(panel, message)
    assert acts == []


def test_a_hidden_curve_is_ignored(panel, acts):
    panel.curve = {}
    send(panel, curve((0, 0)))
    assert acts == []


def test_an_absent_slider_is_not_moved(panel, acts):
    panel.sliders = [slider("warmth")]
    send(panel, {"kind": "move", "name": "brightness", "value": 0, "done": True})
    assert acts == []


def test_an_action_does_not_change_the_traits(panel):
    send(panel, {"kind": "move", "name": "brightness", "value": 1, "done": True})
    send(panel, {"kind": "lock", "name": "brightness", "on": True})
    send(panel, {"kind": "map", "name": "brightness", "source": "0:21"})
    assert (panel.values, panel.locks, panel.midi, panel.curve) == ({}, [], {}, CURVE)


def test_all_traits_are_sent_to_the_page(panel):
    sent = {"sliders", "values", "locks", "midi", "pad", "curve"}
    assert sent <= panel.get_state().keys()


def test_names_never_become_markup():
    for script in Path(slider_panel.__file__).parent.glob("*.js"):
        assert "innerHTML" not in script.read_text()


def test_every_message_is_answered_even_after_an_error(acts, monkeypatch):
    def fails(message):
        acts.append(message)
        raise RuntimeError("no")

    panel, sent = SliderPanel(fails, sliders=[slider("brightness")], curve=CURVE), []
    monkeypatch.setattr(panel, "send", sent.append)
    for message in ({"kind": "move", "name": "brightness", "value": 1, "done": False}, {"kind": "move"}):
        with contextlib.suppress(RuntimeError):
            panel._receive(message)
    assert len(acts) == 1
    assert sent == [ANSWERED, ANSWERED]
