"""Download: a link that saves bytes from Python, and plays them where they are a sound."""

from __future__ import annotations

from pathlib import Path

import anywidget
from traitlets import Bytes, Unicode

ROOM = Path(__file__).parent
TYPES = {".wav": "audio/wav", ".flac": "audio/flac", ".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".opus": "audio/ogg"}
LARGEST = 100_000_000
"""Bytes of a file that are sent to the page."""


class Download(anywidget.AnyWidget):
    """A link that saves `content` under `name`; the bytes travel through the page's own connection. What has a `type`
    is also played, as it was written."""

    _esm = ROOM / "download.js"
    name = Unicode().tag(sync=True)
    type = Unicode().tag(sync=True)
    content = Bytes().tag(sync=True)

    def offer(self, name: str, content: bytes) -> None:
        """Another file; an empty one takes the link away."""
        with self.hold_sync():
            self.name, self.type, self.content = name, TYPES.get(Path(name).suffix.lower(), ""), content
