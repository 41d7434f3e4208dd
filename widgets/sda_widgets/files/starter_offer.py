"""Starter offer: makes and opens a model of computed sounds, while there is no other."""

from __future__ import annotations

from ipywidgets import HTML

from sda_widgets.common.form_controls import Card, button, show_if, watch
from sda_widgets.common.markup import quiet
from sda_widgets.common.work_progress import WorkProgress
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
        self.progress = WorkProgress(session.starter.cancel)
        super().__init__([HTML(quiet(ABOUT)), self.make, self.progress], "sda-starter")
        watch(lambda: show_if(not session.library.models, self), (session.library, "models"))
        watch(self._draw, (session.starter, "is_running share words"))

    def _draw(self) -> None:
        starter = self.session.starter
        self.make.disabled = starter.is_running
        self.progress.show(starter.share, starter.words)
