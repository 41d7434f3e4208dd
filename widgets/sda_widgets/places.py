"""Where the page reads and writes: one folder for everything a user makes, and one of example sounds."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Places:
    """The folders of one workbench."""

    data: Path
    demo: Path

    @classmethod
    def from_environment(cls) -> Places:
        """`SDA_DATA` (./data) holds models, exports and runs; `SDA_DEMO` (its folder demo) the example sounds."""
        data = Path(os.environ.get("SDA_DATA") or "data").expanduser().resolve()
        return cls(data, Path(os.environ.get("SDA_DEMO") or data / "demo").expanduser().resolve())

    @property
    def models(self) -> Path:
        return self.data / "models"

    @property
    def exports(self) -> Path:
        return self.data / "exports"

    @property
    def runs(self) -> Path:
        return self.data / "runs"
