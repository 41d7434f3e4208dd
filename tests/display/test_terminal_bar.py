"""A bar in a terminal."""

import io

from rich.console import Console

from sda_lib.display.terminal_bar import time_left, with_bar
from sda_lib.events import Event

EVENTS = [Event("progress", 5, 10, {"seconds_left": 61}), Event("metrics", 5, 10, {"held_out": 1.25})]


def test_the_bar_passes_all_events_on_and_shows_them():
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=120)
    assert list(with_bar(iter(EVENTS), console)) == EVENTS
    assert "held-out mel 1.250" in written.getvalue()


def test_time_left():
    assert [time_left(event) for event in EVENTS] == ["1:01 left", ""]
