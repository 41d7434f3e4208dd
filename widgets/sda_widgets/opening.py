"""Opening: the ways of a sound into the page: a path, a folder here, a file from one's own computer, the microphone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
from ipywidgets import HTML, Button, Combobox, HBox, Layout, Select, VBox
from traitlets import Bool, Int, Unicode

from sda_lib.errors import SdaError
from sda_widgets.incoming import LIMIT_MB, SOUNDS, Incoming
from sda_widgets.session import Session

STATIC = Path(__file__).parent / "static"
LISTED = 500
"""How many files of the example folder are offered by name, and of any folder are listed."""
LONGEST_SECONDS = 60
"""How long the microphone may be recorded."""
UP = "⬑ up"


class DropZone(anywidget.AnyWidget):
    """Takes files that are dropped or chosen, and the microphone, and sends them in pieces."""

    _esm = STATIC / "opening.js"
    _css = STATIC / "opening.css"
    accept = Unicode(",".join(SOUNDS)).tag(sync=True)
    limit = Int(LIMIT_MB * 2**20).tag(sync=True)
    longest = Int(LONGEST_SECONDS).tag(sync=True)
    disabled = Bool(False).tag(sync=True)


class Opening(VBox):
    """Whatever way a sound comes, the session that receives takes it up."""

    def __init__(self, session: Session) -> None:
        self.session = session
        layout = Layout(width="auto", flex="1 1 0")
        self.path = Combobox(placeholder="Path of a sound file", options=sounds_in(session.places.demo), layout=layout)
        self.opener = _button("Open", "Encode this file with the model", self._open_path)
        self.folder = session.places.demo
        self.files = Select(options=[], layout=Layout(width="auto", height="110px"))
        self.browse = _button("Browse", "Look through the folders here", self._toggle)
        self.chosen = _button("Open this", "Enter the folder, or encode the file", self._open_chosen)
        self.where = HTML()
        self.browser = VBox([self.where, self.files, self.chosen], layout=Layout(display="none"))
        self.zone = DropZone()
        self.incoming = Incoming(lambda path: session.receiving.load_sound(path))
        super().__init__(
            [HTML("<h3>Open a sound</h3>"), HBox([self.path, self.opener, self.browse]), self.browser, self.zone]
        )
        self.add_class("sda-card").add_class("sda-opening")
        self.zone.on_msg(self._hear)
        session.observe(lambda _change: self._enable(), "model")
        self._enable()

    def _enable(self) -> None:
        nothing = self.session.model is None
        self.opener.disabled = self.chosen.disabled = self.zone.disabled = nothing

    # --- by path, and through the folders here

    def _open_path(self) -> None:
        typed, listed = Path(self.path.value).expanduser(), self.session.places.demo / self.path.value
        self.session.receiving.load_sound(listed if listed.is_file() and not typed.is_file() else typed)

    def _toggle(self) -> None:
        hidden = self.browser.layout.display == "none"
        self.browser.layout.display = None if hidden else "none"
        if hidden:
            self._list()

    def _list(self) -> None:
        roots = self.session.places.roots
        self.where.value = ""
        self.files.options = [(name, str(path)) for name, path in listing(self.folder, roots)]
        self.files.value = None

    def _open_chosen(self) -> None:
        if self.files.value is None:
            return
        path = Path(self.files.value)
        if path.is_dir():
            self.folder = path
            self._list()
        else:
            self.session.receiving.load_sound(path)

    # --- from the browser

    def _hear(self, _widget: Any, message: dict[str, Any], buffers: list[Any]) -> None:
        kind = message["kind"]
        try:
            if kind == "begin":
                self.session.message = ""
                self.incoming.begin(message["name"], int(message["size"]))
                self.zone.send({"kind": "more", "from": 0})
            elif kind == "piece":
                if not self.incoming.receive(int(message["from"]), bytes(buffers[0])):
                    return self.zone.send({"kind": "more", "from": self.incoming.received})
                self.zone.send({"kind": "end"})
            elif kind == "stop":
                self.incoming.forget()
            elif kind == "failed":
                self.session.message = str(message["why"])
        except SdaError as error:
            self.session.message = str(error)
            self.zone.send({"kind": "end"})
        return None


def sounds_in(folder: Path) -> tuple[str, ...]:
    """Names of the sound files below a folder, relative to it; nothing when it is missing."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SOUNDS) if folder.is_dir() else []
    return tuple(str(path.relative_to(folder)) for path in found[:LISTED])


def listing(folder: Path, roots: tuple[Path, ...]) -> list[tuple[str, Path]]:
    """What a folder offers: the way up, or the other roots where it ends; folders; sound files. Nothing outside the
    roots, whatever links say, and nothing hidden."""
    folder = folder.resolve()
    if not any(folder.is_relative_to(root) for root in roots):
        folder = roots[0]
    ways = [(UP, folder.parent)] if any(folder.parent.is_relative_to(root) for root in roots) else []
    ways += [(f"▸ {root}", root) for root in roots if root != folder and not ways]
    try:
        inside = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError:
        return ways
    kept = [path for path in inside if any(path.resolve().is_relative_to(root) for root in roots)]
    folders = [(f"▸ {path.name}", path) for path in kept if path.is_dir()]
    files = [(path.name, path) for path in kept if path.is_file() and path.suffix.lower() in SOUNDS]
    return [*ways, *folders, *files][:LISTED]


def _button(text: str, tip: str, act: Any) -> Button:
    button = Button(description=text, tooltip=tip, layout=Layout(width="auto"))
    button.on_click(lambda _button: act())
    return button
