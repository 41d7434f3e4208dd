"""Open model: facts about the model that is open, how its training went, and some of its recordings to play."""

from __future__ import annotations

from ipywidgets import HTML

from sda_lib.audio.clip import AudioClip
from sda_lib.audio.scan import outline_of
from sda_lib.display.models import learning_of_model, samples_of
from sda_lib.display.page import page
from sda_widgets.common.form_controls import Card, show_if, watch
from sda_widgets.common.glossary import mark
from sda_widgets.common.markup import quiet, table
from sda_widgets.files.model_chooser import HELD_OUT, model_facts
from sda_widgets.files.sound_tiles import Row, SoundTiles
from sda_widgets.session.session import Session

CONTAINS = "Anyone with this file has the recordings in it; “Export model” writes a copy without them."
NOTHING = "A model is one .sda file, trained on a folder of sounds."


class OpenModel(Card):
    """View of `session.model`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._samples: tuple[AudioClip, ...] = ()
        self.facts, self.learning, self.title = HTML(), HTML(), HTML("<h3>Some of its recordings</h3>")
        self.tiles = SoundTiles(self._play, session.previews.stop)
        super().__init__([HTML("<h3>Open model</h3>"), self.facts, self.learning, self.title, self.tiles])
        watch(self._show, (session, "model"), (session.library, "models"))

    def _show(self) -> None:
        model = self.session.model
        self.learning.value = "" if model is None else page(learning_of_model(model))
        self._samples = () if model is None else samples_of(model)
        self.tiles.rows = [sample_row(number, clip) for number, clip in enumerate(self._samples)]
        show_if(self._samples, self.title, self.tiles)
        contains = quiet(CONTAINS) if model is not None and model.memory is not None else ""
        self.facts.value = (
            quiet(NOTHING) if model is None else table(model_facts(model), {HELD_OUT: mark(HELD_OUT)}) + contains
        )

    def _play(self, key: str) -> None:
        if key.isdigit() and int(key) < len(self._samples):
            self.session.previews.play(self._samples[int(key)])


def sample_row(number: int, clip: AudioClip) -> Row:
    """Return a recording as a row for the page, which only inserts it as text, never as markup."""
    cell = {"key": str(number), "label": "", "seconds": clip.seconds, "outline": outline_of(clip).tolist()}
    return {"title": clip.name, "detail": f"{clip.seconds:.1f} s", "tags": [], "cells": [cell]}
