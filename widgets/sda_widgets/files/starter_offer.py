"""Starter offer: makes and opens a model of computed sounds, while there is no other."""

from __future__ import annotations

from ipywidgets import HTML

from sda_widgets.common.form_controls import Card, button, show_if, watch
from sda_widgets.common.markup import quiet
from sda_widgets.common.work_progress import progress_of
from sda_widgets.session.session import Session

ABOUT = "No recordings at hand? The starter is a model of computed sounds; it is made in some seconds."


class StarterOffer(Card):
    """Shown while `session.library.models` is empty."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.make = button(
            "Play procedural sounds",
            "Make and open the starter, a model of computed sounds: some seconds, no recordings needed",
            session.starter.start,
        )
        self.progress = progress_of(session.starter)
        super().__init__([HTML(quiet(ABOUT)), self.make, self.progress], "sda-starter")
        watch(lambda: setattr(self.make, "disabled", session.starter.is_running), (session.starter, "is_running"))
        watch(lambda: show_if(not session.library.models, self), (session.library, "models"))
