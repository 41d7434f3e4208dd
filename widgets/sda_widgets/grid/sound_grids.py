"""Sound grids: the grids of the further sounds, below that of the first."""

import functools
from collections.abc import Callable

from ipywidgets import VBox, Widget

from sda_widgets.common.form_controls import watch
from sda_widgets.session.session import Session
from sda_widgets.session.sound import Sound


class SoundGrids(VBox):
    """View of the further ones of `session.sounds`. `grid_of` makes a grid for a sound."""

    def __init__(self, session: Session, grid_of: Callable[[Sound], Widget]) -> None:
        self.session, self._grid_of = session, functools.cache(grid_of)  # sounds are used again
        super().__init__([])
        self.add_class("sda-ab")
        watch(self._show, (session, "sounds"))

    def _show(self) -> None:
        self.children = [self._grid_of(sound) for sound in self.session.sounds[1:]]
