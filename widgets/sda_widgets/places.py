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
        """`SDA_DATA` holds models, exports and runs; `SDA_DEMO` (without it: its folder demo) the example sounds.

        Without `SDA_DATA` it is the folder data here, or one floor up, where a notebook of the project finds it.
        """
        near = [folder / "data" for folder in (Path.cwd(), Path.cwd().parent)]
        data = os.environ.get("SDA_DATA") or next((folder for folder in near if folder.is_dir()), near[0])
        data = Path(data).expanduser().resolve()
        shipped = Path(__file__).resolve().parents[2] / "data" / "demo"
        demo = os.environ.get("SDA_DEMO") or next(
            (folder for folder in (data / "demo", shipped) if folder.is_dir()), data
        )
        return cls(data, Path(demo).expanduser().resolve())

    @property
    def models(self) -> Path:
        return self.data / "models"

    @property
    def exports(self) -> Path:
        return self.data / "exports"

    @property
    def sessions(self) -> Path:
        """Sounds with all that was done to them."""
        return self.data / "sessions"

    @property
    def sounds(self) -> Path:
        """Folders of sounds that came from the page, to be learned from."""
        return self.data / "sounds"

    @property
    def runs(self) -> Path:
        return self.data / "runs"

    @property
    def knobs(self) -> Path:
        """Which MIDI controller moves which slider."""
        return self.data / "knobs.json"

    @property
    def roots(self) -> dict[str, Path]:
        """Where the page lets one look for sounds, by what it calls these folders; each of them once."""
        labels = {path: label for label, path in (("Examples", self.demo), ("Data", self.data), *_home())}
        return {label: path for path, label in labels.items()}


def _home() -> list[tuple[str, Path]]:
    """The user's own folder, unless it is the whole machine or nobody's."""
    try:
        home = Path.home()
    except RuntimeError:
        return []
    return [] if home == home.parent else [("Home", home)]
