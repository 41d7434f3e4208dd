"""The trash: deleted folders and files are kept there until `sda clean trash` removes them."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import time
from pathlib import Path

from sda_lib import files
from sda_lib.errors import SdaError
from sda_lib.file_names import free_path, numbered


def move_to_trash(path: Path, trash: Path) -> Path:
    """Move a file or folder into the trash under its own name, or the next free one, and return its new path.

    Raises SdaError when it can't be moved; it then stays where it is.
    """
    try:
        trash.mkdir(parents=True, exist_ok=True)
        place = _free(trash, path.name)
        _move(path, place)
        os.utime(place, follow_symlinks=False)  # age in the trash counts from now
    except OSError as error:
        raise SdaError(
            f"{path} can't be moved to {trash} ({error.strerror or error}); check the permissions."
        ) from error
    return place


def take_from_trash(path: Path, place: Path) -> Path:
    """Move a file or folder from the trash to a place, numbered where that is taken, and return its new path.

    Raises SdaError when it can't be moved; it then stays in the trash.
    """
    place = free_path(place, "-")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        _move(path, place)
    except OSError as error:
        raise SdaError(
            f"{path} can't be moved to {place.parent} ({error.strerror or error}); check the permissions."
        ) from error
    return place


def _move(path: Path, place: Path) -> None:
    """Rename a file or folder; onto another disk, copy it and delete it when the copy is complete. Raises OSError."""
    try:
        os.rename(path, place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with files.part_folder(place) as folder:
            copy = folder / "copy"
            if path.is_dir() and not path.is_symlink():
                shutil.copytree(path, copy, symlinks=True)
            else:
                shutil.copy2(path, copy, follow_symlinks=False)
            files.place(copy, place)
        with files.part_folder(path) as gone:
            os.replace(path, gone / "deleted")  # out of sight at once: nothing lists it while it is half deleted


def _free(trash: Path, name: str) -> Path:
    names = itertools.chain([name], numbered(f"{name} {time.strftime('%Y%m%d-%H%M%S')}", " "))
    return next(place for place in map(trash.joinpath, names) if not os.path.lexists(place))
