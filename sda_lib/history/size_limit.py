"""Limit of the history's size: beyond it the oldest sounds without a star are dropped, and their recipes stay."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sda_lib.errors import SdaError
from sda_lib.export.defaults import read_defaults
from sda_lib.file_names import size_in_words
from sda_lib.home import Home

# Most bytes of stored sounds, where the user has set no other limit (`sda defaults history_size`).
LARGEST = 2_000_000_000
# Age in seconds from which a sound file without a row is deleted: its process was killed.
ORPHAN_SECONDS = 3600.0


def limit_of(folder: Path) -> int:
    """Return the limit of the history in a folder of the user's, in bytes.

    It is LARGEST as well where the file of defaults can't be read: whatever reads that file next says why.
    """
    with contextlib.suppress(SdaError):
        return read_defaults(Home(folder.parent).defaults).history_size or LARGEST
    return LARGEST


def oldest(rows: Iterable[Mapping[str, Any]], excess: float) -> Iterator[tuple[int, int]]:
    """Yield number and size of rows until they add up to the excess."""
    for row in rows:
        if excess <= 0:
            return
        number, size = int(number_of(row["number"])), int(number_of(row["stored"]))
        excess -= size
        yield number, size


def dropped_words(sizes: list[int], limit: int) -> str:
    """Return a sentence on sounds of these sizes that were dropped; of none, on why there are none."""
    if not sizes:
        return f"The starred sounds of the history take more than {size_in_words(limit)}; unstar some."
    sounds = "The oldest sound" if len(sizes) == 1 else f"The {len(sizes)} oldest sounds"
    kept = "its recipe is" if len(sizes) == 1 else "their recipes are"
    return (
        f"{sounds} of the history without a star ({size_in_words(sum(sizes))}) made room for new ones; {kept} kept. "
        f"The limit is {size_in_words(limit)} (sda defaults history_size)."
    )


def delete_orphans(sounds: Path, stored: Container[int]) -> None:
    """Delete sound files in a folder that are not among the `stored` numbers: their processes were killed."""
    for path in sounds.glob("*.flac"):
        with contextlib.suppress(OSError):
            old = time.time() - path.lstat().st_mtime > ORPHAN_SECONDS
            if old and not (path.stem.isdecimal() and int(path.stem) in stored):
                path.unlink()


def number_of(value: object) -> float:
    """Return a value of the database as a number; 0 for anything else."""
    return value if isinstance(value, int | float) else 0
