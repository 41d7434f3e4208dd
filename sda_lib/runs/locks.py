"""Locks that the system releases when their holder dies: of an `.sda` in training, a runs folder, a page's autosave.

The lock of an `.sda` is a hidden file beside it that names its holder. The lock of a runs folder lets one of its runs
work at a time.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from sda_lib.errors import SdaError
from sda_lib.files import unwritable

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# How often a lock is tried for, at intervals of 20 ms, while another process holds it (which may be about to delete its
# file), and while others only read it, which takes long on a busy machine.
HOLDER_TRIES, READER_TRIES = 10, 500
# Offset of the byte that is locked on Windows. A locked byte can't be read there, so it lies beyond those that name the
# holder.
LOCKED_BYTE = 2**30


@contextlib.contextmanager
def lock(out: Path, holder: str, keep: bool = False, inherited: int | None = None) -> Iterator[int]:
    """Hold the lock of `out` under the name `holder` and yield its open file.

    With `keep` the lock file stays in place for a child process, which receives the open file as `inherited`. Raises
    SdaError when another process holds the lock.
    """
    path = lock_path(out)
    file = _locked_file(path, out) if inherited is None else inherited
    try:
        if inherited is None:
            name_holder(file, holder, path)
        yield file
    except BaseException:
        keep = False
        raise
    finally:
        if not keep:
            path.unlink(missing_ok=True)
        os.close(file)


def name_holder(file: int, holder: str, path: Path) -> None:
    """Write the name of the holder into the open lock file at `path`. Raises SdaError."""
    try:
        os.truncate(file, 0)
        os.pwrite(file, os.fsencode(holder), 0)
    except OSError as error:
        raise unwritable(path, error) from error


def training_into(out: str | Path) -> contextlib.AbstractContextManager[int]:
    """Hold the lock of an `.sda` while training in the current process."""
    return lock(Path(out).expanduser().resolve(), f"process {os.getpid()}")


def holder(out: Path) -> str:
    """Return the name of the holder of the lock of `out`; empty if it is free."""
    try:
        file = os.open(lock_path(out), os.O_RDWR)
    except OSError:
        return ""
    try:
        return "" if _try_lock(file, shared=True) else os.pread(file, 4096, 0).decode(errors="replace")
    finally:
        os.close(file)


@contextlib.contextmanager
def work_slot(folder: Path) -> Iterator[bool]:
    """Take the lock that lets one run of the folder work at a time, if it is free; yields whether it was."""
    file = _open(folder / ".queue.lock")
    try:
        yield _try_lock(file)
    finally:
        os.close(file)


def lock_if_free(out: Path) -> int | None:
    """Lock `out` until the returned file is closed or the process ends; None if another holds it. The lock file stays.

    Raises SdaError when the folder can't be written.
    """
    file = _open(lock_path(out))
    if _try_lock(file):
        return file
    os.close(file)
    return None


def remove_free(folder: Path) -> None:
    """Delete the lock files of a folder whose holders have ended."""
    for path in folder.glob(".*.lock"):
        with contextlib.suppress(OSError):
            file = os.open(path, os.O_RDWR)
            try:
                ours = os.pread(file, 4096, 0).startswith((b"process ", b"/")) or os.name == "nt"
                if ours and _try_lock(file) and os.fstat(file).st_ino == path.stat().st_ino:
                    path.unlink()
            finally:
                os.close(file)


def lock_path(out: Path) -> Path:
    """Return the path of the lock file of `out`."""
    return out.with_name(f".{out.stem}.lock")


def _locked_file(path: Path, out: Path) -> int:
    """Lock the lock file. A holder refuses it; a process that reads the holder's name lets it go soon."""
    held = 0
    for _ in range(READER_TRIES):
        file = _open(path)
        with contextlib.suppress(FileNotFoundError):
            if not _try_lock(file):
                held += not _try_lock(file, shared=True)
            elif os.fstat(file).st_ino == path.stat().st_ino:
                return file
        os.close(file)
        if held == HOLDER_TRIES:
            break
        time.sleep(0.02)
    raise SdaError(f"{out.name} is being trained already; wait for it, stop it, or choose another name.")


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise unwritable(path.parent, error) from error


def _try_lock(file: int, shared: bool = False) -> bool:
    """Lock an open file until it is closed; returns False if another process has it locked."""
    try:
        if sys.platform == "win32":
            os.lseek(file, LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
