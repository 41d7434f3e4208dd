"""Preview: plays a short sound at once, independently of the player."""

from __future__ import annotations

import functools

from ipywidgets import Layout

from sda_lib.audio.clip import AudioClip
from sda_widgets.common.browser_widget import BrowserWidget
from sda_widgets.listen.pcm import pcm16
from sda_widgets.session.session import Session


class Preview(BrowserWidget):
    """Plays `session.preview`, and stops when it is None; a note at the lower edge of the page tells a lower gain."""

    def __init__(self, session: Session) -> None:
        super().__init__(layout=Layout(display="none"))
        self.session = session
        session.observe(lambda change: self._push(change.new), "preview")

    def _push(self, clip: AudioClip | None) -> None:
        if clip is None:
            self.send({"kind": "stop"})
        else:
            facts = {"name": clip.name, "channels": clip.channels, "rate": clip.sample_rate}
            note = {"note": self.session.preview_note} if self.session.preview_note else {}
            self.send({"kind": "play", **facts, **note}, buffers=[pcm16(clip.samples)])


@functools.cache
def preview_of(session: Session) -> Preview:
    """Return the one preview of a session: with two of them, each sound would play twice."""
    return Preview(session)
