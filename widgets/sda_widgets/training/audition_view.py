"""Audition view: sounds of the model in training; held-out sounds next to their originals."""

from html import escape
from typing import Any

from ipywidgets import HTML, VBox

from sda_lib.training.auditions import Audition, spectrogram_image
from sda_widgets.common.form_controls import show_if, watch
from sda_widgets.common.grid_image import png_url
from sda_widgets.common.markup import quiet
from sda_widgets.files.sound_tiles import Row, SoundTiles
from sda_widgets.session.session import Session

ORIGINAL, MODEL = "original", "model"


class AuditionView(VBox):
    """Part of the training tab, view of `session.auditions.sounds`; a click on a picture plays it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.head = HTML()
        self.tiles = SoundTiles(self._play, session.previews.stop)
        super().__init__([self.head, self.tiles])
        self.add_class("sda-auditions")
        watch(self._draw, (session.auditions, "sounds"))

    def _play(self, key: str) -> None:
        side, _, number = key.partition(":")
        self.session.auditions.play(int(number), side == ORIGINAL)

    def _draw(self) -> None:
        auditions = self.session.auditions.sounds
        show_if(auditions, self)
        about = quiet("Held-out sounds, original and decoded from codes alone; click one, then the other.")
        self.head.value = f"<h3>Auditions · {escape(self.session.auditions.when)}</h3>{about}"
        self.tiles.rows = [audition_row(number, one) for number, one in enumerate(auditions)]


def audition_row(number: int, one: Audition) -> Row:
    """Return an audition as a row for the page."""
    cells = [] if one.original is None else [_cell(f"{ORIGINAL}:{number}", "A original", one.original)]
    cells.append(_cell(f"{MODEL}:{number}", "B model" if cells else "new", one.sound))
    detail = "" if one.distance is None else f"distance {one.distance:.2f}"
    return {"title": one.name, "detail": detail, "tags": [], "cells": cells}


def _cell(key: str, label: str, clip: Any) -> dict[str, Any]:
    return {"key": key, "label": label, "seconds": clip.seconds, "image": png_url(spectrogram_image(clip))}
