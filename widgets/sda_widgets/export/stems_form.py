"""Stems form: split the current sound by levels into files that add up to it."""

from __future__ import annotations

import contextlib

from ipywidgets import HTML, HBox, Text

from sda_lib.editing.stems import groups_in_words, parse_groups
from sda_lib.errors import SdaError
from sda_widgets.common.form_controls import Card, auto_width, button, show_if, watch
from sda_widgets.common.markup import bullets, quiet
from sda_widgets.common.work_progress import progress_of
from sda_widgets.session.context import NO_SOUND
from sda_widgets.session.session import Session
from sda_widgets.session.stem_split import usual_groups

ABOUT = "One file for each group of levels; together they are the sound."


class StemsForm(Card):
    """View of `session.stems`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.groups = Text(description="Levels", tooltip="Groups of levels; 6- is all levels from 6 on")
        self.groups.layout = auto_width()
        self.split = button("Split into stems", "Write a 32-bit WAV for each group", self._split)
        self.layers = button("Add as layers", "Mix them again: move, pan or mute each", session.stems.add_as_layers)
        self.files, self.named = HTML(), HTML()
        acts = HBox([self.split, self.layers])
        self.progress = progress_of(session.stems)
        title = HTML(f"<h3>Stems</h3>{quiet(ABOUT)}")
        super().__init__([title, self.groups, self.named, acts, self.progress, self.files])
        session.page_acts.provide_button("files.stems", self.split, NO_SOUND)
        watch(self._suggest, (session, "model"))
        watch(self._name, (session, "model"), (self.groups, "value"))
        watch(self._enable, (session.sound, "codes"), (session.stems, "is_running"))
        watch(self._show, (session.stems, "files"))

    def _suggest(self) -> None:
        model = self.session.model
        self.groups.value = usual_groups(model.levels) if model is not None and model.discrete else ""

    def _name(self) -> None:
        """Show the groups by the names of their levels, as far as the text is understood."""
        model, words = self.session.model, ""
        if model is not None and self.groups.value:
            with contextlib.suppress(SdaError):  # half-typed text; splitting says what is wrong with it
                words = groups_in_words(parse_groups(self.groups.value, model.levels), model.level_names)
        self.named.value = quiet(words) if words else ""

    def _enable(self) -> None:
        self.groups.disabled = self.session.sound.codes is None
        self.split.disabled = self.groups.disabled or self.session.stems.is_running

    def _split(self) -> None:
        self.session.stems.split(self.session.sound, self.groups.value)

    def _show(self) -> None:
        files = self.session.stems.files
        show_if(files, self.layers)
        self.files.value = bullets(path.name for path in files) if files else ""
