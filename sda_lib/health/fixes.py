"""Fixes that retrain a model, as data: the folder and the recipe values to change (`findings.py` writes them)."""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Retraining:
    """A folder (None if unknown) and recipe values by key, as text."""

    folder: Path | None = None
    changes: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, command: str) -> Retraining | None:
        """Parse the command of a fix. Return None if it doesn't train."""
        words = shlex.split(command)
        if words[:2] != ["sda", "train"] or len(words) < 3:
            return None
        pairs = (value for word, value in itertools.pairwise(words[3:]) if word == "--set")
        changes = {key: value for key, _, value in (pair.partition("=") for pair in pairs)}
        return cls(None if words[2] == "DIR" else Path(words[2]), changes)
