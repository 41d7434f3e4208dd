"""Figures that a benchmark keeps in a file while it runs, so that one which was stopped continues."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Figures:
    """Figures by name, as JSON data; those that the file holds are not measured again."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.known = json.loads(path.read_text()) if path is not None and path.exists() else {}

    def of(self, name: str, measure: Callable[[], Any]) -> Any:
        """Return what is known by this name, or else what is measured."""
        if name not in self.known:
            self.known[name] = measure()
            print(name, self.known[name], flush=True)
            if self.path is not None:
                self.path.write_text(json.dumps(self.known, indent=1))
        return self.known[name]
