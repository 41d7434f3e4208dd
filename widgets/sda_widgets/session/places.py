"""Where the page reads and writes: the user's folder, and one of example sounds."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sda_lib.home import Home

PACKAGE = Path(__file__).resolve().parents[1]
# Example sounds: where the wheel has them, and in a checkout.
SHIPPED = (PACKAGE / "demo", PACKAGE.parents[1] / "data" / "demo")


@dataclass(frozen=True)
class Places(Home):
    """The folders of one workbench: those of a Home, and `demo` with the example sounds."""

    demo: Path

    @classmethod
    def from_environment(cls) -> Places:
        """The user's folder as every command finds it; example sounds in `SDA_DEMO`, else its folder demo, else those
        that are shipped."""
        folder = Home.from_environment().folder.resolve()
        demo = os.environ.get("SDA_DEMO") or next(
            (place for place in (folder / "demo", *SHIPPED) if place.is_dir()), folder
        )
        return cls(folder, Path(demo).expanduser().resolve())

    @property
    def roots(self) -> dict[str, Path]:
        """Where the page lets one look for sounds, by what it calls these folders; each of them once."""
        labels = {path: label for label, path in (("Examples", self.demo), ("Data", self.folder), *_home())}
        return {label: path for path, label in labels.items()}


def _home() -> list[tuple[str, Path]]:
    """The user's own folder, unless it is the whole machine or nobody's."""
    try:
        home = Path.home()
    except RuntimeError:
        return []
    return [] if home == home.parent else [("Home", home)]
