"""Progress of the searches for closer codes, in the bar at the foot of the page and above views in notebooks."""

from __future__ import annotations

from ipywidgets import HBox

from sda_widgets.common.form_controls import show_if, watch
from sda_widgets.common.work_progress import WorkProgress, progress_of
from sda_widgets.session.session import Session


class CloserProgress(HBox):
    """Shown while closer codes of a sound are found: for each such sound the progress, and a button that cancels it."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._of: dict[str, WorkProgress] = {}
        self.add_class("sda-closer")
        watch(self._fill, (session, "sounds"))

    def _fill(self) -> None:
        for sound in self.session.sounds:
            if sound.name not in self._of:
                self._of[sound.name] = progress_of(sound.closer.work)
                watch(self._show, (sound.closer.work, "is_running"))
        self.children = [self._of[sound.name] for sound in self.session.sounds]

    def _show(self) -> None:
        show_if(any(sound.closer.work.is_running for sound in self.session.sounds), self)
