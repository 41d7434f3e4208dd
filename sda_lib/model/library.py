"""The models in a folder, read from the files' own headers; there is no separate index."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sda_lib.errors import SdaError
from sda_lib.files import printable
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
    """Return every `.sda` in the folder, newest first; empty if the folder is missing. Broken files are listed, not
    raised."""
    dated = [(_modified(path), path.name, path) for path in Path(folder).expanduser().glob("*.sda")]
    paths = [path for _, name, path in sorted(dated, reverse=True) if not name.startswith(".")]
    return tuple(sorted((entry_of(path) for path in paths), key=lambda e: e.created, reverse=True))


def entry_of(path: Path) -> LibraryEntry:
    """Return a model's entry in the list, without loading the model."""
    try:
        facts = peek(path)
        return LibraryEntry(
            path,
            name=printable(facts["name"]),
            created=str(facts["created"]),
            minutes=float(facts["corpus"]["minutes"]),
            metrics={name: float(value) for name, value in facts["metrics"].items()},
        )
    except SdaError as error:
        return LibraryEntry(path, printable(path.stem), problem=str(error))
    except Exception:  # a foreign header may hold anything; the other models stay listed
        problem = f"{printable(path.name)} does not say what it is; train the model again."
        return LibraryEntry(path, printable(path.stem), problem=problem)


def find_model(
    name: str, fits: Callable[[SdaModel], bool], folders: Sequence[str | Path]
) -> tuple[SdaModel, Path] | None:
    """Return the newest model of that name in the folders that fits, and its path, or None. Files that can't be loaded
    are skipped."""
    from sda_lib.model.model import SdaModel

    for found in (entry_of for folder in folders for entry_of in models(folder)):
        if found.problem or found.name != printable(name):
            continue
        with contextlib.suppress(SdaError):
            model = SdaModel.load(found.path)
            if fits(model):
                return model, found.path
    return None


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
