"""Sliders of a model by name, each with its measurements."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Self

from sda_lib.directions import directions as core
from sda_lib.display.markup import number
from sda_lib.display.page import page
from sda_lib.display.sliders import slider_view, sliders_view


class Slider(core.SliderCard):
    """Measurements of one slider: unit, effect of a step, range in the recordings, side effects."""

    @classmethod
    def of(cls, card: core.SliderCard) -> Self:
        """Return a card as one of this class."""
        return cls(**{one.name: getattr(card, one.name) for one in dataclasses.fields(core.SliderCard)})

    def __repr__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        hidden = ", hidden" if self.why_hidden else ""
        ends = f"{number(self.low)} to {number(self.high)}{unit}"
        return f"Slider({self.name!r}, {number(self.slope, signed=True)}{unit} per step, {ends}{hidden})"

    def _repr_html_(self) -> str:
        return page(slider_view(self))


class Sliders(core.SliderSet):
    """The sliders of a model: `sliders["brightness"]`, `sliders.names`, and iteration over those that work."""

    @classmethod
    def of_set(cls, found: core.SliderSet) -> Self:
        """Return sliders as those of this class."""
        return cls(found.directions, found.cards)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the sliders that work on this model, without the directions that have no name."""
        return tuple(card.name for card in self.shown if not card.is_axis)

    def __getitem__(self, name: str) -> Slider:
        """Return a slider. Raises SdaError if it doesn't exist or is hidden."""
        return Slider.of(self.card(name))

    def __iter__(self) -> Iterator[Slider]:
        return iter(self[name] for name in self.names)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.names)

    def __repr__(self) -> str:
        return f"Sliders({', '.join(self.names) or 'none'})"

    def _repr_html_(self) -> str:
        return page(sliders_view(self))
