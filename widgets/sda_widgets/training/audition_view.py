"""Audition view: sounds of the model in training, held-out sounds beside their originals."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, VBox

from sda_widgets.common.grid_image import png
from sda_widgets.files.sound_tiles import Row, SoundTiles
from sda_widgets.session.session import Session

if TYPE_CHECKING:
    from sda_lib.training.auditions import Audition

ORIGINAL, MODEL = "original", "model"


class AuditionView(VBox):
    """Part of the training tab, view of `session.auditions.sounds`; a click on a picture plays it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.head = HTML()
        self.tiles = SoundTiles(self._play, session.previews.stop)
        super().__init__([self.head, self.tiles])
        self.add_class("sda-auditions")
        session.auditions.observe(lambda _change: self._draw(), "sounds")
        self._draw()

    def _play(self, key: str) -> None:
        side, _, number = key.partition(":")
        self.session.auditions.play(int(number), side == ORIGINAL)

    def _draw(self) -> None:
        found = self.session.auditions.sounds
        self.layout.display = "" if found else "none"
        self.head.value = (
            f"<h3>How it sounds · {escape(self.session.auditions.when)}</h3>"
            '<p class="sda-quiet">Sounds that were held out, as they are and as the model makes them of codes alone; '
            "click one, then the other.</p>"
        )
        self.tiles.rows = [row(number, one) for number, one in enumerate(found)]


def row(number: int, one: Audition) -> Row:
    """Return an audition as a row for the page."""
    cells = [] if one.original is None else [_cell(f"{ORIGINAL}:{number}", "A original", one.original)]
    cells.append(_cell(f"{MODEL}:{number}", "B model" if cells else "new", one.sound))
    detail = "" if one.distance is None else f"distance {one.distance:.2f}"
    return {"title": one.name, "detail": detail, "tags": [], "cells": cells}


def _cell(key: str, label: str, clip: Any) -> dict[str, Any]:
    from sda_lib.training.auditions import spectrogram_image

    image = base64.b64encode(png(spectrogram_image(clip))).decode()
    return {"key": key, "label": label, "seconds": clip.seconds, "image": f"data:image/png;base64,{image}"}
