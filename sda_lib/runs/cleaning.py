"""Find and delete files in a user's folder to free space: cache, trash, old runs, partial files."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sda_lib.errors import SdaError
from sda_lib.files import abandoned_parts, remove_partial_files
from sda_lib.files import delete as delete_path
from sda_lib.home import Home
from sda_lib.runs import locks
from sda_lib.runs.manage import delete
from sda_lib.runs.run import RESUMABLE, Run, describe_runs

# Kinds of files that can be cleaned, with a description for users.
KINDS = {
    "cache": "files that are made again when they are needed",
    "runs": "trainings that have finished (their models stay)",
    "trash": "what was deleted",
    "parts": "files that a killed process left half-written",
}
DAY = 86400.0


@dataclass(frozen=True)
class CleanableItem:
    """A file or folder that may be deleted.

    Its size in bytes, number of files, and last change in seconds since 1970.
    """

    path: Path
    bytes: int
    files: int
    changed: float


def cleanable(home: Home, kind: str, older_days: float | None = None) -> list[CleanableItem]:
    """Return what may be deleted of a kind; with `older_days`, only what was last changed at least that many days ago.

    Running and queued runs are never included; resumable ones only with `older_days`. Raises SdaError for an unknown
    kind and for a folder that can't be read.
    """
    if kind not in FINDERS:
        raise SdaError(f"There is nothing to clean called {kind!r}; choose one of {', '.join(KINDS)}.")
    latest, items = float("inf") if older_days is None else time.time() - older_days * DAY, []
    try:
        for path in FINDERS[kind](home, older_days is not None):
            with contextlib.suppress(FileNotFoundError):  # deleted in the meantime
                items.append(measured_item(path))
    except OSError as error:
        raise SdaError(f"{error.filename} can't be read ({error.strerror}); check its permissions.") from error
    return [item for item in items if item.changed <= latest]


def remove(home: Home, kind: str, items: Sequence[CleanableItem]) -> list[str]:
    """Delete items that `cleanable` returned; returns one sentence for each that could not be deleted."""
    problems = []
    for item in items:
        try:
            delete_path(delete(Run(item.path), home.trash) if kind == "runs" else item.path)
        except OSError as error:
            problems.append(f"{error.filename or item.path} can't be deleted ({error.strerror or error}).")
        except SdaError as error:
            problems.append(str(error))
    return problems


def sweep(home: Home) -> None:
    """Delete what ended processes left half-written in the folders that SDA writes to, and locks that nothing holds."""
    below = [path for folder in (home.runs, home.exports) for path in _children(folder) if path.is_dir()]
    parts = (home.models, home.runs, home.exports, home.sessions, home.autosave, home.sounds, home.trash)
    for folder in (home.folder, *parts, *below):
        remove_partial_files(folder)
    locks.remove_free(home.models)


def measured_item(path: Path) -> CleanableItem:
    """Return a file or folder with the size of its contents; links are not followed."""
    found = [path.lstat()]
    if stat.S_ISDIR(found[0].st_mode):
        for folder, folders, files in os.walk(path):
            for name in (*folders, *files):
                with contextlib.suppress(FileNotFoundError):  # a process may have renamed a temporary file
                    found.append(os.lstat(os.path.join(folder, name)))
    sizes = [one.st_size for one in found if not stat.S_ISDIR(one.st_mode)]
    return CleanableItem(path, sum(sizes), len(sizes), max(one.st_mtime for one in found))


def _children(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _old_runs(home: Home, resumable: bool) -> list[Path]:
    states = ("finished", *(RESUMABLE if resumable else ()))
    found = describe_runs(home.runs, lambda run: (run.folder, run.state))
    return sorted(folder for folder, state in found if state in states)


def _parts(home: Home, _: bool) -> list[Path]:
    """Return half-written files. Cache and trash are not searched, as they are kinds of their own."""
    folders = (home.models, home.runs, home.exports, home.sessions, home.autosave, home.sounds)
    found = {path for folder in folders for path in folder.rglob(".*.part*")}
    return abandoned_parts({*found, *home.folder.glob(".*.part*")})


FINDERS = {
    "cache": lambda home, _: _children(home.cache),
    "runs": _old_runs,
    "trash": lambda home, _: _children(home.trash),
    "parts": _parts,
}
