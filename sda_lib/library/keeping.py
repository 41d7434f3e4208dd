"""Keep models: rename, duplicate, delete, restore, import and export them, with their marks."""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sda_lib import files
from sda_lib.errors import SdaError
from sda_lib.file_names import free_path, printable, safe_stem
from sda_lib.library.marks import Marks, MarksFile, change_marks, read_marks
from sda_lib.model.header import EARLIER_NAMES, Change, copy_with_header, peek, read_header, shareable
from sda_lib.model.library import LibraryEntry, earlier_names, entry_of
from sda_lib.runs.locks import training_into
from sda_lib.trash import move_to_trash, take_from_trash

SUFFIX = ".sda"
# Names of models in the trash: their own, and a date where that was taken.
IN_TRASH = re.compile(r"(?P<name>.+\.sda)( \d{8}-\d{6}( \d+)?)?", re.DOTALL)
# Names of models' files.
FILE_NAME = re.compile(r"[^/\\\0]+\.sda")
# Most names that a model remembers.
MOST_NAMES = 20


@dataclass(frozen=True)
class TrashedModel:
    """A model in the trash: its entry, the name of the file it was, and its marks."""

    entry: LibraryEntry
    was: str
    marks: Marks

    @property
    def names(self) -> tuple[str, ...]:
        """Names by which it is restored: of its file in the trash, of the file it was, of the model."""
        return self.entry.path.name, self.was, self.was.removesuffix(SUFFIX), self.entry.name


def rename(path: Path, name: str) -> Path:
    """Give a model another name and its file the one that fits; return the new path.

    The model remembers its earlier names, by which the sounds it has made find it. Raises SdaError for a name that is
    taken or has no letter or digit, and while the model is being trained.
    """
    out = path.with_name(f"{_stem(name)}{SUFFIX}")
    if out != path:
        _check_free(out)
    with _untrained(*dict.fromkeys((path, out))):
        copy_with_header(path, out, _renamed(printable(name.strip())))
        if out != path:
            change_marks(path.parent, lambda before: _moved(before, path.name, out.name))
            files.delete(path)
    return out


def duplicate(path: Path, name: str = "") -> Path:
    """Copy a model with its marks under another name; return the path of the copy.

    Args:
        path: the model file.
        name: the name of the copy; default: its name and a number.

    Raises SdaError for a name that is taken or has no letter or digit.
    """
    if name:
        out = path.with_name(f"{_stem(name)}{SUFFIX}")
        _check_free(out)
        copy = copy_with_header(path, out, _renamed(printable(name.strip())), "-")
    else:
        free = free_path(path, "-")
        copy = copy_with_header(path, free, _renamed(free.stem), "-")
    change_marks(path.parent, lambda before: before.marked(copy.name, before.of(path.name)))
    return copy


def delete(path: Path, trash: Path) -> Path:
    """Move a model to the trash with its marks, and return its path there.

    Raises SdaError while it is being trained, and when it can't be moved.
    """
    if not path.is_file() and not path.is_symlink():
        raise SdaError(f"There is no model {printable(path)}; check the path.")
    with _untrained(path):
        place = move_to_trash(path, trash)
    change_marks(path.parent, lambda before: _put_away(before, path.name, place, trash))
    return place


def trashed_models(folder: Path, trash: Path) -> tuple[TrashedModel, ...]:
    """Return the models in the trash that were in a folder, those deleted last first."""
    marks = read_marks(folder)
    return tuple(_trashed(path, name, marks) for path, name in _in_trash(trash))


def _trashed(path: Path, name: str, known: MarksFile) -> TrashedModel:
    was, marks = known.deleted.get(path.name, (name, Marks()))
    return TrashedModel(entry_of(path), was if FILE_NAME.fullmatch(was) else name, marks)


def restore(name: str, folder: Path, trash: Path) -> Path:
    """Move a model from the trash back into a folder, with its marks; return its path.

    Args:
        name: the name of the model, of its file, or of its file in the trash; of several, the one deleted last.
        folder: the folder of models.
        trash: the trash.

    A name that is taken by now gets a number. Raises SdaError for a model that is not in the trash.
    """
    found = next((one for one in trashed_models(folder, trash) if name in one.names), None)
    if found is None:
        raise SdaError(f"There is no model {printable(name)} in the trash; `sda models trash` lists them.")
    place = take_from_trash(found.entry.path, folder / found.was)
    change_marks(folder, lambda before: _taken_back(before, found, place.name))
    return place


