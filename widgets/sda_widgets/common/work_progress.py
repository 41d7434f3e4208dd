"""Work progress: what long work does, how much of it is done, and a button that cancels it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipywidgets import HTML, FloatProgress, HBox, Layout, VBox

from sda_widgets.common.form_controls import button, show_if, watch
from sda_widgets.common.markup import quiet, status


class WorkProgress(VBox):
    """Shown while there are words for it; `cancel` ends the work."""

    def __init__(self, cancel: Callable[[], object]) -> None:
        self.bar = FloatProgress(value=0.0, min=0.0, max=1.0, layout=Layout(width="auto", flex="1 1 0"))
        self.words = HTML()
        self.cancel = button("Cancel", "End it; nothing is changed", cancel)
        super().__init__([self.words, HBox([self.bar, self.cancel])])
        self.show(0.0, "")

    def show(self, share: float, words: str) -> None:
        """Show how much is done, 0..1, and what is done now; nothing without words."""
        self.bar.value = share
        self.words.value = status(quiet(words)) if words else ""
        show_if(words, self)


def progress_of(work: Any) -> WorkProgress:
    """Return a view of long work: of its traits `share` and `words`, and of its act `cancel`."""
    made = WorkProgress(work.cancel)
    watch(lambda: made.show(work.share, work.words), (work, "share words"))
    return made
