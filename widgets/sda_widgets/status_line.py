"""Status line at the top of the page: the title of the current sound and a notice on it, or an error message."""

from __future__ import annotations

from html import escape

from ipywidgets import HTML
from traitlets import dlink

from sda_widgets.common.error_mark import ErrorMark
from sda_widgets.session.session import Session


def error_mark(session: Session) -> ErrorMark:
    """Return what shows the message beside the control by which it came about; a change there takes it back."""
    mark = ErrorMark()
    for name, trait in (("message", "sentence"), ("control", "control")):
        dlink((session, name), (mark, trait))
    mark.on_message(lambda _mended: session.set(message=""))
    return mark


class StatusLine(HTML):
    """View of `session.message`, or of the current sound's title, what it was recognized as, and `session.notice`."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.add_class("sda-notice")
        session.observe(lambda _change: self._draw(), ["message", "notice"])
        session.sound.observe(lambda _change: self._draw(), ["title", "excerpt"])
        self._draw()

    def _draw(self) -> None:
        if self.session.message:
            self.value = f'<span class="sda-problem" role="alert">{escape(self.session.message)}</span>'
        else:
            sound = self.session.sound
            found = f"recognized: {sound.excerpt}" if sound.excerpt else ""
            parts = filter(None, (sound.title, found, self.session.notice))
            self.value = f"<span>{escape(' · '.join(parts))}</span>"
