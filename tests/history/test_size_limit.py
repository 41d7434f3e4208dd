"""The limit of the history's size."""

import os
import time

import pytest

from sda_lib.export.defaults import set_default
from sda_lib.history.size_limit import LARGEST, ORPHAN_SECONDS, delete_orphans, dropped_words, limit_of, oldest
from sda_lib.history.store import HistoryStore


def test_the_limit_is_that_of_the_defaults_and_the_usual_one_where_they_are_damaged(tmp_path):
    folder = tmp_path / "history"
    assert limit_of(folder) == HistoryStore(folder).limit == LARGEST
    set_default(tmp_path / "defaults.toml", "history_size", "1.5GB")
    assert limit_of(folder) == HistoryStore(folder).limit == 1_500_000_000
    assert HistoryStore(folder, 7).limit == 7
    (tmp_path / "defaults.toml").write_text("history_size = ")
    assert limit_of(folder) == LARGEST


def test_the_oldest_are_dropped_until_the_excess_is_gone():
    rows = [{"number": one, "stored": 10} for one in range(1, 6)]
    assert list(oldest(rows, 15)) == [(1, 10), (2, 10)]
    assert list(oldest(rows, 0)) == []


def test_what_was_dropped_is_said():
    assert dropped_words([500_000, 1_500_000], 2_000_000_000).startswith("The 2 oldest sounds")
    assert "2.0 GB (sda defaults history_size)" in dropped_words([5], 2_000_000_000)
    assert "unstar some" in dropped_words([], 10)


def test_a_lower_limit_drops_samples_and_keeps_recipes_and_stars(store, record):
    numbers = [record() for _ in range(3)]
    store.star(numbers[0])
    sizes = [store.entry(number).stored for number in numbers]
    assert store.stored_bytes() == sum(sizes)
    assert "The oldest sound" in HistoryStore(store.folder, sum(sizes) - 1).keep_within()
    assert [bool(store.entry(number).stored) for number in numbers] == [True, False, True]
    assert store.recipe(numbers[1]).seed == 7
    assert HistoryStore(store.folder, sum(sizes)).keep_within() == ""


def test_nothing_is_made_where_there_is_no_history(tmp_path):
    store = HistoryStore(tmp_path / "history", 1)
    assert (store.keep_within(), store.stored_bytes(), store.folder.exists()) == ("", 0, False)


@pytest.mark.parametrize(("age", "stays"), [(0.0, True), (ORPHAN_SECONDS + 60, False)])
def test_files_without_a_row_are_deleted_once_they_are_old(tmp_path, age, stays):
    for name in ("1.flac", "2.flac"):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    delete_orphans(tmp_path, {1})
    assert (tmp_path / "1.flac").exists()
    assert (tmp_path / "2.flac").exists() == stays
