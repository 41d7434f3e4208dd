"""Entries check their kind, and are titled by what the user knows of them."""

import dataclasses

import pytest

from sda_lib.history.entry import HistoryEntry, MadeSound

ENTRY = HistoryEntry(3, "generated", 1.7e9, "rain", 2.0, "a new sound", 7)


def test_titles():
    assert ENTRY.title == "a new sound"
    assert dataclasses.replace(ENTRY, name="tin").title == "tin"
    assert dataclasses.replace(ENTRY, description="").title == "seed 7"
    assert dataclasses.replace(ENTRY, description="", seed=None).title == "generated"


def test_facts_are_read_back():
    assert HistoryEntry.from_row(ENTRY.facts() | {"starred": 0}) == ENTRY


def test_an_unknown_kind_is_a_mistake_of_the_caller(made):
    with pytest.raises(ValueError, match="dreamt"):
        MadeSound("dreamt", made.recipe)
