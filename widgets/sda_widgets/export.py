"""Export: write the sound as a file, and offer it as a download."""

from __future__ import annotations

from html import escape
from pathlib import Path

import anywidget
from ipywidgets import HTML, Button, Dropdown, HBox, Layout, VBox
from traitlets import Bytes, Unicode

from sda_widgets.session import Session

STATIC = Path(__file__).parent / "static"
NOTHING = "Open a session"


class Download(anywidget.AnyWidget):
    """A link that saves `content` under `name`; the bytes travel through the page's own connection."""

    _esm = STATIC / "download.js"
    name = Unicode().tag(sync=True)
    content = Bytes().tag(sync=True)


class Export(VBox):
    """A window onto `session.exported`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.write = Button(
            description="Export WAV", tooltip="24-bit, at the model's rate", layout=Layout(width="auto")
        )
        self.write.on_click(lambda _button: session.export())
        self.where = HTML()
        self.download = Download()
        self.save = Button(
            description="Save session",
            tooltip="The sound with all its steps, to go on with",
            layout=Layout(width="auto"),
        )
        self.save.on_click(lambda _button: session.save_session())
        self.saved = Dropdown(options=[(NOTHING, None)], layout=Layout(width="auto", flex="1 1 0"))
        self.saved.observe(lambda change: self._open(change.new), "value")
        sessions = HBox([self.save, self.saved])
        super().__init__([HTML("<h3>Export</h3>"), self.write, self.where, self.download, sessions])
        self.add_class("sda-card")
        session.observe(lambda _change: self._list(), ["sessions", "saved"])
        session.refresh_sessions()
        session.observe(lambda _change: self._offer(), "exported")
        session.observe(lambda _change: self._enable(), "clip")
        self._enable()

    def _enable(self) -> None:
        self.write.disabled = self.session.clip is None
        self.save.disabled = self.session.codes is None

    def _list(self) -> None:
        """Session files, newest first; choosing one opens it, and then nothing is chosen again."""
        self.saved.options = [(NOTHING, None), *((path.stem, str(path)) for path in self.session.sessions)]
        self.saved.value = None
        if self.session.saved is not None:
            self.where.value = f'<p class="sda-quiet">Session saved as {escape(self.session.saved.name)}</p>'

    def _open(self, path: str | None) -> None:
        if path is not None:
            self.session.open_session(path)
            self.saved.value = None

    def _offer(self) -> None:
        path: Path = self.session.exported
        self.where.value = f'<p class="sda-quiet">Written to {escape(str(path))}</p>'
        self.download.content = path.read_bytes()
        self.download.name = path.name
