"""Preview: a short sound that is heard at once, beside the sound at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
from ipywidgets import Layout

from sda_widgets.listen.pcm import pcm16
from sda_widgets.session.session import Session

ROOM = Path(__file__).parent


class Preview(anywidget.AnyWidget):
    """Sounds out `session.preview`, and is silent when that is None; there is nothing to see."""

    _esm = ROOM / "preview.js"

    def __init__(self, session: Session) -> None:
        super().__init__(layout=Layout(display="none"))
        self.session = session
        session.observe(lambda change: self._push(change.new), "preview")

    def _push(self, clip: Any) -> None:
        if clip is None:
            self.send({"kind": "stop"})
        else:
            facts = {"name": clip.name, "channels": clip.channels, "rate": clip.sample_rate}
            self.send({"kind": "play", **facts}, buffers=[pcm16(clip.samples)])
