"""Something is done in each pause of a page, once, and not between its acts."""

import time

import pytest

from sda_widgets.session.context import Context
from sda_widgets.session.pauses import Pauses


@pytest.fixture
def times():
    """When it was done."""
    return []


def wait_for(times, count):
    end = time.monotonic() + 20
    while len(times) < count and time.monotonic() < end:
        time.sleep(0.01)
    assert len(times) == count


def test_once_after_the_last_act(places, times):
    context = Context(places)
    pauses = Pauses(context, 0.4, lambda: times.append(time.monotonic()))
    wait_for(times, 1)  # after opening
    for _ in range(5):
        context.busy = not context.busy
        time.sleep(0.05)
    last = time.monotonic()
    wait_for(times, 2)
    assert times[1] > last
    pauses.close()
    assert len(times) == 2


def test_not_after_the_page_was_closed(places, times):
    pauses = Pauses(Context(places), 60.0, lambda: times.append(time.monotonic()))
    pauses.close()
    assert times == []
