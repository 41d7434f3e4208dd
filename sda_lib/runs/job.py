"""Job of a run, as stored in its folder: train a model on a folder of sounds, or grow a model by new sounds."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.growing.growable import GrowOptions, check_growable
from sda_lib.model.header import peek
from sda_lib.typed_fields import Fields

# Key of the field `base` in job files.
BASE_KEY = "origin"


@dataclass(frozen=True)
class Job:
    """A model of that `name`, to be written to `out`.

    It is trained on one folder with a `recipe`, or grown by files and folders as `growing` specifies; then it uses the
    recipe of the model that grows. `sliders` is whether to fit sliders at the end; None leaves it to the recipe, or to
    whether the model that grows had them. `processes` is how many share a training; None is one, or those of torchrun.
    """

    name: str
    sounds: tuple[Path, ...]
    out: Path
    recipe: Recipe | None = None
    growing: GrowOptions | None = None
    device: str = "cpu"
    sliders: bool | None = None
    processes: int | None = None

    def checked(self) -> Job:
        """Return the job with absolute paths.

        Raises SdaError for missing files or folders and for a model that can't grow.
        """
        sounds = tuple(_absolute(path) for path in self.sounds)
        growing = self.growing and dataclasses.replace(self.growing, base=_absolute(self.growing.base))
        if not sounds:
            raise SdaError("There are no sounds to train on; choose some.")
        if growing is None and not sounds[0].is_dir():
            raise SdaError(f"There is no folder {sounds[0]}; check the path.")
        for path in sounds:
            if not path.exists():
                raise SdaError(f"There is no {path}; check the path.")
        if growing is not None:
            facts = peek(growing.base)
            check_growable(facts.get("name") or growing.base.stem, bool(facts.get("memory")))
        return dataclasses.replace(self, sounds=sounds, out=_absolute(self.out), growing=growing)

    def to_plain(self) -> dict[str, Any]:
        """Return the job as JSON data, without the recipe."""
        plain: dict[str, Any] = {name: getattr(self, name) for name in ("name", "device", "sliders")}
        plain |= {"corpus": str(common_folder(self.sounds)), "out": str(self.out)}
        if self.processes is not None:
            plain["processes"] = self.processes
        if self.growing is not None:
            options = dataclasses.asdict(self.growing)
            options = {BASE_KEY: str(options.pop("base")), **options}
            plain |= {"sounds": [str(path) for path in self.sounds], "growing": options}
        return plain

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Job:
        """Create a job from JSON data, without the recipe."""
        facts = Fields(plain)
        options = dict(plain.get("growing") or {})
        sounds = facts.items("sounds", None) or [facts.text("corpus")]
        return cls(
            name=facts.text("name"),
            sounds=tuple(Path(path) for path in sounds),
            out=Path(facts.text("out")),
            growing=GrowOptions(Path(options.pop(BASE_KEY)), **options) if options else None,
            device=facts.text("device", "cpu"),
            sliders=None if plain.get("sliders") is None else facts.switch("sliders"),
            processes=None if plain.get("processes") is None else facts.whole("processes", 1),
        )


def common_folder(sounds: tuple[Path, ...]) -> Path:
    """Return the innermost folder that contains all of the files and folders."""
    return Path(os.path.commonpath([path if path.is_dir() else path.parent for path in sounds]))


def _absolute(path: Path) -> Path:
    """Return an absolute path with `~` and links resolved."""
    return Path(path).expanduser().resolve()
