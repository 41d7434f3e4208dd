"""Temporary folders named by their process, so that those of killed processes are found again and removed."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path

from sda_lib.processes import is_running


def scratch_folder(kind: str, place: Path | None = None) -> Path:
    """Create a temporary folder that only this user can read; remove those of this kind whose process has ended.

    `place` is the folder that it is made in; None is the system's for temporary files.
    """
    place = place or Path(tempfile.gettempdir())
    for left in abandoned(place, kind):
        shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{kind}-{os.getpid()}-", dir=place))


def abandoned(place: Path, kind: str) -> list[Path]:
    """Return the folders of this kind that belong to this user and whose process has ended."""
    found = []
    for path in sorted(place.glob(f"{kind}-*-*")):
        owner = path.name.removeprefix(f"{kind}-").partition("-")[0]
        if owner.isdigit() and _is_mine(path) and not is_running(int(owner)):
            found.append(path)
    return found


def _is_mine(path: Path) -> bool:
    """Return whether a path is a folder, not a link, of this user."""
    try:
        found = path.lstat()
        return stat.S_ISDIR(found.st_mode) and (not hasattr(os, "getuid") or found.st_uid == os.getuid())
    except OSError:
        return False
