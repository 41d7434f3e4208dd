"""Store of measurements: an SQLite file in the cache, so that hours of sound are not read again to measure them.

A measurement is found by where its file is, the file's size, and when the file and its properties changed. The store
can be deleted at any time, and whatever is wrong with it costs nothing but time: then files are measured again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from sda_lib import safe_json
from sda_lib.audio.measurement import Measurement
from sda_lib.errors import SdaError
from sda_lib.files import write_atomically
from sda_lib.home import Home

NAME = "measurements.sqlite"
# Version of the table and of what is measured; a file of another version is replaced.
VERSION = 1
SCHEMA = """CREATE TABLE measurements (
    key TEXT PRIMARY KEY, used INTEGER NOT NULL, facts TEXT NOT NULL, level BLOB NOT NULL, outline BLOB NOT NULL,
    spectra BLOB NOT NULL
)"""
# Most bytes of all measurements, those of some 100 hours; beyond it, those used longest ago are dropped.
LIMIT = 500_000_000
DROP = """DELETE FROM measurements WHERE rowid IN (SELECT rowid FROM (
    SELECT rowid, SUM(LENGTH(level) + LENGTH(spectra)) OVER (ORDER BY used DESC, rowid DESC) AS total FROM measurements
) WHERE total > ?)"""
# Seconds between two writes, and how long to wait for another process.
WRITE_SECONDS, BUSY_SECONDS = 2.0, 2.0
# A file that changed less than this many seconds ago could change again without another time of change.
SETTLED_SECONDS = 2.0
DAY = 86400
ARRAYS = {"level": np.int16, "outline": np.int8, "spectra": np.float16}


class MeasurementStore:
    """The measurements kept in a folder; nothing is made there before one is kept."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._base: sqlite3.Connection | None = None
        self._new: dict[str, Measurement] = {}
        self._used: list[str] = []
        self._written = time.monotonic()
        with contextlib.suppress(OSError):  # of a folder that can't be read
            if self.path.is_file():
                self._open()

    @classmethod
    def of_user(cls) -> MeasurementStore:
        """Return the store of the user's cache."""
        return cls(Home.from_environment().cache)

    def find(self, path: Path) -> Measurement | None:
        """Return the measurement of a file as it is now; None where there is none."""
        try:
            key = _key(path.stat(), path)
            if key in self._new:
                return self._new[key]
            if self._base is None:
                return None
            row = self._base.execute("SELECT * FROM measurements WHERE key = ?", (key,)).fetchone()
            if row is None:
                return None
            self._used.append(key)
            return _from_row(row)
        except (OSError, sqlite3.Error, *safe_json.MALFORMED):
            return None

    def keep(self, path: Path, found: Measurement) -> None:
        """Keep the measurement of a file; it is written within WRITE_SECONDS, or by `close`."""
        try:
            facts = path.stat()
        except OSError:
            return
        if time.time() - max(facts.st_mtime, facts.st_ctime) >= SETTLED_SECONDS:
            self._new[_key(facts, path)] = found
        if time.monotonic() - self._written > WRITE_SECONDS:
            self.write()

    def write(self) -> None:
        """Write the new measurements, and which of the others were used."""
        new, used = self._new, self._used
        self._new, self._used, self._written = {}, [], time.monotonic()
        if new and self._base is None:
            self._make()
        if self._base is None or not (new or used):
            return
        today = int(time.time() // DAY)
        try:
            with self._base as base:
                rows = [(key, today, *_to_row(one)) for key, one in new.items()]
                base.executemany("INSERT OR REPLACE INTO measurements VALUES (?, ?, ?, ?, ?, ?)", rows)
                base.executemany(
                    "UPDATE measurements SET used = ? WHERE key = ? AND used != ?",
                    [(today, key, today) for key in used],
                )
                if new:
                    base.execute(DROP, (LIMIT,))
        except sqlite3.Error:
            self._base = None

    def close(self) -> None:
        """Write what is new and close the file."""
        self.write()
        if self._base is not None:
            self._base.close()
            self._base = None

    def __enter__(self) -> MeasurementStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> None:
        """Open the file, and delete one that is damaged or of another version."""
        base = None
        try:
            base = sqlite3.connect(self.path, timeout=BUSY_SECONDS, check_same_thread=False)
            (version,) = base.execute("PRAGMA user_version").fetchone()
            tables = [row[0] for row in base.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
            if version == VERSION and tables == [SCHEMA]:
                self._base = base
                return
        except sqlite3.OperationalError:  # locked, or not to be read
            return
        except sqlite3.DatabaseError:
            pass
        if base is not None:
            base.close()
        self.path.unlink(missing_ok=True)

    def _make(self) -> None:
        """Make the file beside its place and rename it, so that no process opens one without its table."""
        try:
            if not self.path.exists():
                write_atomically(self.path, _create)
            self._open()
        except (OSError, SdaError, sqlite3.Error):
            self._base = None


def _create(path: Path) -> None:
    base = sqlite3.connect(path)
    base.execute(SCHEMA)
    base.execute(f"PRAGMA user_version = {VERSION}")
    base.commit()
    base.close()


def _key(facts: os.stat_result, path: Path) -> str:
    """Return the name of a file in its present state; what may change it sets the time of change of its properties."""
    place = os.fsencode(os.path.realpath(path))
    state = facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns
    return hashlib.sha256(place + repr(state).encode()).hexdigest()


def _to_row(one: Measurement) -> tuple[str, bytes, bytes, bytes]:
    facts = {name: getattr(one, name) for name in _FACTS}
    level, outline, spectra = (
        np.ascontiguousarray(getattr(one, name), kind).tobytes() for name, kind in ARRAYS.items()
    )
    return json.dumps({**facts, "bands": one.spectra.shape[1]}), level, outline, spectra


def _from_row(row: Iterable[Any]) -> Measurement:
    """Return the measurement of a row. Raises one of safe_json.MALFORMED for a damaged one."""
    _, _, text, *blobs = row
    facts = safe_json.parse(text)
    bands = int(facts.pop("bands"))
    level, outline, spectra = (np.frombuffer(blob, kind) for blob, kind in zip(blobs, ARRAYS.values(), strict=True))
    for name in ("remarks", "tags"):
        facts[name] = tuple(facts[name])
    return Measurement(**facts, level=level, outline=outline.reshape(-1, 2), spectra=spectra.reshape(-1, bands))


_FACTS = tuple(one.name for one in dataclasses.fields(Measurement) if one.name not in ARRAYS)
