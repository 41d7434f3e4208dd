"""The models in a folder, read from the files' own headers; there is no separate index."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sda_lib.errors import SdaError
from sda_lib.file_names import printable
from sda_lib.model.header import peek

if TYPE_CHECKING:
    from sda_lib.model.model import SdaModel


@dataclass(frozen=True)
class LibraryEntry:
    """One `.sda` file. `minutes` is the duration of its corpus; `problem` tells why a file can't be opened."""

    path: Path
    name: str
    created: str = ""
    minutes: float = 0.0
    metrics: dict[str, float] = field(default_factory=dict)
    problem: str = ""


def models(folder: str | Path) -> tuple[LibraryEntry, ...]:
    """Return every `.sda` in the folder, newest first; empty if the folder is missing.

    Broken files are listed, not raised.
    """
    dated = [(_modified(path), path.name, path) for path in Path(folder).expanduser().glob("*.sda")]
    paths = [path for _, name, path in sorted(dated, reverse=True) if not name.startswith(".")]
    return tuple(sorted(map(entry_of, paths), key=lambda entry: entry.created, reverse=True))


def entry_of(path: Path) -> LibraryEntry:
    """Return a model's entry in the list, without loading the model."""
    try:
        facts = peek(path)
        metrics = {name: float(value) for name, value in facts["metrics"].items()}
        minutes = float(facts["corpus"]["minutes"])
        return LibraryEntry(path, printable(facts["name"]), str(facts["created"]), minutes, metrics)
    except SdaError as error:
        return LibraryEntry(path, printable(path.stem), problem=str(error))
    except Exception:  # a foreign header may hold anything; the other models stay listed
        problem = f"{printable(path.name)} has an invalid header; copy it again."
        return LibraryEntry(path, printable(path.stem), problem=problem)


def find_model(
    name: str, fits: Callable[[SdaModel], bool], folders: Sequence[str | Path]
) -> tuple[SdaModel, Path] | None:
    """Return the newest model of that name in the folders that fits, and its path, or None.

    Files that can't be loaded are skipped.
    """
    from sda_lib.model.model import SdaModel

    for entry in (entry for folder in folders for entry in models(folder)):
        if not entry.problem and entry.name == printable(name):
            with contextlib.suppress(SdaError):
                model = SdaModel.load(entry.path)
                if fits(model):
                    return model, entry.path
    return None


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
