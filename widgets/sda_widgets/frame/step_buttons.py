"""Step buttons: undo and redo of the first sound, at the top of the page."""

from __future__ import annotations

from ipywidgets import HBox

from sda_widgets.common.form_controls import button, watch
from sda_widgets.session.session import Session


class StepButtons(HBox):
    """View of the steps of `session.sound`, in whichever place they were made."""

    def __init__(self, session: Session) -> None:
        self.steps = session.sound.steps
        self.undo = button("Undo", "Undo the last step; also returns to the previous sound", self.steps.undo)
        self.redo = button("Redo", "Redo the step that was undone", self.steps.redo)
        super().__init__([self.undo, self.redo])
        watch(self._enable, (session.sound, "history former"))

    def _enable(self) -> None:
        self.undo.disabled, self.redo.disabled = not self.steps.can_undo, not self.steps.can_redo
