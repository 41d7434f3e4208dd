"""A preset in words: the name and value of every setting that differs from the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sda_lib.export.finish import Delivery, Effects, Finish, Place
from sda_lib.fields import Option, options_of
from sda_lib.presets.preset import Preset, changed_options
from sda_lib.writers.options import GenerateOptions

# Options of new sounds that hold numbers, or curves, by name, and what one of them is called.
NAMED = {"sliders": "Slider", "curves": "Curve of", "controls": "Control"}


def preset_words(preset: Preset) -> dict[str, str]:
    """Return a preset's settings with their values as text, in the order in which they act."""
    known = options_of(GenerateOptions)
    words: dict[str, str] = {}
    for name, value in changed_options(preset.options).items():
        if name in NAMED:
            shown = _steps if name == "sliders" else _shown
            words |= {f"{NAMED[name]} {key}": shown(one) for key, one in value.items()}
        else:
            words[known[name].title] = _with_unit(known[name], value)
    return words | _finish_words(preset.finish)


def _finish_words(finish: Finish) -> dict[str, str]:
    words = _changed(Effects, finish.effects)
    if finish.space.mode != "as it is":
        words |= {"Space": _space(finish)}
    words |= {f"Delivery {name.lower()}": value for name, value in _changed(Delivery, finish.delivery).items()}
    ends = _changed(Finish, finish)
    return words | {name: value for name, value in ends.items() if name in ("Trim", "Loop")}


def _space(finish: Finish) -> str:
    space = finish.space
    if space.mode == "stereo":
        return f"stereo, width {space.width:g}, pan {space.pan:+g}"
    if space.mode not in ("binaural", "ambisonics"):
        return space.mode
    return f"{space.mode}, moving" if space.place.moves else f"{space.mode}, {_place(space.place)}"


def _place(place: Place) -> str:
    _, azimuth, elevation, distance = place.points[0]
    return f"{azimuth:g}° left, {elevation:g}° up, {distance:g} m"


def _changed(owner: type, value: Any) -> dict[str, str]:
    """Return the options of a dataclass that differ from the defaults, except for inner dataclasses."""
    default, known = owner(), options_of(owner)
    changed = (one for name, one in known.items() if getattr(value, name) != getattr(default, name))
    return {one.title: _with_unit(one, getattr(value, one.name)) for one in changed}


def _with_unit(option: Option, value: Any) -> str:
    return f"{_shown(value)} {option.unit}".strip()


def _steps(value: float) -> str:
    return f"{value:g} {'step' if abs(value) == 1 else 'steps'}"


def _shown(value: Any) -> str:
    """Return a number, a text, a list of them or of points as text."""
    if isinstance(value, tuple):
        return ", ".join(":".join(map(_shown, one)) if isinstance(one, tuple) else _shown(one) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_shown(one)}" for name, one in value.items())
    return f"{value:g}" if isinstance(value, int | float) else str(value)
