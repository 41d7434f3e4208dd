"""Fixes that retrain a model, as data: the folder, which of its files, and the recipe values to change.

`findings.py` writes their commands.
"""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sda_lib.file_choice import EVERYTHING, FilesConfig, weights_of

# The beginning of fixes that train; DIR is the folder.
LEARN = "sda train DIR"


@dataclass(frozen=True)
class Retraining:
    """A folder (None if unknown), recipe values by key, as text, and which of its files are learned from."""

    folder: Path | None = None
    changes: Mapping[str, str] = field(default_factory=dict)
    files: FilesConfig = EVERYTHING

    @classmethod
    def of(cls, command: str) -> Retraining | None:
        """Parse the command of a fix. Return None if it doesn't train."""
        words = shlex.split(command)
        if words[:2] != ["sda", "train"] or len(words) < 3:
            return None
        options = list(itertools.pairwise(words[3:]))
        include, exclude, weights, pairs = (
            [value for word, value in options if word == flag]
            for flag in ("--include", "--exclude", "--weight", "--set")
        )
        changes = {key: value for key, _, value in (pair.partition("=") for pair in pairs)}
        files = FilesConfig(tuple(include), tuple(exclude), weights_of(",".join(weights)))
        return cls(None if words[2] == "DIR" else Path(words[2]), changes, files)


def with_files(command: str, files: FilesConfig) -> str:
    """Return the command of a fix that trains on the same files of the folder as before; others are returned as is."""
    if files.is_everything or not command.startswith(LEARN):
        return command
    chosen = [("--include", one) for one in files.include]
    chosen += [("--exclude", one) for one in files.exclude]
    chosen += [("--weight", f"{name}={weight:g}") for name, weight in files.weights.items()]
    return " ".join((LEARN, shlex.join(itertools.chain.from_iterable(chosen)), command[len(LEARN) :].strip())).strip()
