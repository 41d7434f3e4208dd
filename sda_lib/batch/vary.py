"""Vary options across a batch: values spread evenly over their ranges, determined by the index of the sound."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sda_lib.controls.names import CONTROLS
from sda_lib.errors import SdaError
from sda_lib.export.effects import EFFECTS, effects_of
from sda_lib.export.finishing import Finish
from sda_lib.writers.options import GenerateOptions

OPTIONS = {
    "seconds": (1.0, 8.0), "novelty": (0.0, 1.0), "temperature": (0.0, 1.0), "top_p": (0.3, 1.0),
    "source_amount": (0.0, 1.0),
}  # fmt: skip
PLACES = {"azimuth": (-180.0, 180.0), "elevation": (-40.0, 90.0), "distance": (0.5, 4.0)}
STEREO = {"width": (0.0, 2.0), "pan": (-1.0, 1.0)}
# Default range of a slider in steps.
STEPS = (-1.0, 1.0)
# The seed always varies, by counting up; it may be named.
ALWAYS = "seed"

OptionsAndFinish = tuple[GenerateOptions, Finish]


@dataclass(frozen=True)
class Variation:
    """A value that varies from `low` to `high`; `kind` is one of KINDS, `label` the name as given."""

    label: str
    name: str
    kind: str
    low: float
    high: float


def parse_variations(text: str, sliders: Collection[str] = ()) -> tuple[Variation, ...]:
    """Parse 'seed,brightness=-1:1,azimuth'. A name that is both a slider of the model and a control means the slider;
    `control.brightness` means the control. Raises SdaError for unknown names."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    varied = {one.label: one for one in (_varied(part, sliders) for part in parts if part != ALWAYS)}
    return tuple(varied.values())


def _varied(text: str, sliders: Collection[str]) -> Variation:
    name, equals, limits = text.partition("=")
    label = name.strip()
    kind, name = _kind(label, sliders)
    low, high = VARIABLE_KINDS[kind].usual(name)
    if equals:
        first, _, last = limits.partition(":")
        try:
            low, high = float(first), float(last)
        except ValueError as error:
            raise SdaError(f"--vary {text} should read name=from:to, e.g. brightness=-1:1.") from error
    return Variation(label, name, kind, low, high)


def _kind(name: str, sliders: Collection[str]) -> tuple[str, str]:
    said, dot, rest = name.partition(".")
    known = {**{kind: one.names for kind, one in VARIABLE_KINDS.items()}, "slider": sliders}
    for kind, names in known.items():
        if (dot and said == kind and rest in names) or (not dot and name in names):
            return kind, rest or name
    names = list(dict.fromkeys([ALWAYS, *(name for names in known.values() for name in names)]))
    raise SdaError(f"{name!r} can't be varied; there are {', '.join(names)}.")


def values(varied: Sequence[Variation], index: int) -> dict[str, float]:
    """Return the values of sound `index`: points of a low-discrepancy sequence that covers the ranges evenly for any
    number of points (Roberts 2018, a generalized golden ratio)."""
    ratio = 2.0
    for _ in range(40):
        ratio = (1 + ratio) ** (1 / (len(varied) + 1))
    shares = [(0.5 + (index + 1) * ratio ** -(number + 1)) % 1 for number in range(len(varied))]
    return {
        one.label: round(one.low + share * (one.high - one.low), 4) for one, share in zip(varied, shares, strict=True)
    }


def with_variations(wish: OptionsAndFinish, varied: Sequence[Variation], index: int) -> OptionsAndFinish:
    """Return options and finishing of sound `index`: the seed plus `index`, and every varied value set. Raises SdaError
    for values that don't apply."""
    options, finish = wish
    wish = dataclasses.replace(options, seed=options.seed + index), finish
    for one, value in zip(varied, values(varied, index).values(), strict=True):
        wish = VARIABLE_KINDS[one.kind].put(wish, one.name, value)
    return wish


# --- how each kind of value is set -----------------------------------------------------------------------------------


def _put_slider(wish: OptionsAndFinish, name: str, value: float) -> OptionsAndFinish:
    return dataclasses.replace(wish[0], sliders={**wish[0].sliders, name: value}), wish[1]


def _put_control(wish: OptionsAndFinish, name: str, value: float) -> OptionsAndFinish:
    return dataclasses.replace(wish[0], controls={**wish[0].controls, name: value}), wish[1]


def _put_option(wish: OptionsAndFinish, name: str, value: float) -> OptionsAndFinish:
    return dataclasses.replace(wish[0], **{name: value}), wish[1]


def _put_effect(wish: OptionsAndFinish, name: str, value: float) -> OptionsAndFinish:
    amounts = {**dataclasses.asdict(wish[1].effects), name: value}
    return wish[0], dataclasses.replace(wish[1], effects=effects_of(amounts))


def _put_place(wish: OptionsAndFinish, name: str, value: float) -> OptionsAndFinish:
    space = wish[1].space
    if space.mode not in ("binaural", "ambisonics"):
        raise SdaError(f"To vary {name}, choose --space binaural or ambisonics.")
    place = dataclasses.replace(space.place, path=(), **{name: value})
    return wish[0], dataclasses.replace(wish[1], space=dataclasses.replace(space, place=place))


def _put_stereo(wish: OptionsAndFinish, name: str, value: float) -> OptionsAndFinish:
    space = wish[1].space
    if space.mode != "stereo":
        raise SdaError(f"To vary {name}, choose --space stereo.")
    return wish[0], dataclasses.replace(wish[1], space=dataclasses.replace(space, **{name: value}))


@dataclass(frozen=True)
class _Kind:
    names: Collection[str]
    usual: Callable[[str], tuple[float, float]]
    put: Callable[[OptionsAndFinish, str, float], OptionsAndFinish]


VARIABLE_KINDS = {
    "slider": _Kind((), lambda name: STEPS, _put_slider),
    "control": _Kind(CONTROLS, lambda name: (0.0, 1.0), _put_control),
    "option": _Kind(OPTIONS, OPTIONS.__getitem__, _put_option),
    "place": _Kind(PLACES, PLACES.__getitem__, _put_place),
    "stereo": _Kind(STEREO, STEREO.__getitem__, _put_stereo),
    "effect": _Kind(EFFECTS, lambda name: (EFFECTS[name]["low"], EFFECTS[name]["high"]), _put_effect),
}
