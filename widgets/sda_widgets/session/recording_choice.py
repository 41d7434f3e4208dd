"""Recording choice: the recordings of the open model that new sounds are made of."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from traitlets import Tuple

from sda_lib.audio.categories import Category, Recording, categories_of, matches
from sda_lib.model.recordings import recordings_of
from sda_widgets.session.context import Context, Part


class RecordingChoice(Part):
    """Names of categories and recordings, and patterns. They are cleared when another model is opened."""

    names = Tuple(help="what was chosen; empty for all recordings")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        context.on_other_model(lambda: self.choose(()))

    @property
    def known(self) -> tuple[Recording, ...]:
        """The recordings of the open model, in their order; none without recordings."""
        model = self.context.model
        return () if model is None or model.memory is None else recordings_of(model)

    @property
    def offered(self) -> tuple[str, ...]:
        """Names of the recordings of the open model, in their order."""
        return tuple(one.name for one in self.known)

    @property
    def categories(self) -> tuple[Category, ...]:
        """Categories of the recordings of the open model."""
        return categories_of(self.known)

    @property
    def chosen(self) -> np.ndarray:
        """Whether each recording of the open model is chosen [recording]; all of them where no name finds any."""
        known = self.known
        found = np.array([any(matches(name, one) for name in self.names) for one in known], bool)
        return found if found.any() else np.ones(len(known), bool)

    def choose(self, names: Iterable[str]) -> None:
        """Choose what these names find; all recordings for none."""
        self.names = tuple(dict.fromkeys(names))

    def toggle(self, number: int) -> None:
        """Choose a recording besides the others, or no longer."""
        name = self.offered[number]
        if name in self.names:
            self.choose(one for one in self.names if one != name)
        elif self.names and self.chosen[number]:  # by a category: the others of it stay
            kept = (one for one, chosen in zip(self.offered, self.chosen, strict=True) if chosen and one != name)
            self.choose(kept)
        else:
            self.choose((*self.names, name))
