"""Find and delete files in a user's folder to free space: cache, trash, old runs, partial files."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sda_lib.errors import SdaError
from sda_lib.home import Home
from sda_lib.processes import is_running
from sda_lib.runs.run import Run
from sda_lib.trash import move_to_trash

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
    find = FINDERS.get(kind)
    if find is None:
        raise SdaError(f"There is nothing to clean called {kind!r}; choose one of {', '.join(KINDS)}.")
    latest = float("inf") if older_days is None else time.time() - older_days * DAY
    try:
        items = list(_existing(find(home, older_days is not None)))
    except OSError as error:
        raise SdaError(f"{error.filename} can't be read ({error.strerror}); check its permissions.") from error
    return [item for item in items if item.changed <= latest]


def remove(home: Home, kind: str, items: Sequence[CleanableItem]) -> list[str]:
    """Delete items that `cleanable` returned; returns one sentence for each that could not be deleted."""
    problems = []
    for item in items:
        try:
            _delete(_to_trash(home, item.path) if kind == "runs" else item.path)
        except OSError as error:
            problems.append(f"{error.filename or item.path} can't be deleted ({error.strerror or error}).")
        except SdaError as error:
            problems.append(str(error))
    return problems


def measured_item(path: Path) -> CleanableItem:
    """Return a file or folder with the size of its contents; links are not followed."""
    own = path.lstat()
    size, count, changed = own.st_size, 1, own.st_mtime
    if stat.S_ISDIR(own.st_mode):
        size = count = 0
        for facts in _stats(path):
            if not stat.S_ISDIR(facts.st_mode):
                size, count = size + facts.st_size, count + 1
            changed = max(changed, facts.st_mtime)
    return CleanableItem(path, size, count, changed)


def _existing(paths: Sequence[Path]) -> Iterator[CleanableItem]:
    for path in paths:
        with contextlib.suppress(FileNotFoundError):  # deleted in the meantime
            yield measured_item(path)


def _stats(folder: Path) -> Iterator[os.stat_result]:
    for where, folders, files in os.walk(folder):
        for name in (*folders, *files):
            with contextlib.suppress(FileNotFoundError):  # a process may have renamed a temporary file
                yield os.lstat(os.path.join(where, name))


def _children(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _old_runs(home: Home, resumable: bool) -> list[Path]:
    found = (Run(path.parent) for path in sorted(home.runs.glob("*/job.json")))
    return [run.folder for run in found if _is_deletable(run, resumable)]


def _is_deletable(run: Run, resumable: bool) -> bool:
    try:
        state = run.state
    except (SdaError, KeyError, TypeError, AttributeError):  # its job can't be read, so its state is unknown
        return False
    return state == "finished" or (resumable and run.resumable)


def _parts(home: Home, _: bool) -> list[Path]:
    """Return files named `.NAME.PROCESS.part.SUFFIX` whose process has ended.

    Cache and trash are not searched, as they are kinds of their own.
    """
    folders = (home.models, home.runs, home.exports, home.sessions, home.sounds)
    hidden = (path for folder in folders for path in folder.rglob(".*.part*"))
    return sorted({path for path in hidden if path.is_file() and _is_orphan(path.name)})


def _is_orphan(name: str) -> bool:
    process = name.rpartition(".part")[0].rpartition(".")[2]
    return process.isdigit() and not is_running(int(process))


def _to_trash(home: Home, folder: Path) -> Path:
    """Move a run's folder to the trash, where it can't be resumed. Raises SdaError when it is running again."""
    if Run(folder).alive:
        raise SdaError(f"{folder.name} is running again; it was not deleted.")
    return move_to_trash(folder, home.trash)


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


FINDERS = {
    "cache": lambda home, _: _children(home.cache),
    "runs": _old_runs,
    "trash": lambda home, _: _children(home.trash),
    "parts": _parts,
}
