"""Marks of models: tags, a note and a star, in one small file beside the models.

They are not in the models' own files: a star is set at once however large a model is, and a model that is shared tells
nobody what its owner noted. Marks belong to the name of a file.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sda_lib import faults, safe_json
from sda_lib.errors import SdaError
from sda_lib.file_names import numbered_paths, printable
from sda_lib.files import locked, write_atomically
from sda_lib.typed_fields import Fields

FORMAT = 1
FILE_NAME = "library.json"
# Largest file, in bytes, and most models in it.
LARGEST, MOST_MODELS = 8 * 2**20, 20_000
# Most tags of a model, and longest tags and notes, in characters.
MOST_TAGS, LONGEST_TAG, LONGEST_NOTE = 30, 40, 4000
# Longest note that is read: escapes take more characters.
LONGEST_TEXT = 4 * LONGEST_NOTE


@dataclass(frozen=True)
class Marks:
    """What the user noted of a model."""

    tags: tuple[str, ...] = ()
    note: str = ""
    starred: bool = False

    def tagged(self, added: tuple[str, ...], removed: tuple[str, ...] = ()) -> Marks:
        """Return marks with other tags, sorted. Raises SdaError for tags that are empty, too long or too many."""
        gone = {one.casefold() for one in removed}
        known = {one.casefold(): one for one in (*self.tags, *map(_checked_tag, added)) if one.casefold() not in gone}
        if len(known) > MOST_TAGS:
            raise SdaError(f"A model has at most {MOST_TAGS} tags; remove some first.")
        return dataclasses.replace(self, tags=tuple(known[one] for one in sorted(known)))

    def noted(self, note: str) -> Marks:
        """Return marks with another note, of LONGEST_NOTE characters at most."""
        lines = (printable(line.rstrip()) for line in note.strip().splitlines())
        return dataclasses.replace(self, note="\n".join(lines)[:LONGEST_NOTE])


@dataclass(frozen=True)
class MarksFile:
    """Content of the file: marks by the names of models' files, and of deleted ones by their names in the trash.

    Args:
        models: marks by file name.
        deleted: file name and marks that a model had, by its name in the trash.
        problem: why the file could not be read; empty where it could.
    """

    models: Mapping[str, Marks] = field(default_factory=dict)
    deleted: Mapping[str, tuple[str, Marks]] = field(default_factory=dict)
    problem: str = ""

    def of(self, name: str) -> Marks:
        """Return the marks of a model's file; none for an unknown one."""
        return self.models.get(name, Marks())

    def marked(self, name: str, marks: Marks | None) -> MarksFile:
        """Return the content with other marks of a model's file; None forgets them."""
        kept = {one: found for one, found in self.models.items() if one != name}
        return dataclasses.replace(self, models={**kept, name: marks} if marks and marks != Marks() else kept)


def read_marks(folder: Path) -> MarksFile:
    """Return the marks of the models in a folder; a file that can't be read gives none, and its problem."""
    path = folder / FILE_NAME
    try:
        facts = Fields(safe_json.read(path, LARGEST))
        version = facts.whole("format", 1)
        if version > FORMAT:
            return MarksFile(problem=f"{printable(path)} was written by a newer SDA; update SDA to see tags and notes.")
        models = _each(facts.inner("models"))
        deleted = _each(facts.inner("deleted"))
        was = {name: one.text("was", longest=255) for name, one in deleted.items()}
        return MarksFile(
            {name: _marks(one) for name, one in models.items()},
            {name: (was[name], _marks(one)) for name, one in deleted.items()},
        )
    except FileNotFoundError:
        return MarksFile()
    except (OSError, *safe_json.MALFORMED) as error:
        faults.pass_on(error)
        return MarksFile(problem=f"{printable(path)} can't be read; tags, notes and stars of the models are not shown.")


def change_marks(folder: Path, change: Callable[[MarksFile], MarksFile]) -> MarksFile:
    """Change the marks in a folder, also while other processes do; return them.

    A damaged file is kept beside the new one, as `library-damaged.json`. Raises SdaError when they can't be written,
    and for a file of a newer SDA.
    """
    path = folder / FILE_NAME
    with locked(folder):
        found = read_marks(folder)
        if "newer" in found.problem:
            raise SdaError(found.problem)
        changed = change(dataclasses.replace(found, problem=""))
        if changed == found:
            return found
        if found.problem:
            _set_aside(path)
        write_atomically(path, _text(changed).encode())
    return changed


def _set_aside(path: Path) -> None:
    with contextlib.suppress(OSError):  # one that can't be renamed is replaced
        damaged = path.with_name(f"{path.stem}-damaged{path.suffix}")
        path.rename(next(one for one in numbered_paths(damaged, "-") if not one.exists()))


def _text(content: MarksFile) -> str:
    deleted = {name: {"was": was, **_to_plain(marks)} for name, (was, marks) in content.deleted.items()}
    models = {name: _to_plain(marks) for name, marks in sorted(content.models.items())}
    return json.dumps({"format": FORMAT, "models": models, "deleted": deleted}, indent=1) + "\n"


def _to_plain(marks: Marks) -> dict[str, Any]:
    return {**dataclasses.asdict(marks), "tags": list(marks.tags)}


def _each(facts: Fields) -> dict[str, Fields]:
    """Return the fields of the objects in an object. Raises ValueError for too many."""
    if len(facts.plain) > MOST_MODELS:
        raise ValueError("too many models")
    return {str(name): facts.inner(name) for name in facts.plain}


def _marks(facts: Fields) -> Marks:
    """Return marks of JSON data. Raises FieldError, a ValueError, or SdaError for other data."""
    tags = tuple(map(str, facts.items("tags", most=MOST_TAGS)))
    marks = Marks((), "", facts.switch("starred"))
    try:
        return marks.tagged(tags).noted(facts.text("note", longest=LONGEST_TEXT))
    except SdaError as error:
        raise ValueError(str(error)) from error


def _checked_tag(tag: str) -> str:
    plain = " ".join(printable(tag).split())
    if not plain or len(plain) > LONGEST_TAG or "," in plain:
        raise SdaError(f"{printable(tag)!r:.60} is no tag; a tag has 1 to {LONGEST_TAG} characters and no comma.")
    return plain
