"""Draw a random preset: sliders in the safe zones of a model, other settings in a moderate range; some are locked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np

from sda_lib.directions.directions import STEPS, Response, SliderCard
from sda_lib.directions.gestures import LOUDNESS
from sda_lib.errors import SdaError
from sda_lib.export.finish import Effects
from sda_lib.fields import options_of
from sda_lib.model.model import SdaModel
from sda_lib.presets.fitting import fit_preset, why_no_control, with_axes_of
from sda_lib.presets.preset import Preset
from sda_lib.sliders.zones import draw_safe_steps
from sda_lib.writers.options import GenerateOptions

# Ranges of options in which no model makes noise, silence or copies alone.
OPTIONS = {
    "novelty": (0.2, 0.9),
    "temperature": (0.2, 0.8),
    "top_p": (0.7, 1.0),
    "source_amount": (0.6, 1.0),
    "varispeed": (-4.0, 4.0),
}
# Ranges of effects that leave a sound recognizable. Each effect is on with the probability SOME.
EFFECTS = {
    "highpass": (40.0, 160.0),
    "lowpass": (5000.0, 16_000.0),
    "tilt": (-3.0, 3.0),
    "drive": (1.0, 8.0),
    "compress": (4.0, 16.0),
    "echo": (0.1, 0.5),
    "reverb": (0.05, 0.35),
    "room": (0.0, 1.0),
}
SOME = 0.25
# Number of sliders and of controls that are drawn at most: all at once would push a sound to the edge of its range.
MOST_SLIDERS, MOST_CONTROLS = 3, 1
# Range of controls, in quantiles of the recordings.
CONTROLS = (0.15, 0.85)
# Locks for all of a kind.
GROUPS = ("sliders", "controls", "effects")


def draw_preset(base: Preset, model: SdaModel, seed: int, locked: Collection[str] = (), name: str = "") -> Preset:
    """Return a preset with random values in place of those of `base` that are not `locked`.

    Locks are names of options, effects, sliders and controls, or one of GROUPS. What is never drawn (duration, space,
    delivery …) stays as it is. Raises SdaError for an unknown lock.
    """
    _check(base, model, locked)
    generator = np.random.default_rng(seed)
    drawn = {one: _uniform(generator, *limits) for one, limits in OPTIONS.items()}
    sliders, controls = _sliders(model, seed, generator), _controls(model, base, generator)
    effects = _effects(generator)
    options: dict[str, Any] = {one: value for one, value in drawn.items() if one not in locked}
    options["sliders"] = _kept(base.options.sliders, sliders, locked, "sliders")
    options["controls"] = _kept(base.options.controls, controls, locked, "controls")
    options["curves"] = _kept(base.options.curves, {}, locked, "sliders")
    before = vars(base.finish.effects)
    after = Effects(**_kept(before, {**before, **effects}, locked, "effects"))
    drawn_options, finish = replace(base.options, **options), replace(base.finish, effects=after)
    changed = Preset(name or f"Random {seed}", f"Drawn for {model.name}.", drawn_options, finish)
    return with_axes_of(replace(changed, options=fit_preset(changed, model).options), model.fingerprints)


def typical_response(card: SliderCard) -> Response:
    """Return the response of a sound in the middle of the recordings' range that follows a slider evenly."""
    low, high = card.reach
    middle = (card.low + card.high) / 2
    return Response(tuple(middle + card.slope * min(max(step, low), high) for step in STEPS))


def known_locks(base: Preset, model: SdaModel) -> tuple[str, ...]:
    """Return the names that can be locked."""
    sliders = () if model.sliders is None else tuple(card.name for card in model.sliders.shown)
    controls = options_of(GenerateOptions)["controls"].choices
    others = (*options_of(GenerateOptions), *base.options.sliders, *base.options.curves)
    return tuple(dict.fromkeys((*GROUPS, *OPTIONS, *EFFECTS, *controls, *sliders, *others)))


def _check(base: Preset, model: SdaModel, locked: Collection[str]) -> None:
    known = known_locks(base, model)
    if unknown := [one for one in locked if one not in known]:
        raise SdaError(f"There is no setting {unknown[0]!r} to lock; there are {', '.join(known)}.")


def _sliders(model: SdaModel, seed: int, generator: np.random.Generator) -> dict[str, float]:
    """Draw steps within the safe zones of a typical sound, for up to MOST_SLIDERS sliders; loudness stays."""
    shown = () if model.sliders is None else model.sliders.shown
    cards = {card.name: card for card in shown if not card.is_axis and card.name != LOUDNESS}
    steps = draw_safe_steps(cards, {name: typical_response(card) for name, card in cards.items()}, seed)
    return {name: steps[name] for name in _some(list(cards), MOST_SLIDERS, generator) if steps[name]}


def _controls(model: SdaModel, base: Preset, generator: np.random.Generator) -> dict[str, float]:
    """Draw values for up to MOST_CONTROLS controls that the model has."""
    writer = {"writer": base.options.writer}
    usable = [one for one in options_of(GenerateOptions)["controls"].choices if not why_no_control(model, writer, one)]
    return {one: _uniform(generator, *CONTROLS) for one in _some(usable, MOST_CONTROLS, generator)}


def _effects(generator: np.random.Generator) -> dict[str, float]:
    """Draw each effect as on or off, and its amount."""
    amounts = {one: _uniform(generator, *limits) for one, limits in EFFECTS.items()}
    return {one: amount if generator.random() < SOME else 0.0 for one, amount in amounts.items()}


def _some(names: list[str], most: int, generator: np.random.Generator) -> list[str]:
    """Return a random choice of at most `most` names."""
    count = int(generator.integers(0, min(most, len(names)) + 1))
    return [names[number] for number in generator.permutation(len(names))[:count]]


def _kept(before: Any, drawn: dict[str, Any], locked: Collection[str], group: str) -> dict[str, Any]:
    """Return the drawn values, and those of before that are locked; all of before if the group is locked."""
    if group in locked:
        return dict(before)
    free = {one: value for one, value in drawn.items() if one not in locked}
    return {**free, **{one: value for one, value in before.items() if one in locked}}


def _uniform(generator: np.random.Generator, low: float, high: float) -> float:
    return round(float(generator.uniform(low, high)), 3)
