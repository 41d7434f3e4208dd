"""Freed memory goes back to the system once no act has followed for a while."""

import time

import pytest

from sda_widgets.session import idle_memory
from sda_widgets.session.context import Context
from sda_widgets.session.idle_memory import IdleMemory


@pytest.fixture
def released(monkeypatch):
    """When memory was returned."""
    times = []
    monkeypatch.setattr(idle_memory, "release_freed_memory", lambda: times.append(time.monotonic()))
    return times


def wait_for(times, count):
    end = time.monotonic() + 20
    while len(times) < count and time.monotonic() < end:
        time.sleep(0.01)
    assert len(times) == count


def test_memory_is_returned_once_after_the_last_act(places, released):
    context = Context(places)
    memory = IdleMemory(context, rest=0.4)
    wait_for(released, 1)  # of opening
    for _ in range(5):
        context.busy = not context.busy
        time.sleep(0.05)
    last = time.monotonic()
    wait_for(released, 2)
    assert released[1] > last
    memory.close()
    assert len(released) == 2


def test_a_closed_page_returns_nothing_more(places, released):
    memory = IdleMemory(Context(places), rest=60.0)
    memory.close()
    assert released == []
