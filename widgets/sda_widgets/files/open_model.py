"""Open model: facts about the model that is open, how its training went, and some of its recordings to play."""

from __future__ import annotations

from ipywidgets import HTML

from sda_lib.display.models import sound_of_model
from sda_lib.display.page import page
from sda_widgets.common.form_controls import Card, watch
from sda_widgets.common.glossary import mark
from sda_widgets.common.markup import quiet, table
from sda_widgets.files.model_chooser import HELD_OUT, model_facts
from sda_widgets.session.session import Session

CONTAINS = "Anyone with this file has the recordings in it; “Export model” writes a copy without them."
NOTHING = "A model is one .sda file, trained on a folder of sounds."


class OpenModel(Card):
    """View of `session.model`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.facts, self.sound = HTML(), HTML()
        super().__init__([HTML("<h3>Open model</h3>"), self.facts, self.sound])
        watch(self._show, (session, "model"), (session.library, "models"))

    def _show(self) -> None:
        model = self.session.model
        self.sound.value = "" if model is None else page(sound_of_model(model))
        contains = quiet(CONTAINS) if model is not None and model.memory is not None else ""
        self.facts.value = (
            quiet(NOTHING) if model is None else table(model_facts(model), {HELD_OUT: mark(HELD_OUT)}) + contains
        )
