"""The database of the history: an SQLite file that several processes read and write, and that may come from a stranger.

Its tables, indexes and nothing else have to be the ones that are made here: views and triggers, which SQLite would
carry out, are refused. A transaction is in the file before `transaction` returns.
"""

from __future__ import annotations

import contextlib
import functools
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sda_lib import faults, files
from sda_lib.errors import SdaError
from sda_lib.file_names import printable

# Marks of the file, for its own header: the letters SDAH, and the version of its tables.
APPLICATION, VERSION = 0x53444148, 1
# How long to wait for another process, in seconds.
BUSY_SECONDS = 10.0
# Largest text or row, in bytes; a recipe has at most two of 24 MB.
LARGEST = 64 * 2**20
# What lists and searches read is apart from the recipes, which are a hundred times larger.
SCHEMA = """
CREATE TABLE entries (
    number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, made REAL NOT NULL, model TEXT NOT NULL,
    seconds REAL NOT NULL, description TEXT NOT NULL, seed INTEGER, parent INTEGER, name TEXT NOT NULL,
    note TEXT NOT NULL, starred INTEGER NOT NULL, stored INTEGER NOT NULL, words TEXT NOT NULL
);
CREATE TABLE recipes (
    number INTEGER PRIMARY KEY, made TEXT NOT NULL, rest TEXT NOT NULL, thumbnail BLOB NOT NULL
);
"""
NOT_DATABASES = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT)
# Bytes that are written to find out why SQLite can't: more than it adds to its files at once.
PROBE = 1 << 20


class DamagedError(SdaError):
    """A database that is damaged, or is none of SDA's."""


def exists(path: Path) -> bool:
    """Return whether there is a database; an empty file is none yet. Raises SdaError."""
    with _explained(path):
        try:
            return path.stat().st_size > 0
        except (FileNotFoundError, NotADirectoryError):
            return False


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database for reading. Raises SdaError; DamagedError for a file that SDA did not write."""
    with _explained(path), contextlib.closing(_connected(path)) as base:
        base.execute("PRAGMA query_only = ON")
        yield base


@contextlib.contextmanager
def transaction(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database to change it, and make it if it is missing; an error undoes the changes.

    Raises SdaError when it can't be written; DamagedError for a file that SDA did not write.
    """
    with _explained(path):
        _make_if_missing(path)
        with contextlib.closing(_connected(path)) as base:
            base.execute("BEGIN IMMEDIATE")
            try:
                yield base
            except BaseException:
                base.rollback()
                raise
            base.commit()


def _connected(path: Path) -> sqlite3.Connection:
    """Return a checked connection. Raises sqlite3.Error, DamagedError for other tables, SdaError for a newer file."""
    address = f"{path.absolute().as_uri()}?mode=rw"
    base = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST)
        base.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        base.text_factory = _text
        base.row_factory = sqlite3.Row
        for line in ("trusted_schema = OFF", "cell_size_check = ON", "synchronous = NORMAL"):
            base.execute(f"PRAGMA {line}")
        _check(path, base)
    except BaseException:
        base.close()
        raise
    return base


def _make_if_missing(path: Path) -> None:
    """Make the database beside its place and rename it, so that no process ever opens one without its tables."""
    if exists(path):
        return
    with files.locked(path.parent):
        if not exists(path):
            files.write_atomically(path, _make)


def _make(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("PRAGMA journal_mode = WAL")  # readers and a writer do not wait for each other
        base.executescript(SCHEMA)
        base.execute(f"PRAGMA application_id = {APPLICATION}")
        base.execute(f"PRAGMA user_version = {VERSION}")


def _check(path: Path, base: sqlite3.Connection) -> None:
    application, version = (base.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
    if application == APPLICATION and version > VERSION:
        raise SdaError(f"{printable(path)} was written by a newer SDA; update SDA to open it.")
    if application != APPLICATION or _tables(base) != _wanted_tables():
        raise _damaged(path)


def _tables(base: sqlite3.Connection) -> list[tuple[str, ...]]:
    rows = base.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
    return sorted(tuple(map(str, row)) for row in rows)


@functools.cache
def _wanted_tables() -> list[tuple[str, ...]]:
    with contextlib.closing(sqlite3.connect(":memory:")) as base:
        base.executescript(SCHEMA)
        return _tables(base)


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Raise errors of SQLite and of the system as SdaError."""
    try:
        yield
    except UnicodeDecodeError as error:  # in a message of SQLite that quotes the file
        raise _damaged(path) from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in NOT_DATABASES:
            raise _damaged(path) from error
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise SdaError(f"{printable(path)} is held by another program; try again.") from error
        if (cause := _refusal(path)) is not None:
            raise files.unwritable(path, cause) from error
        why = faults.reason(error)
        raise SdaError(f"{printable(path)} can't be read or written ({why}); check its permissions.") from error
    except OSError as error:
        raise files.unwritable(path, error) from error


def _refusal(path: Path) -> OSError | None:
    """Return why the system refuses to write beside a file, which SQLite does not tell; None if it does not."""
    try:
        with files.part_folder(path) as folder:
            (folder / "probe").write_bytes(bytes(PROBE))
    except OSError as error:
        return error
    return None


def _damaged(path: Path) -> DamagedError:
    return DamagedError(f"{printable(path)} is damaged or no history of SDA; move it away, a new one is made.")


def _text(data: bytes) -> str:
    return data.decode(errors="replace")
