"""The folder for all user data: models, runs, exports, sessions, sounds, cache and trash."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

# Environment variables that name the folder; the first that is set is used. SDA_DATA is the older name.
VARIABLES = ("SDA_HOME", "SDA_DATA")


@dataclass(frozen=True)
class Home:
    """The user's data folder and its parts. No folder is created before something is written into it."""

    folder: Path

    @classmethod
    def from_environment(cls) -> Home:
        """Return the folder named by SDA_HOME (or SDA_DATA), else the system's folder for user data."""
        named = next((value for name in VARIABLES if (value := os.environ.get(name))), None)
        folder = Path(named).expanduser() if named else platformdirs.user_data_path("sda", appauthor=False)
        return cls(Path(os.path.abspath(folder)))

    @property
    def models(self) -> Path:
        """Folder of `.sda` files."""
        return self.folder / "models"

    @property
    def runs(self) -> Path:
        """Folder with one folder per training run."""
        return self.folder / "runs"

    @property
    def exports(self) -> Path:
        """Folder of sounds written by commands and by the page."""
        return self.folder / "exports"

    @property
    def sessions(self) -> Path:
        """Folder of sounds with the history of their edits."""
        return self.folder / "sessions"

    @property
    def sounds(self) -> Path:
        """Folder of sound folders uploaded through the page."""
        return self.folder / "sounds"

    @property
    def cache(self) -> Path:
        """Folder of files that can be recreated; safe to delete."""
        return self.folder / "cache"

    @property
    def trash(self) -> Path:
        """Folder of deleted files, until `sda clean` removes them."""
        return self.folder / "trash"

    @property
    def defaults(self) -> Path:
        """File of the user's defaults for commands: author, licence, format, folder."""
        return self.folder / "defaults.toml"

    @property
    def midi_map(self) -> Path:
        """File that maps MIDI controllers to sliders."""
        return self.folder / "knobs.json"
