"""Job of a run, as stored in its folder: train a model on a folder of sounds, or grow a model by new sounds."""

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
class GrowOptions:
    """How to grow the model at `origin`: with `steps` instead of `minutes` a run is reproducible."""

    origin: Path
    minutes: float = GROW_MINUTES
    steps: int | None = None
    keep: float = GROW_KEEP
    seed: int = 0


@dataclass(frozen=True)
class Job:
    """A model of that `name`, to be written to `out`.

    It is trained on one folder with a `recipe`, or grown by files and folders as `growing` specifies; then it uses its
    origin's recipe. `sliders` is whether to try out sliders at the end; None leaves it to the recipe, or to whether the
    origin had them.
    """

    name: str
    sounds: tuple[Path, ...]
    out: Path
    recipe: Recipe | None = None
    growing: GrowOptions | None = None
    device: str = "cpu"
    sliders: bool | None = None

    def checked(self) -> Job:
        """Return the job with absolute paths.

        Raises SdaError for missing files or folders and for a model that can't grow.
        """
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
            check_base(growing)
        return dataclasses.replace(self, sounds=sounds, out=_whole(self.out), growing=growing)

    def to_plain(self) -> dict[str, Any]:
        """Return the job as JSON data, without the recipe."""
        plain = {"name": self.name, "corpus": str(common_folder(self.sounds)), "out": str(self.out)}
        plain |= {"device": self.device, "sliders": self.sliders}
        if self.growing is not None:
            grows = {**dataclasses.asdict(self.growing), "origin": str(self.growing.origin)}
            plain |= {"sounds": [str(path) for path in self.sounds], "growing": grows}
        return plain

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Job:
        """Create a job from JSON data, without the recipe."""
        grows = plain.get("growing")
        return cls(
            name=str(plain["name"]),
            sounds=tuple(Path(path) for path in plain.get("sounds") or [plain["corpus"]]),
            out=Path(plain["out"]),
            growing=GrowOptions(**{**grows, "origin": Path(grows["origin"])}) if grows else None,
            device=str(plain.get("device", "cpu")),
            sliders=plain.get("sliders"),
        )


def check_base(growing: GrowOptions) -> None:
    """Raise SdaError unless the origin is a model that holds its recordings and `keep` lies in 0..1."""
    facts = peek(growing.origin)
    if not facts.get("memory"):
        raise SdaError(
            f"{facts.get('name') or growing.origin.stem} was saved without its recordings, and new ones alone would "
            "make it forget them; grow the copy that has them, or train on all files."
        )
    if not 0 <= growing.keep <= 1:
        raise SdaError(f"The share of codes to keep goes from 0 to 1, not {growing.keep:g}.")


def common_folder(sounds: tuple[Path, ...]) -> Path:
    """Return the innermost folder that contains all of the files and folders."""
    return Path(os.path.commonpath([path if path.is_dir() else path.parent for path in sounds]))


def _whole(path: Path) -> Path:
    """Return an absolute path with `~` and links resolved."""
    return Path(path).expanduser().resolve()
