"""Searches narrow the history by words, kind, model, star and time."""

import pytest

from sda_lib.errors import SdaError
from sda_lib.history.search import ORDERS, Search, words_of


@pytest.fixture
def five(store, record):
    """Entries of different kinds; returns what a search finds, by number."""
    first = record()
    record(kind="edited", description="reverse", parent=first)
    record(kind="moved", description="warmth +1.5", parent=first)
    record(kind="opened", name="Door 100%_")
    record(kind="recorded", name="door")
    return lambda **search: [entry.number for entry in store.search(Search(**search)).entries]


def test_words_kinds_and_parents(five):
    assert five() == [5, 4, 3, 2, 1]
    assert five(text="door") == [5, 4]
    assert five(text="% door") == [4]
    assert five(text="'; DROP TABLE entries --") == []
    assert five(kinds=("edited", "moved")) == [3, 2]
    assert five(parent=1) == [3, 2]
    assert five(parent=1, text="warm") == [3]
    assert five(model="tiny", kinds=("generated",)) == [1]
    assert five(model="other") == []
    assert five(since=4e9) == []
    assert five(until=4e9, limit=2) == [5, 4]


@pytest.mark.parametrize("order", ORDERS)
def test_orders(five, order):
    assert sorted(five(order=order)) == [1, 2, 3, 4, 5]
    assert five(order="oldest")[0] == 1
    assert set(five(order="name")[:2]) == {4, 5}


def test_unknown_kinds_and_orders_are_refused():
    with pytest.raises(SdaError, match="no kind 'x'"):
        Search(kinds=("x",))
    with pytest.raises(SdaError, match="no order 'number; DROP'"):
        Search(order="number; DROP")


def test_words_leave_out_what_is_empty():
    assert words_of("A", "", None, 0) == "a\n0"
