"""Write files atomically, so that a crash or a full disk loses nothing, and sweep what killed processes leave."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import platform
import re
import shutil
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

from sda_lib import faults
from sda_lib.errors import SdaError
from sda_lib.file_names import numbered_paths, printable
from sda_lib.processes import is_running, start_time

# Names of half-written files and folders: machine, process, its start and a number; those of 0.1 have the process
# alone.
PART = re.compile(
    r"\.(?P<stem>.*)\.((?P<machine>[0-9a-f]{8})-)?(?P<process>\d+)(-(?P<born>\d+)-\d+)?\.part(\..*)?", re.DOTALL
)
# Most bytes of a file's stem in such a name.
LONGEST_STEM = 100
DAY = 86400.0
# Longest time to wait for the lock of a folder, and between two tries, in seconds.
LOCK_SECONDS, LOCK_POLL = 10.0, 0.01
# How long a file is read again, in seconds, while other processes keep replacing it.
REPLACED_SECONDS = 30.0
_numbers = itertools.count()
Read = TypeVar("Read")


def write_atomically(path: str | Path, write: Callable[[Path], object] | bytes, number: str = "") -> Path:
    """Write a file with `write` (or its bytes) in a hidden folder beside `path`, flush it, and rename it to `path`.

    An existing file survives a failure or a kill. With `number`, the separator of names like name-2, it is never
    replaced: the first free name is taken, even if two processes choose at once. Returns the file's path. Raises
    SdaError when the file can't be written.
    """
    path = Path(path)
    try:
        with part_folder(path) as folder:
            part = folder / f".part{path.suffix}"
            part.touch()
            mode = _mode(path, part)
            with _own_errors(folder):
                if isinstance(write, bytes):
                    part.write_bytes(write)
                else:
                    write(part)
            part.chmod(mode)  # some writers make private files
            return place(part, path, number)
    except OSError as error:
        raise unwritable(path, error) from error


def read_current(path: Path, read: Callable[[], Read]) -> Read:
    """Return what `read` returns of a file that no process replaces meanwhile; it is read again if one does.

    An error is raised only for a file that stays, or after REPLACED_SECONDS.
    """
    end = time.monotonic() + REPLACED_SECONDS
    while time.monotonic() < end:
        version = _version(path)
        try:
            found = read()
        except SdaError:
            if version == _version(path):
                raise
        else:
            if version == _version(path):
                return found
    return read()


def _version(path: Path) -> tuple[int, ...]:
    """Return numbers that differ once a file has been replaced; none if it is missing."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a lock of a folder while a file in it is read, changed and written, so that no process's change is lost.

    Waits LOCK_SECONDS for it at most. Systems that can't lock folders go on without. Raises SdaError when the folder
    is missing and can't be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = None if fcntl is None else os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise unwritable(folder, error) from error
    try:
        if file is not None:
            _wait_for_lock(file)
        yield
    finally:
        if file is not None:
            os.close(file)


def _wait_for_lock(file: int) -> None:
    for _ in range(round(LOCK_SECONDS / LOCK_POLL)):
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOCK_POLL)
        except OSError:  # the file system has no locks
            return None


