"""Remedies that train anew, as data: which folder, and which numbers of the recipe (`lamps.py` writes them)."""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Retraining:
    """A folder, None where nobody knows it, and numbers of the recipe by their keys, as text."""

    folder: Path | None = None
    changes: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, command: str) -> Retraining | None:
        """What a remedy's command trains; None for one that trains nothing."""
        words = shlex.split(command)
        if words[:2] != ["sda", "train"] or len(words) < 3:
            return None
        pairs = (value for word, value in itertools.pairwise(words[3:]) if word == "--set")
        changes = {key: value for key, _, value in (pair.partition("=") for pair in pairs)}
        return cls(None if words[2] == "DIR" else Path(words[2]), changes)
