"""The database is opened by several processes and threads, and nothing in it is carried out."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sda_lib.errors import SdaError
from sda_lib.history import database
from sda_lib.history.database import DamagedError, reading, transaction


def count(path):
    with reading(path) as base:
        return base.execute("SELECT count(*) FROM recipes").fetchone()[0]


def add(base):
    base.execute("INSERT INTO recipes (made, rest, thumbnail) VALUES ('', '', x'')")


def add_and_fail(base):
    add(base)
    return 1 // 0


def test_a_failed_transaction_changes_nothing(tmp_path):
    path = tmp_path / "below/history.sqlite"
    with transaction(path) as base:
        add(base)
    with pytest.raises(ZeroDivisionError), transaction(path) as base:
        add_and_fail(base)
    assert count(path) == 1


def test_several_make_it_at_once(tmp_path):
    path = tmp_path / "history.sqlite"

    def act():
        with transaction(path) as base:
            add(base)

    threads = [threading.Thread(target=act) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(path) == 8


def test_a_reader_never_meets_a_half_made_one(tmp_path):
    """A process that looks while another makes the database finds either none or a whole one."""
    paths = [tmp_path / f"{number}/history.sqlite" for number in range(30)]
    stop = threading.Event()

    def look():
        found = []
        while not stop.is_set():
            found += [count(path) for path in paths if path.exists()]
        return found

    with ThreadPoolExecutor(1) as pool:
        looked = pool.submit(look)
        try:
            for path in paths:
                with transaction(path):
                    pass
        finally:
            stop.set()
        assert set(looked.result()) == {0}


def test_readers_cannot_write(tmp_path):
    path = tmp_path / "history.sqlite"
    with transaction(path) as base:
        add(base)
    with pytest.raises(SdaError), reading(path) as base:
        add(base)


def test_a_locked_database_is_a_sentence(tmp_path, monkeypatch):
    path = tmp_path / "history.sqlite"
    with transaction(path) as base:
        add(base)
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    with transaction(path) as base:
        add(base)
        with pytest.raises(SdaError, match=r"held by another program; try again\.$"), transaction(path):
            pass


def test_other_databases_are_damaged(tmp_path):
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE entries (number)")
    base.close()
    with pytest.raises(DamagedError), reading(path):
        pass


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SdaError, match=r"\.$"), transaction(tmp_path / "file/history.sqlite"):
        pass
