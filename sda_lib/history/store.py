"""The store of every sound made: record, search, change, delete.

A sound's row with its recipe is written first, in one transaction; then its samples, as FLAC, beside the database. A
process that is killed in between loses the FLAC alone, which the recipe makes again. Lists and searches load no torch.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sda_lib import files
from sda_lib.errors import FieldError, SdaError
from sda_lib.file_names import numbered, printable
from sda_lib.history.database import DamagedError, exists, reading, transaction
from sda_lib.history.entry import LONGEST_NAME, LONGEST_NOTE, Found, HistoryEntry, MadeSound, Recorded
from sda_lib.history.search import ORDERS, Search, words_of
from sda_lib.history.size_limit import delete_orphans, dropped_words, limit_of, number_of, oldest
from sda_lib.trash import move_to_trash

if TYPE_CHECKING:
    from sda_lib.audio.clip import AudioClip
    from sda_lib.history.recipe import SoundRecipe

# Bits of the stored samples.
BITS = 24
TOTAL = "SELECT total(stored) FROM entries"
COLUMNS = "number, kind, made, model, seconds, description, seed, parent, name, note, starred, stored"


@dataclass(frozen=True)
class HistoryStore:
    """The sounds that were made with a user's models, in a folder of the user's (`Home.history`).

    Several threads and processes may use it at once. A damaged database is set aside: the folder gets another name, a
    new one begins, and the notice says so.

    Args:
        folder: where it lies; made with the first sound.
        largest: most bytes of stored sounds; beyond it the oldest without a star are dropped, their recipes stay.
            Default: that of the user's defaults.
    """

    folder: Path
    largest: int | None = None

    @property
    def database(self) -> Path:
        """The database's file."""
        return self.folder / "history.sqlite"

    @property
    def sounds(self) -> Path:
        """The folder of stored sounds."""
        return self.folder / "sounds"

    # --- record

    def record(self, sound: MadeSound) -> Recorded:
        """Add a sound, and return its number and notices for the user.

        Its recipe survives a kill from then on. Raises SdaError when the recipe can't be written or is too long; where
        the samples can't be written, a notice says so.
        """
        from sda_lib.analysis.thumbnail import thumbnail
        from sda_lib.history.recipe import recipe_texts

        texts, notices, clip = recipe_texts(sound.recipe), list[str](), sound.clip
        small = b"" if clip is None or not clip.length else thumbnail(clip)
        try:
            number = self._insert(sound, texts, small)
        except DamagedError:
            notices.append(self.set_aside())
            number = self._insert(sound, texts, small)
        if clip is not None and clip.length:
            try:
                self._store_sound(number, clip, sound.name or sound.description, texts[0])
                notices.append(self.keep_within())
            except SdaError as error:
                notices.append(f"The history keeps the recipe of this sound alone: {error}")
        return Recorded(number, tuple(filter(None, notices)))

    def _insert(self, sound: MadeSound, texts: tuple[str, str], small: bytes) -> int:
        made = sound.recipe.provenance
        assert made.sound is not None  # a recipe always holds one
        model, seed, name = printable(made.model.get("name", "")), sound.recipe.seed, _short(sound.name, LONGEST_NAME)
        description = _short(sound.description, LONGEST_NOTE)
        facts = {
            "kind": sound.kind,
            "made": time.time(),
            "model": model,
            "seconds": made.sound.seconds,
            "description": description,
            "seed": seed,
            "parent": sound.parent,
            "name": name,
            "note": "",
            "starred": 0,
            "stored": 0,
            "words": words_of(name, description, sound.kind, model, seed),
        }
        with self._changed() as base:
            marks = ", ".join("?" * len(facts))
            cursor = base.execute(f"INSERT INTO entries ({', '.join(facts)}) VALUES ({marks})", [*facts.values()])
            number = cursor.lastrowid or 0
            base.execute("INSERT INTO recipes VALUES (?, ?, ?, ?)", (number, *texts, small))
        return number

    def _store_sound(self, number: int, clip: AudioClip, title: str, made: str) -> None:
        """Write the samples, with their provenance in the tags, so that the file alone tells how it was made."""
        from sda_lib.audio.tags import LARGEST as LARGEST_TAG
        from sda_lib.audio.tags import PROVENANCE_TAG
        from sda_lib.export.finish import Delivery
        from sda_lib.export.write import write_clip

        tags = {"title": title or f"sound {number}", **({PROVENANCE_TAG: made} if len(made) < LARGEST_TAG else {})}
        path = write_clip(clip, self._sound_file(number), Delivery(bit_depth=BITS), tags)
        with self._changed() as base:
            base.execute("UPDATE entries SET stored = ? WHERE number = ?", (path.stat().st_size, number))

    @property
    def limit(self) -> int:
        """Most bytes of stored sounds."""
        return limit_of(self.folder) if self.largest is None else self.largest

    def stored_bytes(self) -> int:
        """Return the bytes of all stored sounds. Raises SdaError when the database can't be read."""
        with self._read() as base:
            return 0 if base is None else int(number_of(base.execute(TOTAL).fetchone()[0]))

    def keep_within(self) -> str:
        """Drop the oldest sounds without a star beyond the limit; return a sentence for the user, or ""."""
        limit = self.limit
        if self.stored_bytes() <= limit:
            return ""
        with self._changed() as base:
            excess = number_of(base.execute(TOTAL).fetchone()[0]) - limit
            rows = base.execute("SELECT number, stored FROM entries WHERE stored > 0 AND starred = 0 ORDER BY number")
            dropped = list(oldest(rows, excess))
            base.executemany("UPDATE entries SET stored = 0 WHERE number = ?", [(number,) for number, _ in dropped])
        for number, _ in dropped:
            self._sound_file(number).unlink(missing_ok=True)
        self._remove_orphans()
        return dropped_words([size for _, size in dropped], limit)

    # --- find

    def search(self, search: Search | None = None) -> Found:
        """Return the sounds that a search finds; rows that SDA did not write are left out and counted.

        Raises SdaError when the database can't be read.
        """
        search = search or Search()
        condition, values = search.condition
        with self._read() as base:
            if base is None:
                return Found()
            total = base.execute(f"SELECT count(*) FROM entries WHERE {condition}", values).fetchone()[0]
            order = f"ORDER BY {ORDERS[search.order]} LIMIT ? OFFSET ?"
            rows = base.execute(
                f"SELECT {COLUMNS} FROM entries WHERE {condition} {order}", [*values, search.limit, search.skip]
            ).fetchall()
        entries = [entry for row in rows if (entry := _entry_or_none(row)) is not None]
        return Found(tuple(entries), int(number_of(total)), len(rows) - len(entries))

    def entry(self, number: int) -> HistoryEntry:
        """Return one entry. Raises SdaError for a number that no sound has."""
        row = self._row(f"SELECT {COLUMNS} FROM entries WHERE number = ?", number)
        entry = _entry_or_none(row)
        if entry is None:
            raise SdaError(f"Sound {number} of the history is damaged; delete it.")
        return entry

    def recipe(self, number: int) -> SoundRecipe:
        """Return the recipe of a sound. Raises SdaError for an unknown number and for a damaged recipe."""
        from sda_lib.history.recipe import parse_recipe

        row = self._row("SELECT made, rest FROM recipes WHERE number = ?", number)
        return parse_recipe(row["made"], row["rest"], number)

    def thumbnails(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """Return the thumbnails of sounds by number (`thumbnail.picture`); sounds without one are left out."""
        from sda_lib.analysis.thumbnail import SIZE

        with self._read() as base:
            if base is None:
                return {}
            rows = [
                base.execute("SELECT number, thumbnail FROM recipes WHERE number = ?", (number,)).fetchone()
                for number in numbers
            ]
        small = {row["number"]: row["thumbnail"] for row in rows if row is not None}
        return {number: data for number, data in small.items() if isinstance(data, bytes) and len(data) == SIZE}

    def sound_path(self, number: int) -> Path | None:
        """Return the file of a sound's samples; None where the recipe alone is kept."""
        path = self._sound_file(number)
        return path if self.entry(number).stored and path.is_file() and not path.is_symlink() else None

    def _row(self, query: str, number: int) -> sqlite3.Row:
        with self._read() as base:
            row = None if base is None else base.execute(query, (number,)).fetchone()
        if row is None:
            raise SdaError(f"There is no sound {number} in the history; `sda history` lists them.")
        return row

    # --- change

    def star(self, number: int, starred: bool = True) -> HistoryEntry:
        """Star a sound, whose samples are then always kept, or take the star away; return the entry."""
        return self._set(number, starred=int(starred))

    def rename(self, number: int, name: str) -> HistoryEntry:
        """Give a sound a name, of LONGEST_NAME characters at most; return the entry."""
        return self._set(number, name=_short(name, LONGEST_NAME))

    def annotate(self, number: int, note: str) -> HistoryEntry:
        """Write a note on a sound, of LONGEST_NOTE characters at most; return the entry."""
        return self._set(number, note=note.strip()[:LONGEST_NOTE])

    def _set(self, number: int, **values: str | int) -> HistoryEntry:
        self.entry(number)  # raises for an unknown one, and before a database is made
        with self._changed() as base:
            changes = ", ".join(f"{name} = ?" for name in values)
            base.execute(f"UPDATE entries SET {changes} WHERE number = ?", (*values.values(), number))
            row = base.execute(f"SELECT {COLUMNS} FROM entries WHERE number = ?", (number,)).fetchone()
            entry = _entry_or_none(row) if row is not None else None
            if entry is None:
                raise SdaError(f"There is no sound {number} in the history; `sda history` lists them.")
            words = words_of(entry.name, entry.note, entry.description, entry.kind, entry.model, entry.seed)
            base.execute("UPDATE entries SET words = ? WHERE number = ?", (words, number))
        return entry

    def delete(self, numbers: Iterable[int], trash: Path) -> int:
        """Delete sounds; stored samples, whose tags hold the recipe, go to the trash. Return how many there were.

        Raises SdaError for a number that no sound has; nothing is deleted then.
        """
        numbers = list(dict.fromkeys(numbers))
        with self._read() as base:
            known = set() if base is None else {row[0] for row in base.execute("SELECT number FROM entries")}
        if missing := [number for number in numbers if number not in known]:
            raise SdaError(f"There is no sound {missing[0]} in the history; `sda history` lists them.")
        for number in numbers:
            path = self._sound_file(number)
            if path.is_file() and not path.is_symlink():
                move_to_trash(path, trash)
        with self._changed() as base:
            for table in ("entries", "recipes"):
                base.executemany(f"DELETE FROM {table} WHERE number = ?", [(number,) for number in numbers])
        return len(numbers)

    # --- the files

    def _sound_file(self, number: int) -> Path:
        return self.sounds / f"{number:d}.flac"

    @contextlib.contextmanager
    def _read(self) -> Iterator[sqlite3.Connection | None]:
        """Open the database for reading; None if there is none yet. A damaged one is set aside, which is an error."""
        try:
            if not exists(self.database):
                yield None
                return
            with reading(self.database) as base:
                yield base
        except DamagedError as error:
            raise SdaError(self.set_aside()) from error

    def _changed(self) -> AbstractContextManager[sqlite3.Connection]:
        return transaction(self.database)

    def set_aside(self) -> str:
        """Rename the folder of a damaged database, so that a new one begins; return a sentence for the user.

        Raises SdaError when it can't be renamed.
        """
        with files.locked(self.folder.parent):
            if not self._is_damaged():
                return "The history was damaged; a new one has begun."  # another process has set it aside
            names = numbered(f"{self.folder.name}-damaged")
            place = next(one for one in map(self.folder.with_name, names) if not one.exists())
            try:
                self.folder.rename(place)
            except OSError as error:
                raise files.unwritable(self.folder, error) from error
        return f"The history was damaged and is now in {printable(place)}; a new one begins."

    def _is_damaged(self) -> bool:
        try:
            with reading(self.database) as base:
                return base.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok"
        except DamagedError:
            return True
        except SdaError:
            return False

    def _remove_orphans(self) -> None:
        """Delete sound files that no row stores: their processes were killed."""
        with self._read() as base:
            stored = set() if base is None else {r[0] for r in base.execute("SELECT number FROM entries WHERE stored")}
        delete_orphans(self.sounds, stored)


def _entry_or_none(row: sqlite3.Row) -> HistoryEntry | None:
    try:
        return HistoryEntry.from_row(dict(row))
    except FieldError:
        return None


def _short(text: str, longest: int) -> str:
    return " ".join(printable(text.strip()).split())[:longest]
