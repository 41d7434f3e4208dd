"""The models in a folder, read from the files' own headers; there is no separate index."""

from __future__ import annotations

import base64
import contextlib
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sda_lib.errors import SdaError
from sda_lib.file_names import printable
from sda_lib.model.header import EARLIER_NAMES, THUMBNAIL, peek
from sda_lib.typed_fields import Fields

if TYPE_CHECKING:
    from sda_lib.model.model import SdaModel


# Entries of files that have not changed are kept, so that a list is read once.
MOST_KEPT = 4096
# Longest text of a header in a list, in characters.
LONGEST_TEXT = 1000
# Longest thumbnail of a header, in base64.
LONGEST_THUMBNAIL = 10_000


@dataclass(frozen=True)
class LibraryEntry:
    """One `.sda` file, as its header describes it.

    Args:
        path: the file.
        name: the model's name.
        created: when it was trained, ISO 8601.
        minutes: duration of its corpus.
        metrics: what the training measured, by name.
        problem: why the file can't be opened; empty where it can.
        files: number of sounds in its corpus.
        bottleneck: rvq, vae or none.
        prior: "network" or "n-gram"; empty without a prior.
        recordings: whether the recordings are in it.
        sample_rate: in Hz.
        size: bytes of the file.
        earlier_names: names that it had before it was renamed.
        thumbnail: small spectrogram of its recordings (`analysis.thumbnail`); empty without one.
    """

    path: Path
    name: str
    created: str = ""
    minutes: float = 0.0
    metrics: dict[str, float] = field(default_factory=dict)
    problem: str = ""
    files: int = 0
    bottleneck: str = ""
    prior: str = ""
    recordings: bool = False
    sample_rate: int = 0
    size: int = 0
    earlier_names: tuple[str, ...] = ()
    thumbnail: bytes = b""

    @property
    def names(self) -> tuple[str, ...]:
        """The name and the earlier ones: sounds remember the name that their model had."""
        return self.name, *self.earlier_names


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
        found = path.stat()
    except OSError:
        return _read_entry(path)
    return _kept_entry(path, (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns))


@functools.lru_cache(MOST_KEPT)
def _kept_entry(path: Path, version: tuple[int, ...]) -> LibraryEntry:
    """Return the entry of a version of a file: device, inode, size in bytes, and times of its last changes."""
    return replace(_read_entry(path), size=version[2])


def _read_entry(path: Path) -> LibraryEntry:
    try:
        return _described(path, peek(path))
    except SdaError as error:
        return LibraryEntry(path, printable(path.stem), problem=str(error))
    except Exception:  # a foreign header may hold anything; the other models stay listed
        problem = f"{printable(path.name)} has an invalid header; copy it again."
        return LibraryEntry(path, printable(path.stem), problem=problem)


def _described(path: Path, header: dict[str, Any]) -> LibraryEntry:
    """Return the entry of a header. Raises an exception for one that SDA did not write."""
    facts, recipe = Fields(header), header.get("recipe", {})
    corpus, prior = facts.inner("corpus"), header.get("prior")
    return LibraryEntry(
        path,
        printable(facts.text("name", longest=LONGEST_TEXT)),
        facts.text("created", longest=LONGEST_TEXT),
        corpus.number("minutes", 0),
        {name: float(value) for name, value in facts.inner("metrics").plain.items()},
        files=corpus.whole("files", 0, default=0),
        bottleneck=Fields(recipe.get("codec", {})).text("bottleneck", "", LONGEST_TEXT),
        prior="" if not prior else "network" if prior["width"] else "n-gram",
        recordings=bool(header.get("memory")),
        sample_rate=Fields(recipe.get("audio", {})).whole("sample_rate", 0, default=0),
        earlier_names=tuple(map(printable, earlier_names(header))),
        thumbnail=_thumbnail(header.get(THUMBNAIL, "")),
    )


def _thumbnail(text: object) -> bytes:
    """Return the bytes of a thumbnail in a header; empty for what is none."""
    with contextlib.suppress(ValueError):
        if isinstance(text, str) and len(text) <= LONGEST_THUMBNAIL:
            return base64.b64decode(text, validate=True)
    return b""


def earlier_names(header: Mapping[str, Any]) -> list[str]:
    """Return the names that a model had before it was renamed; none for a foreign list."""
    found = header.get(EARLIER_NAMES, [])
    return found if isinstance(found, list) and all(isinstance(one, str) for one in found) else []


def find_model(
    name: str, fits: Callable[[SdaModel], bool], folders: Sequence[str | Path]
) -> tuple[SdaModel, Path] | None:
    """Return the newest model that has or had that name in the folders and fits, and its path, or None.

    Files that can't be loaded are skipped.
    """
    from sda_lib.model.model import SdaModel

    for entry in (entry for folder in folders for entry in models(folder)):
        if not entry.problem and printable(name) in entry.names:
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
