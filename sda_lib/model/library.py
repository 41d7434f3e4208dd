"""Library: the models of a folder, read from the files' own headers, so there is no index that could be wrong."""

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
class Entry:
    """One `.sda` file. `minutes` of sound it learned from; a file that can't be opened carries its `problem`."""

    path: Path
    name: str
    created: str = ""
    minutes: float = 0.0
    metrics: dict[str, float] = field(default_factory=dict)
    problem: str = ""


def models(folder: str | Path) -> tuple[Entry, ...]:
    """Every `.sda` in the folder, newest first (none without a folder). Broken files are listed, not raised."""
    dated = [(_modified(path), path.name, path) for path in Path(folder).expanduser().glob("*.sda")]
    paths = [path for _, name, path in sorted(dated, reverse=True) if not name.startswith(".")]
    return tuple(sorted((entry(path) for path in paths), key=lambda e: e.created, reverse=True))


def entry(path: Path) -> Entry:
    """What a list shows of one model, without loading it."""
    try:
        facts = peek(path)
        return Entry(
            path,
            name=printable(facts["name"]),
            created=str(facts["created"]),
            minutes=float(facts["corpus"]["minutes"]),
            metrics={name: float(value) for name, value in facts["metrics"].items()},
        )
    except SdaError as error:
        return Entry(path, printable(path.stem), problem=str(error))
    except Exception:  # whatever a header holds that SDA didn't write, the other models stay listed
        problem = f"{printable(path.name)} does not say what it is; train the model again."
        return Entry(path, printable(path.stem), problem=problem)


def find(name: str, fits: Callable[[SdaModel], bool], folders: Sequence[str | Path]) -> tuple[SdaModel, Path] | None:
    """The newest model of a name in the folders that fits, and where it is; files that can't be loaded are passed
    over."""
    from sda_lib.model.model import SdaModel

    for found in (entry for folder in folders for entry in models(folder)):
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
