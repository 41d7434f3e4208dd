"""More sounds like one of the history: its options with other seeds, or its structure with other detail."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from sda_lib.codec.codes import Codes
from sda_lib.errors import SdaError
from sda_lib.history.entry import HistoryEntry
from sda_lib.history.recipe import SoundRecipe
from sda_lib.model.model import SdaModel
from sda_lib.sliders.settings import SliderSettings
from sda_lib.writers.options import GenerateOptions

# Kinds of sounds that options alone make again; the others are varied themselves.
OF_OPTIONS = ("generated", "moved")
NEITHER = "Sound {number} has neither options nor codes; generate a sound with its model instead."


@dataclass(frozen=True)
class Likeness:
    """How a sound like another is generated.

    Args:
        options: options of the new sound, with its seed, without sliders.
        given: codes whose levels from `options.levels` on are written again; None for a wholly new sound.
        sliders: steps of sliders of the new sound, by name.
    """

    options: GenerateOptions
    given: Codes | None = None
    sliders: Mapping[str, float] = dataclasses.field(default_factory=dict)

    @property
    def moved_options(self) -> GenerateOptions:
        """The options with the sliders among them."""
        return dataclasses.replace(self.options, sliders=dict(self.sliders))


def likeness(entry: HistoryEntry, recipe: SoundRecipe, model: SdaModel, seed: int) -> Likeness:
    """Return how a sound like one of the history is generated with another seed.

    A sound that was generated, or moved by sliders since then, gets its options and the sliders that act on the whole
    of it. One that was edited, opened or recorded keeps its structure: level 0 of its codes stays, the others are
    written again. Raises SdaError for a sound without options and codes.
    """
    amount, options = recipe.provenance.source_amount, recipe.options
    sliders = _whole_steps(recipe.state.settings, model)
    if options is not None and (entry.kind in OF_OPTIONS or recipe.state.codes is None):
        whole = dataclasses.replace(options, regenerate=None, levels=None, part=None, sliders={})
        plain = dataclasses.replace(whole, seed=seed, source_amount=amount)
        return Likeness(plain, None, {**options.sliders, **sliders})
    codes = recipe.state.codes
    if codes is None:
        raise SdaError(NEITHER.format(number=entry.number))
    levels = (min(1, codes.levels - 1), None)
    return Likeness(GenerateOptions(seed=seed, levels=levels, source_amount=amount), codes, sliders)


def _whole_steps(settings: SliderSettings | None, model: SdaModel) -> dict[str, float]:
    """Return the slider steps that act on the whole sound, of sliders that the model has."""
    if settings is None or settings.frames is not None:
        return {}
    known = set() if model.sliders is None else {card.name for card in model.sliders.shown}
    return {name: float(step) for name, step in settings.steps.items() if name in known and step}
