"""Files that every worker of a cluster has, by name: its copies of what was sent, or the originals on this computer.

Nothing here needs Dask, so that work can be done in a process without a cluster, too.
"""

from __future__ import annotations

import contextlib
import functools
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from sda_lib.errors import SdaError
from sda_lib.scratch import scratch_folder

_places: dict[str, Path] = {}  # of this process
_folders: list[Path] = []  # that a worker gives its tasks for temporary files
_turn = threading.RLock()


def set_place(name: str, path: Path) -> None:
    """Have `shared_path` return a path for a name in this process."""
    _places[name] = path


def drop_place(name: str) -> None:
    """Forget a name; an unknown one is no error."""
    _places.pop(name, None)


def shared_path(name: str) -> Path:
    """Return the file or folder of a name in this process. Raises SdaError where nothing was sent under it."""
    if name not in _places:
        raise SdaError("A worker lacks the files of this work; run the command again to continue.")
    return _places[name]


@contextlib.contextmanager
def shared_here(path: Path) -> Iterator[str]:
    """Share a file or folder with the work of this process itself; yields its name."""
    name = new_name()
    set_place(name, path)
    try:
        yield name
    finally:
        drop_place(name)


def new_name() -> str:
    """Return a name that no other shared file has, on any cluster."""
    return f"sda-{uuid4().hex}"


def use_folder(folder: Path) -> None:
    """Let tasks of this process keep temporary files in a folder that is deleted with the worker."""
    _folders[:] = [folder]


@contextlib.contextmanager
def task_folder() -> Iterator[Path]:
    """Make a folder for one task, and delete it with what is in it."""
    folder = scratch_folder("task", _folders[0] if _folders else None)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def one_task_at_a_time() -> Iterator[None]:
    """Hold the worker for one task: torch has one random number generator per process, and a core is busy with one."""
    _one_thread()
    with _turn:
        yield


@functools.cache
def _one_thread() -> None:
    """Compute on one thread per process, since other workers share the cores."""
    from threadpoolctl import threadpool_limits  # the command line loads without any package

    threadpool_limits(1)
