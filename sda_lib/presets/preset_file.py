"""Presets as JSON, read with the type and bounds of each option as `fields` declares it."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from sda_lib import faults, safe_json
from sda_lib.errors import FieldError, SdaError, with_field
from sda_lib.export.finish import Delivery, Effects, Finish, Place, Space
from sda_lib.fields import Option, options_of
from sda_lib.file_choice import LONGEST_PATTERN, MOST_PATTERNS
from sda_lib.file_names import printable
from sda_lib.files import write_atomically
from sda_lib.presets.preset import LONGEST_ABOUT, LONGEST_NAME, OF_ONE_SOUND, Preset, changed_options
from sda_lib.typed_fields import Fields
from sda_lib.writers.options import GenerateOptions

FORMAT, KIND = 1, "sda preset"
# Largest file in bytes; most sliders or controls, points, levels, and characters of a text in it.
LARGEST, MOST_NAMES, MOST_POINTS, MOST_LEVELS, LONGEST_TEXT = 1 << 16, 64, 100, 64, 64
DEPTHS = (16, 24, 32)
# Keys of the file besides those of settings.
KEYS = ("format", "kind", "name", "about", "sound", "finish", "axes_of")
SOUND = tuple(name for name in options_of(GenerateOptions) if name not in OF_ONE_SOUND)
DELIVERY = tuple(name for name in options_of(Delivery) if name != "root")


# --- writing ---------------------------------------------------------------------------------------------------------


def preset_to_plain(preset: Preset) -> dict[str, Any]:
    """Return a preset as JSON data, with values that differ from the defaults."""
    sound, finish = changed_options(preset.options), preset.finish.to_plain()
    texts = {"about": preset.about, "sound": sound, "finish": finish, "axes_of": preset.axes_of}
    plain = {"format": FORMAT, "kind": KIND, "name": preset.name, **{key: one for key, one in texts.items() if one}}
    return safe_json.parse(json.dumps(plain))  # as it is read back: lists, no tuples


def write_preset(path: Path, preset: Preset, number: str = "") -> Path:
    """Write a preset's file atomically; `number` as for `write_atomically`. Raises SdaError."""
    text = json.dumps(preset_to_plain(preset), indent=1, ensure_ascii=False)
    return write_atomically(path, f"{text}\n".encode(), number)


# --- reading ---------------------------------------------------------------------------------------------------------


def read_preset(path: Path) -> Preset:
    """Read a preset's file. Raises SdaError for anything else, in one sentence that names the file."""
    if not path.is_file():
        raise SdaError(f"There is no preset {printable(path)}; check the path; `sda presets` lists those that exist.")
    try:
        return _preset_of(safe_json.read(path, LARGEST))
    except (OSError, SdaError, *safe_json.MALFORMED) as error:
        faults.pass_on(error)
        raise SdaError(_explained(printable(path.name), error)) from error


def plain_to_preset(plain: Any) -> Preset:
    """Return a preset from JSON data. Raises SdaError in one sentence that names the field."""
    try:
        return _preset_of(plain)
    except (SdaError, *safe_json.MALFORMED) as error:
        raise SdaError(_explained("This", error)) from error


def _explained(what: str, error: Exception) -> str:
    """Return why something is no preset, in one sentence."""
    if isinstance(error, SdaError):
        fact = " ".join(printable(str(error)).split()).rstrip(".")
        return f"{what} is not a preset that this SDA can use ({fact}); export it again."
    return with_field(f"{what} is not a preset, or is damaged; export it again.", error)


def _preset_of(plain: Any) -> Preset:
    """Return a preset from JSON data. Raises SdaError, or one of `safe_json.MALFORMED`."""
    facts = Fields(plain)
    if facts.text("kind", longest=LONGEST_TEXT) != KIND:
        raise FieldError(f"kind must be {KIND!r}")
    if (version := facts.whole("format", 1)) > FORMAT:
        raise SdaError(f"it has format {version}; update SDA")
    _only(facts, KEYS)
    return Preset(
        facts.text("name", longest=2 * LONGEST_NAME),
        facts.text("about", "", longest=LONGEST_ABOUT),
        GenerateOptions(**_read(facts, "sound", GenerateOptions, SOUND)),
        _finish(facts),
        facts.text("axes_of", "", longest=2 * LONGEST_TEXT),
    )


def _finish(facts: Fields) -> Finish:
    if "finish" not in facts.plain:
        return Finish()
    inner = facts.inner("finish")
    _only(inner, ("effects", "space", "delivery", "trim", "loop"))
    space = _read(inner, "space", Space, ("mode", "width", "pan", "place"))
    effects = Effects(**_read(inner, "effects", Effects, tuple(options_of(Effects))))
    delivery = Delivery(**_read(inner, "delivery", Delivery, DELIVERY))
    rest = _values(inner, Finish, ("trim", "loop"))
    return Finish(effects, Space(**space), delivery, **rest)


