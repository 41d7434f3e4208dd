"""Variations across a batch: values spread evenly over their ranges, determined by the index of the sound."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sda_lib.controls.names import CONTROLS
from sda_lib.errors import SdaError, explained_as
from sda_lib.export.finish import Effects, Finish, Place, Space
from sda_lib.fields import options_of
from sda_lib.writers.options import GenerateOptions

# Default range of a slider in steps.
STEPS = (-1.0, 1.0)
# The seed of a batch always counts up; naming it has no effect.
ALWAYS = "seed"

OptionsAndFinish = tuple[GenerateOptions, Finish]


@dataclass(frozen=True)
class Variation:
    """A value that varies from `low` to `high`.

    Args:
        label: name as given, e.g. "control.brightness".
        name: name of the value, e.g. "brightness".
        kind: one of VARIABLE_KINDS.
    """

    label: str
    name: str
    kind: str
    low: float
    high: float


def parse_variations(text: str, sliders: Collection[str] = ()) -> tuple[Variation, ...]:
    """Parse 'seed,brightness=-1:1,azimuth'; `sliders` are those of the model.

    A name that is both a slider and a control means the slider; `control.brightness` means the control. Raises SdaError
    for unknown names and invalid ranges.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    found = {one.label: one for one in (_parse_variation(part, sliders) for part in parts if part != ALWAYS)}
    return tuple(found.values())


def _parse_variation(text: str, sliders: Collection[str]) -> Variation:
    label, equals, limits = (part.strip() for part in text.partition("="))
    kind, name = _kind_and_name(label, sliders)
    low, high = VARIABLE_KINDS[kind].ranges.get(name, STEPS)
    if equals:
        first, _, last = limits.partition(":")
        with explained_as(f"--vary {text} should read name=from:to, e.g. brightness=-1:1."):
            low, high = float(first), float(last)
    return Variation(label, name, kind, low, high)


def _kind_and_name(label: str, sliders: Collection[str]) -> tuple[str, str]:
    prefix, dot, rest = label.partition(".")
    known = {**{kind: one.ranges for kind, one in VARIABLE_KINDS.items()}, "slider": sliders}
    for kind, names in known.items():
        if (dot and prefix == kind and rest in names) or (not dot and label in names):
            return kind, rest or label
    names = list(dict.fromkeys([ALWAYS, *(name for names in known.values() for name in names)]))
    raise SdaError(f"{label!r} can't be varied; there are {', '.join(names)}.")


def varied_values(variations: Sequence[Variation], index: int) -> dict[str, float]:
    """Return the values of sound `index` by label.

    They are points of a low-discrepancy sequence, which covers the ranges evenly for any number of points (Roberts
    2018, a generalized golden ratio).
    """
    ratio = 2.0
    for _ in range(40):
        ratio = (1 + ratio) ** (1 / (len(variations) + 1))
    shares = [(0.5 + (index + 1) * ratio ** -(number + 1)) % 1 for number in range(len(variations))]
    return {
        one.label: round(one.low + share * (one.high - one.low), 4)
        for one, share in zip(variations, shares, strict=True)
    }


def with_variations(settings: OptionsAndFinish, variations: Sequence[Variation], index: int) -> OptionsAndFinish:
    """Return options and finish of sound `index`: with the seed plus `index`, and all varied values.

    Raises SdaError for values that don't apply.
    """
    options, finish = settings
    chosen: Any = {"options": dataclasses.replace(options, seed=options.seed + index), "finish": finish}
    for one, value in zip(variations, varied_values(variations, index).values(), strict=True):
        kind = VARIABLE_KINDS[one.kind]
        if kind.modes and finish.space.mode not in kind.modes:
            raise SdaError(f"To vary {one.name}, choose --space {' or '.join(kind.modes)}.")
        chosen = _replaced(chosen, [*kind.path, one.name], value)
    return _without_curves(chosen["options"], {one.name for one in variations if one.kind == "slider"}), chosen[
        "finish"
    ]


def _without_curves(options: GenerateOptions, names: Collection[str]) -> GenerateOptions:
    """Return options without curves of these sliders, which would take the place of their numbers."""
    kept = {name: curve for name, curve in options.curves.items() if name not in names}
    return options if len(kept) == len(options.curves) else dataclasses.replace(options, curves=kept)


def _replaced(whole: Any, path: Sequence[str], value: Any) -> Any:
    """Return a dataclass or mapping in which the value at a path of names is replaced; a fixed place has no path."""
    name, *rest = path
    part = whole.get(name) if isinstance(whole, Mapping) else getattr(whole, name)
    changes = {name: _replaced(part, rest, value) if rest else value}
    if isinstance(whole, Mapping):
        return {**whole, **changes}
    return dataclasses.replace(whole, **changes, **({"path": ()} if isinstance(whole, Place) else {}))


@dataclass(frozen=True)
class _Kind:
    """Values that can vary: their default ranges by name, where they are, and the modes of placement they need."""

    ranges: Mapping[str, tuple[float, float]]
    path: tuple[str, ...]
    modes: tuple[str, ...] = ()


def _usual(owner: type) -> dict[str, tuple[float, float]]:
    return {name: one.usual for name, one in options_of(owner).items() if one.usual is not None}


VARIABLE_KINDS = {
    "slider": _Kind({}, ("options", "sliders")),
    "control": _Kind(dict.fromkeys(CONTROLS, (0.0, 1.0)), ("options", "controls")),
    "option": _Kind(_usual(GenerateOptions), ("options",)),
    "place": _Kind(_usual(Place), ("finish", "space", "place"), ("binaural", "ambisonics")),
    "stereo": _Kind(_usual(Space), ("finish", "space"), ("stereo",)),
    "effect": _Kind(_usual(Effects), ("finish", "effects")),
}