def append(path: Path, text: str) -> None:
    """Append text to a file; a kill or a full disk can cut it off. Raises SdaError when it can't be written."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            data = text.encode(errors="surrogateescape")
            while data:
                data = data[os.write(file, data) :]
        finally:
            os.close(file)
    except OSError as error:
        raise unwritable(path, error) from error


def place(part: Path, path: Path, number: str = "") -> Path:
    """Rename a finished file or folder to `path`, after flushing it to the disk; `number` as for `write_atomically`.

    Returns the new path. Raises OSError.
    """
    _flush(part)
    if not number:
        os.replace(part, path)
    else:
        path = next(one for one in numbered_paths(path, number) if _take_free(part, one))
    with contextlib.suppress(OSError):  # some file systems can't flush a folder
        _flush(path.parent)
    return path


@contextlib.contextmanager
def part_folder(path: Path) -> Iterator[Path]:
    """Make a hidden folder beside `path` for what will be placed there, and delete it with what is left in it.

    Its name tells which process made it, so that `remove_partial_files` finds it after a kill. The leftovers of ended
    processes beside `path` are deleted first, once per process. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = path.with_name(_part_name(path.stem))
    _remove_once(path.parent, os.getpid())
    folder.mkdir(0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unwritable(path: Path, error: OSError) -> SdaError:
    """Return the error to raise for a file or folder that can't be written. Raises errors of another cause again."""
    faults.pass_on(error)
    if isinstance(error, _OfAnotherFileError):
        return SdaError(faults.sentence(error.cause))
    return SdaError(
        f"{printable(_final(path))} can't be written ({faults.reason(error)}); {faults.write_remedy(error)}."
    )


def delete(path: Path) -> None:
    """Delete a file, or a folder with what is in it; a missing one is no error. Raises OSError."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def remove_partial_files(folder: Path) -> None:
    """Remove half-written files and folders that killed processes left in a folder."""
    for part in abandoned_parts(folder.glob(".*.part*")):
        with contextlib.suppress(OSError):
            delete(part)


def abandoned_parts(paths: Iterable[Path]) -> list[Path]:
    """Return the half-written files and folders among paths, as `PART` names them, whose process has ended.

    Those of another machine, whose processes can't be seen, count as such a day after their last change.
    """
    found = [(path, PART.fullmatch(path.name)) for path in sorted(paths)]
    return [path for path, owner in found if owner is not None and _is_abandoned(path, owner)]


def _is_abandoned(path: Path, owner: re.Match[str]) -> bool:
    if owner["machine"] in (None, _machine()):
        born = int(owner["born"] or 0) / 100
        try:
            return not is_running(int(owner["process"]), f"{born:.2f}" if born else "")
        except ImportError:  # `sda doctor` works without packages
            return False
    try:
        return time.time() - path.lstat().st_mtime > DAY
    except OSError:
        return False


def _part_name(stem: str) -> str:
    """Return a name as `PART` reads it, short enough for every file system."""
    stem = stem.encode(errors="surrogateescape")[:LONGEST_STEM].decode(errors="ignore")
    process = os.getpid()
    return f".{stem}.{_machine()}-{process}-{_born(process)}-{next(_numbers)}.part"


@functools.cache
def _born(process: int) -> int:
    """Return the start of a process in hundredths of a second, as `start_time`; 0 if unknown."""
    try:
        return round(float(start_time(process) or 0) * 100)
    except ImportError:
        return 0


@functools.cache
def _machine() -> str:
    """Return 8 hexadecimal digits that tell apart machines, and containers on one, which number their processes."""
    space = Path("/proc/self/ns/pid")
    names = f"{platform.node()} {os.readlink(space) if os.path.lexists(space) else ''}"
    return f"{zlib.crc32(names.encode()):08x}"


@functools.cache
def _remove_once(folder: Path, process: int) -> None:
    remove_partial_files(folder)


def _final(path: Path) -> Path:
    """Return the path that a file or folder in a part folder will have, as far as the name of that folder tells."""
    for parent in path.parents:
        if owner := PART.fullmatch(parent.name):
            _, *below = path.relative_to(parent).parts
            return _final(parent.with_name(owner["stem"]).joinpath(*below))
    return path


class _OfAnotherFileError(OSError):
    """An error of a file other than the one that is written, as `cause`."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(cause.errno, cause.strerror, cause.filename)
        self.cause = cause


@contextlib.contextmanager
def _own_errors(folder: Path) -> Iterator[None]:
    """Tell errors of other files, which are read while one is written, from those of the files in `folder`."""
    try:
        yield
    except OSError as error:
        name = error.filename
        if isinstance(name, str | os.PathLike) and folder not in Path(name).parents:
            raise _OfAnotherFileError(error) from error
        raise


def _mode(path: Path, new: Path) -> int:
    """Return the mode of the file to be replaced, else that of a new file."""
    with contextlib.suppress(OSError):
        return path.stat().st_mode & 0o777
    return new.stat().st_mode & 0o777


def _take_free(part: Path, path: Path) -> bool:
    """Give a file or folder a name if it is free, in one step where the system allows; return whether it was."""
    if os.path.lexists(path):
        return False
    try:
        if part.is_dir() or os.name == "nt":
            part.rename(path)
        else:
            os.link(part, path)
    except OSError:
        if os.path.lexists(path):
            return False
        part.rename(path)  # the file system has no hard links
    return True


def _flush(path: Path) -> None:
    """Have the disk keep a file, or the entries of a folder, even if the power fails. Raises OSError."""
    if os.name == "nt" and path.is_dir():
        return
    file = os.open(path, os.O_RDWR if path.is_file() else os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
