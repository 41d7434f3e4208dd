"""Notice: the line at the top of the page with the title of the current sound, or an error message."""

from __future__ import annotations

from html import escape

from ipywidgets import HTML

from sda_widgets.session.session import Session


class StatusLine(HTML):
    """View of `session.message`, or of the current sound's title and what it was recognized as."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.add_class("sda-notice")
        session.observe(lambda _change: self._draw(), "message")
        session.sound.observe(lambda _change: self._draw(), ["title", "excerpt"])
        self._draw()

    def _draw(self) -> None:
        if self.session.message:
            self.value = f'<span class="sda-problem" role="alert">{escape(self.session.message)}</span>'
        else:
            sound = self.session.sound
            found = f" · recognized: {sound.excerpt}" if sound.excerpt else ""
            self.value = f"<span>{escape(sound.title + found)}</span>"