def _read(facts: Fields, key: str, owner: type, names: Collection[str]) -> dict[str, Any]:
    """Return the options of `owner` that the object `key` holds, if there is one; it may hold no others."""
    if key not in facts.plain:
        return {}
    inner = facts.inner(key)
    _only(inner, names)
    return _values(inner, owner, names)


def _values(facts: Fields, owner: type, names: Collection[str]) -> dict[str, Any]:
    known = options_of(owner)
    kinds = {one.name: str(one.type) for one in dataclasses.fields(owner)}
    return {name: _value(facts, known[name], kinds[name]) for name in names if name in facts.plain}


def _value(facts: Fields, option: Option, kind: str) -> Any:
    """Return an option's value, read with the type of the option's default."""
    name = option.name
    if name in READERS:
        return READERS[name](facts, option)
    if facts.plain[name] in option.words and isinstance(facts.plain[name], str):
        return facts.plain[name]
    low, high = (-math.inf if option.low is None else option.low), (math.inf if option.high is None else option.high)
    if option.low is None and isinstance(option.default, str):
        return facts.text(name, longest=LONGEST_TEXT)
    if isinstance(option.default, Mapping):
        return _numbers(facts.inner(name), low, high)
    if kind.startswith("int"):
        return facts.whole(name, int(max(low, -(2**63))), int(min(high, 2**63)))
    return facts.number(name, low, high)


def _numbers(facts: Fields, low: float, high: float) -> dict[str, float]:
    """Return numbers by the names of sliders or controls."""
    return {name: facts.number(name, low, high) for name in _names(facts)}


def _curves(facts: Fields, option: Option) -> dict[str, Any]:
    inner = facts.inner(option.name)
    return {name: _points(inner, name, 2) for name in _names(inner)}


def _names(facts: Fields) -> list[str]:
    """Return the keys of an object, which must be few, short and printable."""
    if len(facts.plain) > MOST_NAMES or not all(len(one) <= LONGEST_TEXT and one.isprintable() for one in facts.plain):
        raise FieldError(f"{facts.place} must have at most {MOST_NAMES} names of at most {LONGEST_TEXT} characters")
    return list(facts.plain)


def _points(facts: Fields, name: str, size: int) -> tuple[tuple[float, ...], ...]:
    """Return a list of points of `size` numbers each."""
    return tuple(_row(one, f"{name} {number}", size) for number, one in enumerate(facts.items(name, most=MOST_POINTS)))


def _row(values: Any, name: str, size: int | None = None) -> tuple[float, ...]:
    """Return a list of numbers, `size` of them if given."""
    if not isinstance(values, list) or len(values) > MOST_LEVELS or size not in (None, len(values)):
        raise FieldError(f"{name} must be a list of {size or 'at most 64'} numbers")
    return tuple(Fields({name: one}).number(name) for one in values)


def _patterns(facts: Fields, option: Option) -> tuple[str, ...]:
    """Return a list of names of recordings."""
    found = facts.items(option.name, most=MOST_PATTERNS)
    if not all(isinstance(one, str) and 0 < len(one) <= LONGEST_PATTERN and one.isprintable() for one in found):
        raise FieldError(f"{option.name} must be a list of names of at most {LONGEST_PATTERN} characters")
    return tuple(found)


def _place(facts: Fields, option: Option) -> Place:
    return Place(**_read(facts, option.name, Place, tuple(options_of(Place))))


def _depth(facts: Fields, option: Option) -> int:
    depth = facts.whole(option.name)
    if depth not in DEPTHS:
        raise FieldError(f"{option.name} must be one of {', '.join(map(str, DEPTHS))}, not {depth}")
    return depth


def _only(facts: Fields, names: Collection[str]) -> None:
    """Raise FieldError for a key that is not one of these names."""
    if unknown := [key for key in facts.plain if key not in names]:
        place = f"{facts.place}, " if facts.place else ""
        raise FieldError(f"{place}{printable(unknown[0])[:LONGEST_TEXT]!r} is no setting of a preset")


# Readers of options that are not one number or text.
READERS: dict[str, Callable[[Fields, Option], Any]] = {
    "level_temperatures": lambda facts, one: _row(facts.items(one.name, most=MOST_LEVELS), one.name),
    "contour": lambda facts, one: _points(facts, one.name, 2),
    "recordings": _patterns,
    "path": lambda facts, one: _points(facts, one.name, 4),
    "curves": _curves,
    "place": _place,
    "bit_depth": _depth,
}
