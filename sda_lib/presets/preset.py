"""Preset: settings of new sounds and of their delivery under a name, for any model. Light to import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sda_lib.errors import SdaError
from sda_lib.export.finish import Delivery, Finish, Space
from sda_lib.fields import options_of
from sda_lib.writers.options import GenerateOptions

# Options that belong to one sound and not to a preset: they take the value of the sound that is made.
OF_ONE_SOUND = ("seed", "quality", "regenerate", "levels", "part")
# Longest name, and longest sentence about a preset, in characters.
LONGEST_NAME, LONGEST_ABOUT = 60, 300


@dataclass(frozen=True)
class Preset:
    """Settings of new sounds and of their delivery under a name.

    What belongs to one sound or computer is left out: seed, parts to regenerate, tags, a head's file, loop points,
    root.

    Args:
        name: 1 to 60 printable characters without slashes.
        about: one sentence, at most 300 characters.
        options: settings of new sounds.
        finish: effects, space, trim, loop and delivery.
        axes_of: fingerprint of the sliders that axes in it belong to; empty if there are none.

    Raises SdaError for a name or sentence that is too long or not printable.
    """

    name: str
    about: str = ""
    options: GenerateOptions = field(default_factory=GenerateOptions)
    finish: Finish = field(default_factory=Finish)
    axes_of: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", checked_preset_name(self.name))
        if len(self.about) > LONGEST_ABOUT or not self.about.isprintable():
            raise SdaError(f"What is said about a preset is one line of at most {LONGEST_ABOUT} characters.")
        object.__setattr__(self, "options", _of_any_sound(self.options))
        object.__setattr__(self, "finish", _of_any_file(self.finish))


def checked_preset_name(name: str) -> str:
    """Return the name of a preset without spaces at its ends. Raises SdaError for one that can't name a preset."""
    name = name.strip()
    if not name:
        raise SdaError("A preset needs a name; type one for it.")
    if len(name) > LONGEST_NAME or not name.isprintable() or set(name) & set("/\\") or name.startswith("."):
        raise SdaError(
            f"{name[: 2 * LONGEST_NAME]!r} can't name a preset; choose 1 to {LONGEST_NAME} printable characters "
            "without slashes that don't begin with a dot."
        )
    return name


def changed_options(options: GenerateOptions) -> dict[str, Any]:
    """Return the options of new sounds that differ from the defaults, without those of one sound."""
    default = GenerateOptions()
    return {
        name: value
        for name, value in vars(options).items()
        if name not in OF_ONE_SOUND and value != getattr(default, name)
    }


def _of_any_sound(options: GenerateOptions) -> GenerateOptions:
    """Return options without what belongs to one sound, with own copies of mappings."""
    known = options_of(GenerateOptions)
    changes: dict[str, Any] = {name: known[name].default for name in OF_ONE_SOUND}
    changes |= {name: dict(value) for name, value in vars(options).items() if isinstance(value, Mapping)}
    return replace(options, **changes)


def _of_any_file(finish: Finish) -> Finish:
    """Return a finish without what belongs to one sound (loop points, root) or one computer (tags, a head's file)."""
    space = replace(finish.space, sofa=Space().sofa)
    delivery = replace(finish.delivery, loop=Delivery().loop, root=Delivery().root)
    return replace(finish, space=space, delivery=delivery, tags={})
