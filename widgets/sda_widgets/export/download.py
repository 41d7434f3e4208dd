"""Download: a link that saves bytes from Python, and plays them if they are a sound."""

from pathlib import Path

from traitlets import Bytes, Unicode

from sda_widgets.common.browser_widget import BrowserWidget

TYPES = {".wav": "audio/wav", ".flac": "audio/flac", ".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".opus": "audio/ogg"}
# Largest file sent to the page, in bytes.
MAX_DOWNLOAD_BYTES = 100_000_000


class Download(BrowserWidget):
    """A link that saves `content` under `name`; the bytes travel through the page's own connection. Content with a
    `type` can also be played."""

    name = Unicode().tag(sync=True)
    type = Unicode().tag(sync=True)
    content = Bytes().tag(sync=True)

    def offer(self, name: str, content: bytes) -> None:
        """Offer another file; empty content removes the link."""
        with self.hold_sync():
            self.name, self.type, self.content = name, TYPES.get(Path(name).suffix.lower(), ""), content
