"""Job: what a run is to do, as its folder keeps it: to learn a folder of sound, or to grow a model by new sounds."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sda_lib.config import GROW_KEEP, GROW_MINUTES, Recipe
from sda_lib.errors import SdaError
from sda_lib.model.header import peek


@dataclass(frozen=True)
class Growing:
    """How the model at `origin` grows: `steps` instead of `minutes` repeat a run exactly."""

    origin: Path
    minutes: float = GROW_MINUTES
    steps: int | None = None
    keep: float = GROW_KEEP
    seed: int = 0


@dataclass(frozen=True)
class Job:
    """A model of that `name` is to be written to `out`: learned from one folder by a `recipe`, or `growing` by files
    and folders, and then by the recipe that its origin has. `sliders` says whether they are tried out at the end; None
    leaves it to the recipe, or to what the model had."""

    name: str
    sounds: tuple[Path, ...]
    out: Path
    recipe: Recipe | None = None
    growing: Growing | None = None
    device: str = "cpu"
    sliders: bool | None = None

    def checked(self) -> Job:
        """The same with whole paths. Raises SdaError for what isn't there, and for a model that can't grow."""
        sounds = tuple(_whole(path) for path in self.sounds)
        growing = self.growing and dataclasses.replace(self.growing, origin=_whole(self.growing.origin))
        if not sounds:
            raise SdaError("There are no sounds to learn from; choose some.")
        if growing is None and not sounds[0].is_dir():
            raise SdaError(f"There is no folder {sounds[0]}; check the path.")
        for path in sounds:
            if not path.exists():
                raise SdaError(f"There is no {path}; check the path.")
        if growing is not None:
            check_origin(growing)
        return dataclasses.replace(self, sounds=sounds, out=_whole(self.out), growing=growing)

    def to_plain(self) -> dict[str, Any]:
        """As JSON data, without the recipe."""
        plain = {"name": self.name, "corpus": str(common_folder(self.sounds)), "out": str(self.out)}
        plain |= {"device": self.device, "sliders": self.sliders}
        if self.growing is not None:
            grows = {**dataclasses.asdict(self.growing), "origin": str(self.growing.origin)}
            plain |= {"sounds": [str(path) for path in self.sounds], "growing": grows}
        return plain

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Job:
        """A job of JSON data, without the recipe."""
        grows = plain.get("growing")
        return cls(
            name=str(plain["name"]),
            sounds=tuple(Path(path) for path in plain.get("sounds") or [plain["corpus"]]),
            out=Path(plain["out"]),
            growing=Growing(**{**grows, "origin": Path(grows["origin"])}) if grows else None,
            device=str(plain.get("device", "cpu")),
            sliders=plain.get("sliders"),
        )


def check_origin(growing: Growing) -> None:
    """Raises SdaError unless the origin is a model with its recordings and the numbers are possible."""
    facts = peek(growing.origin)
    if not facts.get("memory"):
        raise SdaError(
            f"{facts.get('name') or growing.origin.stem} was saved without its recordings, and new ones alone would "
            "make it forget them; grow the copy that has them, or train on all files."
        )
    if not 0 <= growing.keep <= 1:
        raise SdaError(f"The share of codes to keep goes from 0 to 1, not {growing.keep:g}.")


def common_folder(sounds: tuple[Path, ...]) -> Path:
    """The innermost folder that holds all of the files and folders."""
    return Path(os.path.commonpath([path if path.is_dir() else path.parent for path in sounds]))


def _whole(path: Path) -> Path:
    return Path(path).expanduser().resolve()
