"""The folder for all user data: models, runs, exports, sessions, sounds, cache and trash."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

# Environment variables that name the folder; the first that is set is used. SDA_DATA is the older name.
VARIABLES = ("SDA_HOME", "SDA_DATA")
# Name of the model of procedural sounds, among the models.
STARTER = "starter"


class HomePart:
    """Path of a folder or file inside the data folder, as an attribute of `Home`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, home: Home, _: type[Home]) -> Path:
        return home.folder / self.name


@dataclass(frozen=True)
class Home:
    """The user's data folder and its parts. No folder is created before something is written into it."""

    folder: Path

    models = HomePart("models")  # `.sda` files
    runs = HomePart("runs")  # one folder per training run
    exports = HomePart("exports")  # sounds written by commands and by the page
    sessions = HomePart("sessions")  # sounds with the history of their edits
    history = HomePart("history")  # every sound made: recipes, and the sounds themselves up to a size
    autosave = HomePart("autosave")  # the state of each page, saved after every act
    sounds = HomePart("sounds")  # folders of sounds uploaded through the page
    cache = HomePart("cache")  # files that can be recreated; safe to delete
    trash = HomePart("trash")  # deleted files, until `sda clean` removes them
    defaults = HomePart("defaults.toml")  # the user's defaults for commands: author, licence, format, folder
    errors = HomePart("errors.log")  # tracebacks of unforeseen errors
    presets = HomePart("presets")  # the user's presets, one JSON file each
    preset_stars = HomePart("preset_stars.json")  # names of starred presets
    votes = HomePart("votes.jsonl")  # results of blind comparisons, one in each line
    first_steps = HomePart("first_steps.json")  # whether the page shows its first steps
    midi_map = HomePart("knobs.json")  # which MIDI controller moves which slider

    @classmethod
    def from_environment(cls) -> Home:
        """Return the folder named by SDA_HOME (or SDA_DATA), else the system's folder for user data."""
        named = next((value for name in VARIABLES if (value := os.environ.get(name))), None)
        folder = Path(named).expanduser() if named else platformdirs.user_data_path("sda", appauthor=False)
        return cls(Path(os.path.abspath(folder)))
