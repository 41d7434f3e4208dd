"""Exported view: the sounds in the exports folder as pictures that play."""

from __future__ import annotations

from ipywidgets import HTML

from sda_widgets.common.form_controls import Card, show_if, watch
from sda_widgets.common.markup import quiet
from sda_widgets.files.sound_tiles import Row, SoundTiles
from sda_widgets.session.exported_files import ExportedFile
from sda_widgets.session.session import Session

NONE = "Nothing has been exported yet. Export writes the sound that plays above; Export batch writes many like it."


class ExportedView(Card):
    """View of `session.exported`, newest first."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.none, self.where = HTML(quiet(NONE)), HTML()
        self.tiles = SoundTiles(session.exported.play, session.previews.stop, self.turn)
        super().__init__([HTML("<h3>Exported sounds</h3>"), self.none, self.tiles, self.where], "sda-exported")
        watch(lambda: self.turn(0), (session.exports, "path"))

    def turn(self, number: int) -> None:
        """Show a page of sounds."""
        rows = [exported_row(one) for one in self.session.exported.page(number)]
        with self.tiles.hold_sync():
            self.tiles.rows, self.tiles.number, self.tiles.pages = rows, number, self.session.exported.pages
        show_if(not rows, self.none)
        show_if(rows, self.tiles)
        self.where.value = quiet(f"They are in {self.session.places.exports}") if rows else ""


def exported_row(file: ExportedFile) -> Row:
    """Return a sound as a row for the page, which only inserts it as text, never as markup."""
    cell = {"key": str(file.path), "label": "", "seconds": file.seconds, "outline": file.outline.tolist()}
    length = f"over {file.seconds:.0f} s" if file.is_longer else f"{file.seconds:.1f} s"
    return {"title": file.path.name, "detail": length, "tags": [], "cells": [cell]}
