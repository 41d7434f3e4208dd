"""Presets as values: fit one to a model, blend two, draw others; and the list of all presets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from os import PathLike
from pathlib import Path
from typing import Any, Self

from sda_lib.api.names import PublicNames
from sda_lib.display.page import page
from sda_lib.display.presets import preset_view, presets_view
from sda_lib.home import Home
from sda_lib.model.model import SdaModel
from sda_lib.presets import preset as core
from sda_lib.presets.drawing import draw_preset
from sda_lib.presets.fitting import FittedPreset, fit_preset
from sda_lib.presets.morphing import morph_presets
from sda_lib.presets.preset_file import plain_to_preset, preset_to_plain, read_preset, write_preset
from sda_lib.presets.store import PresetStore
from sda_lib.presets.words import preset_words


@dataclass(frozen=True, repr=False)
class Preset(PublicNames, core.Preset):
    """Settings of new sounds and of their delivery under a name, for any model.

    Sliders and controls go by the names of features, so that a preset suits other models as far as these have the
    feature. What belongs to one sound or computer is left out: seed, parts to regenerate, tags, the file of a head.

    Args:
        name: 1 to 60 printable characters without slashes.
        about: one sentence, at most 300 characters.
        options: settings of new sounds.
        finish: effects, space, trim, loop and delivery.
        axes_of: fingerprint of the sliders that axes in it ("axis 1") belong to; empty if there are none.

    Raises SdaError for a name or sentence that is too long or not printable.

    Example:
        >>> settings = sda_lib.GenerateOptions(novelty=0.8, temperature=0.7)
        >>> sda_lib.Preset("Loose", "Free and varied.", settings)
        Preset('Loose', novelty 0.8, creativity 0.7)
    """

    @classmethod
    def of(cls, preset: core.Preset) -> Self:
        """Return a preset as one of this class.

        Args:
            preset: a preset of the library's inner classes.

        Example:
            >>> sda_lib.Preset.of(sda_lib.Preset("Plain")).name
            'Plain'
        """
        return cls(**{one.name: getattr(preset, one.name) for one in fields(core.Preset)})

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """Return a preset from the data of `to_plain`, of any origin.

        Args:
            plain: the data of a JSON file.

        Raises SdaError that names the field for other data.

        Example:
            >>> swell = sda_lib.Presets()["Slow swell"]
            >>> sda_lib.Preset.from_plain(swell.to_plain()) == swell
            True
        """
        return cls.of(plain_to_preset(plain))

    def to_plain(self) -> dict[str, Any]:
        """Return the preset as JSON data: its name, and the values that differ from the defaults.

        Example:
            >>> sda_lib.Preset("Free", options=sda_lib.GenerateOptions(novelty=0.9)).to_plain()
            {'format': 1, 'kind': 'sda preset', 'name': 'Free', 'sound': {'novelty': 0.9}}
        """
        return preset_to_plain(self)

    def fit(self, model: SdaModel) -> FittedPreset:
        """Return what a model can do of the preset, `options` and `finish`, and what it can't: texts `left_out`.

        Args:
            model: any model.

        Example:
            >>> moved = sda_lib.Preset("Moved", options=sda_lib.GenerateOptions(sliders={"sparkle": 2}))
            >>> moved.fit(model).left_out
            ('slider sparkle: the model has ...',)
        """
        return fit_preset(self, model)

    def morph(self, other: core.Preset, share: float, name: str = "") -> Preset:
        """Return a preset between this one and another.

        Numbers are blended; a choice, such as the writer or the space, is that of the nearer preset.

        Args:
            other: the preset at share 1.
            share: 0 (this one) to 1 (the other).
            name: name of the result; default: both names.

        Raises SdaError for a share out of range.

        Example:
            >>> near = sda_lib.Preset("Near", options=sda_lib.GenerateOptions(novelty=0.25))
            >>> far = sda_lib.Preset("Far", options=sda_lib.GenerateOptions(novelty=0.75))
            >>> near.morph(far, 0.5)
            Preset('Near → Far 50%')
            >>> near.morph(far, 0.75).options.novelty
            0.625
        """
        return Preset.of(morph_presets(self, other, share, name))

    def vary(self, model: SdaModel, seed: int, locked: Sequence[str] = (), name: str = "") -> Preset:
        """Return a random preset in the safe zones of a model's sliders, and a moderate range of other settings.

        Args:
            model: the model, whose sliders and controls are drawn.
            seed: equal seeds give equal presets.
            locked: settings that stay as they are here: "novelty", "brightness", "reverb" …, or all "sliders",
                "controls", "effects".
            name: name of the result; default: "Random" and the seed.

        Raises SdaError for an unknown setting.

        Example:
            >>> loose = sda_lib.Preset("Loose", options=sda_lib.GenerateOptions(novelty=0.8))
            >>> varied = loose.vary(model, seed=1, locked=["novelty", "effects"])
            >>> varied.name, varied.options.novelty, varied.finish.effects.is_off
            ('Random 1', 0.8, True)
        """
        return Preset.of(draw_preset(self, model, seed, locked, name))

    def __repr__(self) -> str:
        words = "".join(f", {name.lower()} {value}" for name, value in preset_words(self).items())
        return f"Preset({self.name!r}{words})"

    def _repr_html_(self) -> str:
        return page(preset_view(self))


class Presets(PublicNames, Mapping[str, Preset]):
    """All presets by name: yours, and those that SDA ships. Names are found in any case.

    Args:
        home: the data folder; default: SDA_HOME.

    Example:
        >>> presets = sda_lib.Presets()
        >>> "Slow swell" in presets, len(presets) > 12
        (True, True)
        >>> presets["slow swell"].options.seconds, presets.starred
        (6.0, ())
    """

    _unlisted = frozenset(("store",))

    def __init__(self, home: str | PathLike[str] | None = None) -> None:
        self.store = PresetStore.of(Home.from_environment() if home is None else Home(Path(home)))

    def save(self, preset: core.Preset, replace: bool = False) -> Path:
        """Keep a preset among yours, and return its file.

        Args:
            preset: the preset.
            replace: whether it replaces one of yours of the same name.

        Raises SdaError for a name that is taken.

        Example:
            >>> sda_lib.Presets().save(sda_lib.Preset("Mine"), replace=True).name
            'Mine.json'
        """
        return self.store.save(preset, replace)

    def rename(self, name: str, new: str) -> Preset:
        """Give one of your presets another name.

        Args:
            name: its name.
            new: the new one.

        Raises SdaError for a name that is taken, and for a preset that ships with SDA.

        Example:
            >>> presets = sda_lib.Presets()
            >>> path = presets.save(sda_lib.Preset("Old name"), replace=True)
            >>> presets.rename("Old name", "New name").name
            'New name'
            >>> presets.delete("New name")
        """
        return Preset.of(self.store.rename(name, new))

    def delete(self, name: str) -> None:
        """Move one of your presets to the trash.

        Args:
            name: its name.

        Raises SdaError for an unknown name, and for a preset that ships with SDA.

        Example:
            >>> presets = sda_lib.Presets()
            >>> path = presets.save(sda_lib.Preset("Gone"), replace=True)
            >>> presets.delete("Gone")
            >>> "Gone" in presets
            False
        """
        self.store.delete(name, Home(self.store.folder.parent).trash)

    def star(self, name: str, on: bool = True) -> None:
        """Star a preset, so that it comes first in lists, or take its star away.

        Args:
            name: its name.
            on: whether it gets a star.

        Raises SdaError for an unknown name.

        Example:
            >>> presets = sda_lib.Presets()
            >>> presets.star("Slow swell")
            >>> next(iter(presets)), presets.starred
            ('Slow swell', ('Slow swell',))
            >>> presets.star("Slow swell", on=False)
        """
        self.store.star(name, on)

    def add(self, path: str | PathLike[str], replace: bool = False) -> Preset:
        """Keep a copy of a preset's JSON file among yours.

        Args:
            path: the file.
            replace: whether it replaces one of yours of the same name.

        Raises SdaError for a file that is no preset, and for a name that is taken.

        Example:
            >>> path = sda_lib.Presets().export("Slow swell", "swell.json")
            >>> sda_lib.Presets().add("swell.json", replace=True).name
            'Slow swell'
            >>> sda_lib.Presets().delete("Slow swell")
        """
        preset = read_preset(Path(path))
        self.store.save(preset, replace)
        return Preset.of(preset)

    def export(self, name: str, path: str | PathLike[str]) -> Path:
        """Write a preset as a JSON file to share, and return its path.

        Args:
            name: its name.
            path: the file; it is replaced if it exists.

        Raises SdaError for an unknown name, and when the file can't be written.

        Example:
            >>> sda_lib.Presets().export("Slow swell", "shared.json").name
            'shared.json'
        """
        return write_preset(Path(path), self[name])

    @property
    def starred(self) -> tuple[str, ...]:
        """Names of the presets with a star."""
        return tuple(one.name for one in self.store.entries() if one.starred)

    def get(self, name: str, default: Any = None) -> Any:
        """Return a preset by its name, or a default.

        Args:
            name: its name.
            default: what is returned where there is none of that name.

        Raises SdaError for a damaged file.

        Example:
            >>> sda_lib.Presets().get("No such preset") is None
            True
        """
        if name not in self:
            return default
        return self[name]

    def __getitem__(self, name: str) -> Preset:
        """Return a preset by its name, or that of a JSON file. Raises SdaError."""
        return Preset.of(self.store.load(name))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.strip().casefold() in {one.casefold() for one in self}

    def __iter__(self) -> Iterator[str]:
        return (one.name for one in self.store.entries() if one.preset is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __repr__(self) -> str:
        return f"Presets({', '.join(self)})"

    def _repr_html_(self) -> str:
        return page(presets_view(self.store.entries()))
