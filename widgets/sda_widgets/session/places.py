"""The folders that the page reads and writes: the user's folder and the example sounds; names of files in them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sda_lib.file_names import free_path, numbered, safe_stem
from sda_lib.home import Home
from sda_widgets.common import folders

PACKAGE = Path(__file__).resolve().parents[1]
# Separator of the number that the page adds to a name that exists.
NUMBER = "_"
# Environment variable with further folders that the page may open.
FOLDERS = "SDA_FOLDERS"
# Folders of example sounds: in the wheel, and in a checkout.
SHIPPED = (PACKAGE / "demo", PACKAGE.parents[1] / "data" / "demo")


@dataclass(frozen=True)
class Places(Home):
    """The folders of a Home, `demo` with the example sounds, and folders that were `added` to what the page opens."""

    demo: Path
    added: tuple[Path, ...] = ()

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
    def roots(self) -> folders.Roots:
        """Folders below which the page opens sounds, by label; each folder once."""
        named = [("Examples", self.demo), ("Data", self.folder), *_home(), *_drives()]
        labels = {path: label for label, path in named}
        roots = {label: path for path, label in labels.items()}
        for path in (path for path in (*self.added, *_added()) if path not in labels):
            roots[next(name for name in numbered(path.name or str(path), " ") if name not in roots)] = path
        return roots

    @property
    def allowed(self) -> folders.Roots:
        """Folders below which files may be opened, by label; some are not shown to everybody."""
        return self.roots

    def checked(self, path: str | Path) -> Path:
        """Return a path of the user's. Raises SdaError when it leads out of the allowed folders."""
        return folders.checked(self.allowed, path)

    def checked_folders(self, paths: Sequence[str | Path]) -> tuple[Path, ...]:
        """Return folders and files of the user's. Raises SdaError when one of them, or a link below, leads out."""
        checked = tuple(map(self.checked, paths))
        for folder in (path for path in checked if path.is_dir()):
            folders.check_links(self.allowed, folder)
        return checked

    def holds(self, path: Path) -> bool:
        """Return whether a file, with its links followed, lies in one of the allowed folders."""
        return folders.is_inside(self.allowed, path)


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


def _drives() -> list[tuple[str, Path]]:
    """Return the folder in which the system shows the user's external drives, if there is one."""
    user = os.environ.get("USER", "")
    places = [Path("/media", user), Path("/run/media", user)] if user else []
    return [("Drives", place) for place in (*places, Path("/Volumes")) if place.is_dir()][:1]


def _added() -> list[Path]:
    """Return the folders that `sda studio --folder` has added."""
    return [Path(folder) for folder in os.environ.get(FOLDERS, "").split(os.pathsep) if os.path.isabs(folder)]


def _home() -> list[tuple[str, Path]]:
    """Return the user's home folder, or nothing when it is unknown or the root of the file system."""
    try:
        home = Path.home()
    except RuntimeError:
        return []
    return [] if home == home.parent else [("Home", home)]
