"""The folder that holds everything a user makes: models, runs, exports, sessions, sounds, cache and trash."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

VARIABLES = ("SDA_HOME", "SDA_DATA")
"""Environment variables that name the folder, first match wins; SDA_DATA is the older name."""


@dataclass(frozen=True)
class Home:
    """One user's folder and its parts. Nothing is created before something is written into it."""

    folder: Path

    @classmethod
    def from_environment(cls) -> Home:
        """The folder named by SDA_HOME (or SDA_DATA), else the system's folder for user data."""
        named = next((value for name in VARIABLES if (value := os.environ.get(name))), None)
        folder = Path(named).expanduser() if named else platformdirs.user_data_path("sda", appauthor=False)
        return cls(Path(os.path.abspath(folder)))

    @property
    def models(self) -> Path:
        """`.sda` files."""
        return self.folder / "models"

    @property
    def runs(self) -> Path:
        """One folder per training."""
        return self.folder / "runs"

    @property
    def exports(self) -> Path:
        """Sounds written by commands and by the page."""
        return self.folder / "exports"

    @property
    def sessions(self) -> Path:
        """Sounds with the history of their edits."""
        return self.folder / "sessions"

    @property
    def sounds(self) -> Path:
        """Folders of sounds uploaded through the page."""
        return self.folder / "sounds"

    @property
    def cache(self) -> Path:
        """Files that can be made again; safe to delete."""
        return self.folder / "cache"

    @property
    def trash(self) -> Path:
        """What was deleted, until `sda clean` removes it."""
        return self.folder / "trash"

    @property
    def defaults(self) -> Path:
        """The user's defaults for commands: author, licence, format, folder."""
        return self.folder / "defaults.toml"

    @property
    def midi_map(self) -> Path:
        """Which MIDI controller moves which slider."""
        return self.folder / "knobs.json"
