"""The folders that the page reads and writes: the user's folder and the example sounds; names of files in them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sda_lib.files import free_path, safe_stem
from sda_lib.home import Home

PACKAGE = Path(__file__).resolve().parents[1]
# Separator of the number that the page adds to a name that exists.
NUMBER = "_"
# Folders of example sounds: in the wheel, and in a checkout.
SHIPPED = (PACKAGE / "demo", PACKAGE.parents[1] / "data" / "demo")


@dataclass(frozen=True)
class Places(Home):
    """The folders of a Home, and `demo` with the example sounds."""

    demo: Path

    @classmethod
    def from_environment(cls) -> Places:
        """Return the user's folder as every command finds it, and the example sounds: `SDA_DEMO`, else the folder's
        demo, else the shipped ones."""
        folder = Home.from_environment().folder.resolve()
        demo = os.environ.get("SDA_DEMO") or next(
            (place for place in (folder / "demo", *SHIPPED) if place.is_dir()), folder
        )
        return cls(folder, Path(demo).expanduser().resolve())

    @property
    def roots(self) -> dict[str, Path]:
        """Folders offered for choosing sounds, by label; each folder once."""
        labels = {path: label for label, path in (("Examples", self.demo), ("Data", self.folder), *_home())}
        return {label: path for path, label in labels.items()}


def modified(path: Path) -> float:
    """Return a file's modification time in seconds, or 0 when the file is gone."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def stem_of(title: str) -> str:
    """Return a title as a safe file stem."""
    return safe_stem(title, "sound", keep="-")


def unused(folder: Path, stem: str, suffix: str) -> Path:
    """Return the first free path of stem.wav, stem_2.wav … in the folder."""
    return free_path(folder / f"{stem}{suffix}", NUMBER)


def _home() -> list[tuple[str, Path]]:
    """Return the user's home folder, or nothing when it is unknown or the root of the file system."""
    try:
        home = Path.home()
    except RuntimeError:
        return []
    return [] if home == home.parent else [("Home", home)]
