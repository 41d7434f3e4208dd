"""Locks that the system frees when their holder dies: of an `.sda` that is being trained, and of a place in the queue.

The lock of an `.sda` is a hidden file beside it, which says who holds it.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from sda_lib import faults
from sda_lib.errors import SdaError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt

TRIES = 10
BEYOND = 2**30
"""The byte that is locked on Windows, where a locked byte can't be read: none of those that say who holds the lock."""


@contextlib.contextmanager
def lock(out: Path, holder: str, keep: bool = False) -> Iterator[int]:
    """Hold the lock of `out` in the holder's name and yield its open file; `keep` leaves it to a child that got it.

    Raises SdaError when another one holds it."""
    path = lock_path(out)
    file = _locked_file(path, out)
    try:
        os.truncate(file, 0)
        os.pwrite(file, holder.encode(), 0)
        yield file
    except BaseException:
        keep = False
        raise
    finally:
        if not keep:
            path.unlink(missing_ok=True)
        os.close(file)


@contextlib.contextmanager
def handed_over(file: int, out: Path) -> Iterator[int]:
    """The lock of `out`, which another process took and left to this one as an open file."""
    try:
        yield file
    finally:
        lock_path(out).unlink(missing_ok=True)
        os.close(file)


@contextlib.contextmanager
def training_into(out: str | Path) -> Iterator[None]:
    """Hold the lock of an `.sda` while training in this very process."""
    with lock(Path(out).expanduser().resolve(), f"process {os.getpid()}"):
        yield


def holder(out: Path) -> str:
    """Who holds the lock of `out`; empty when nobody does."""
    try:
        file = os.open(lock_path(out), os.O_RDWR)
    except OSError:
        return ""
    try:
        return "" if _take(file, shared=True) else os.pread(file, 4096, 0).decode(errors="replace")
    finally:
        os.close(file)


@contextlib.contextmanager
def place(folder: Path) -> Iterator[bool]:
    """Take the one place in which a run of the folder works, if it is free; yields whether it was."""
    file = _open(folder / ".queue.lock")
    try:
        yield _take(file)
    finally:
        os.close(file)


def lock_path(out: Path) -> Path:
    return out.with_name(f".{out.stem}.lock")


def _locked_file(path: Path, out: Path) -> int:
    for _ in range(TRIES):
        file = _open(path)
        with contextlib.suppress(FileNotFoundError):
            if _take(file) and os.fstat(file).st_ino == path.stat().st_ino:
                return file
        os.close(file)
        time.sleep(0.02)  # someone looks at the lock, or the last holder is just taking the file away
    raise SdaError(f"{out.name} is being trained already; wait for it, stop it, or choose another name.")


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        faults.pass_on(error)
        raise SdaError(f"{path.parent} can't be written ({error.strerror}); choose another folder.") from error


def _take(file: int, shared: bool = False) -> bool:
    """Lock an open file until it is closed; whether nobody else has it locked."""
    try:
        if fcntl is None:
            os.lseek(file, BEYOND, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