def import_model(path: Path, folder: Path) -> Path:
    """Copy a model file into a folder of models, and return the path of the copy; existing ones stay.

    Raises SdaError for a file that is no model, or cut off.
    """
    path = path.expanduser()
    read_header(path)
    stem = safe_stem(path.stem.removesuffix(SUFFIX), "model")
    return _copied(path, folder / f"{stem}{SUFFIX}")


def export_model(path: Path, out: Path, recordings: bool = True) -> Path:
    """Copy a model to a file or into a folder, and return the path of the copy; existing files stay.

    Args:
        path: the model file.
        out: a file ending with .sda, or a folder.
        recordings: whether the recordings and names of files are in the copy, if the model has them.

    Raises SdaError when it can't be written.
    """
    out = out.expanduser()
    target = out if out.suffix == SUFFIX else out / path.name
    if recordings:
        read_header(path)
        return _copied(path, target)
    if not peek(path).get("memory"):
        return copy_with_header(path, target, shareable, "-")
    from sda_lib.model.model import SdaModel

    return SdaModel.load(path).without_memory().save(free_path(target, "-"))


def _copied(path: Path, out: Path) -> Path:
    return files.write_atomically(out, lambda part: shutil.copyfile(path, part), "-")


def _stem(name: str) -> str:
    """Return the stem of a model's file. Raises SdaError for a name that has no letter or digit."""
    if not (stem := safe_stem(name.strip())):
        raise SdaError(f"The name {printable(name)!r} needs at least one letter or digit; choose another one.")
    return stem


def _check_free(path: Path) -> None:
    if path.exists():
        raise SdaError(f"There is already a model {printable(path.name)}; choose another name.")


def _renamed(name: str) -> Change:
    """Return a change of the header to another name, which keeps the earlier ones."""

    def change(header: dict[str, Any]) -> dict[str, Any]:
        before = [*earlier_names(header), *([header["name"]] if isinstance(header.get("name"), str) else [])]
        kept = [one for one in dict.fromkeys(before) if one != name]
        return {**header, "name": name, EARLIER_NAMES: kept[-MOST_NAMES:]}

    return change


def _untrained(*paths: Path) -> ExitStack:
    """Hold the locks of models that must not be trained meanwhile. Raises SdaError for one that is."""
    stack = ExitStack()
    try:
        for path in paths:
            stack.enter_context(training_into(path))
    except BaseException:
        stack.close()
        raise
    return stack


def _moved(before: MarksFile, name: str, new: str) -> MarksFile:
    """Return marks of which those of one file are those of another."""
    return before.marked(new, before.of(name)).marked(name, None)


def _put_away(before: MarksFile, name: str, place: Path, trash: Path) -> MarksFile:
    """Move the marks of a model to those of deleted ones; those of models that have left the trash are forgotten."""
    there = {path.name for path, _ in _in_trash(trash)}
    kept = {one: found for one, found in before.deleted.items() if one in there}
    deleted = {**kept, place.name: (name, before.of(name))}
    return dataclasses.replace(before, deleted=deleted).marked(name, None)


def _taken_back(before: MarksFile, one: TrashedModel, name: str) -> MarksFile:
    kept = {place: found for place, found in before.deleted.items() if place != one.entry.path.name}
    return dataclasses.replace(before, deleted=kept).marked(name, one.marks)


def _in_trash(trash: Path) -> list[tuple[Path, str]]:
    """Return the models in the trash and their names before, those deleted last first."""
    return sorted(_matching(trash), key=lambda found: _changed(found[0]), reverse=True)


def _matching(trash: Path) -> Iterator[tuple[Path, str]]:
    for path in trash.iterdir() if trash.is_dir() else ():
        if (match := IN_TRASH.fullmatch(path.name)) and path.is_file():
            yield path, match["name"]


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
