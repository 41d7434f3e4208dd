"""Slider panel: sliders, an XY pad and a curve over time; a pure view that reports user input."""

import math
import re
from collections.abc import Callable
from typing import Any

from traitlets import Dict, List, Unicode

from sda_widgets.common.browser_widget import BrowserWidget, keys_trait
from sda_widgets.common.keys import SLIDERS

SOURCE = re.compile(r"(\d{1,2}):(\d{1,3})")
CHANNELS, CONTROLLERS = 16, 128
# Sent when a message has been processed; during a drag the page waits for this.
ANSWERED = {"kind": "answered"}


class SliderPanel(BrowserWidget):
    """Shows its traits and calls `act` with what the user did; it changes neither a sound nor its own `values`.

    Acts, all in steps and seconds:
    `{"kind": "move", "name", "value", "done"}`, with `done` when the slider is released;
    `{"kind": "pad", "x", "y", "values": {name: step}, "done"}`, also when another slider is chosen for an axis;
    `{"kind": "curve", "name", "points": [[second, step], ...]}`;
    `{"kind": "lock", "name", "on"}`, `{"kind": "forget", "name"}`, `{"kind": "map", "name", "source"}`.
    The receiver writes the new state into `values`, `locks`, `midi`, `pad` or `curve`.
    """

    sliders = List(
        Dict(),
        help="""name, label, unit, tip, disabled_reason ("" or why it's disabled); low and high in steps; steps, and the
        feature's values there in its unit; zones as [from_step, to_step, "safe", "warning", "danger" or "unknown"],
        covering low to high in order""",
    ).tag(sync=True)
    values = Dict(help="steps by slider; 0 is the sound as it is").tag(sync=True)
    locks = List(Unicode(), help="sliders that Random does not move").tag(sync=True)
    midi = Dict(help='"channel:controller" by slider, both counted from 0').tag(sync=True)
    pad = Dict(help="x and y: sliders by name; {} hides the pad").tag(sync=True)
    keymap = keys_trait(SLIDERS)
    curve = Dict(help="name, seconds, points as [second, step]; {} hides the editor").tag(sync=True)

    def __init__(self, act: Callable[[dict[str, Any]], None], **traits: Any) -> None:
        super().__init__(**traits)
        self._act = act
        self.on_message(self._receive)

    def _receive(self, message: Any) -> None:
        try:
            if self._is_good(message):
                self._act(message)
        finally:
            self.send(ANSWERED)

    def _is_good(self, act: Any) -> bool:
        """Whether a message is well-formed and names an existing slider; a slow page may name a removed one."""
        checks: dict[str, Callable[[dict[str, Any]], bool]] = {
            "move": lambda act: self._steps(act["name"], act["value"]) and isinstance(act["done"], bool),
            "lock": lambda act: isinstance(act["on"], bool),
            "forget": lambda _act: True,
            "map": lambda act: _is_source(act["source"]),
            "pad": self._is_pad,
            "curve": self._is_curve,
        }
        try:
            is_known = act["kind"] == "pad" or any(slider["name"] == act["name"] for slider in self.sliders)
            return is_known and checks[act["kind"]](act)
        except (KeyError, TypeError, ValueError, AttributeError):
            return False

    def _steps(self, name: Any, value: Any) -> bool:
        """Whether `value` steps is within a slider's range."""
        slider = next((one for one in self.sliders if one["name"] == name), None)
        return slider is not None and _is_number(value, slider["low"], slider["high"])

    def _is_pad(self, act: dict[str, Any]) -> bool:
        names, values = (act["x"], act["y"]), act["values"]
        fits = names[0] != names[1] and set(values) == set(names) and isinstance(act["done"], bool)
        return fits and all(self._steps(name, values[name]) for name in names)

    def _is_curve(self, act: dict[str, Any]) -> bool:
        """Whether this is a curve of the shown slider, with points [second, step] in order of time."""
        points, seconds = act["points"], self.curve["seconds"]
        return (
            act["name"] == self.curve["name"]
            and isinstance(points, list)
            and all(_is_number(second, 0, seconds) and self._steps(act["name"], step) for second, step in points)
            and points == sorted(points, key=lambda point: point[0])
        )


def _is_number(value: Any, low: float, high: float) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and math.isfinite(value) and low <= value <= high


def _is_source(source: Any) -> bool:
    """Whether this is a MIDI "channel:controller"."""
    found = SOURCE.fullmatch(source)
    return found is not None and int(found[1]) < CHANNELS and int(found[2]) < CONTROLLERS
