"""Model switcher: the name of the open model, and a list with a search to open another."""

from __future__ import annotations

from typing import Any

from traitlets import Dict, List, Unicode

from sda_lib.library.listing import LibraryModel
from sda_widgets.common.browser_widget import BrowserWidget, keys_trait
from sda_widgets.common.form_controls import watch
from sda_widgets.common.keys import MODELS
from sda_widgets.session.session import Session

NONE = "No model yet"


class ModelSwitcher(BrowserWidget):
    """View of `session.library.models`; choosing one opens it. The page searches the list by words."""

    models = List(Dict(), help="path, name, detail and words of each model, newest first").tag(sync=True)
    opened = Unicode(help="path of the open model").tag(sync=True)
    keymap = keys_trait(MODELS)
    title = Unicode(NONE, help="name of the open model").tag(sync=True)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.on_message(self._receive)
        watch(self._list, (session.library, "models listed"))
        watch(self._show, (session, "model model_path"), (session.library, "models"))

    def _receive(self, message: dict[str, Any]) -> None:
        if message["kind"] == "open" and message["path"] in [one["path"] for one in self.models]:
            self.session.open_model(message["path"])
        elif message["kind"] == "refresh":
            self.session.library.refresh()

    def _list(self) -> None:
        marks = {one.entry.path: one.marks for one in self.session.library.listed}
        self.models = [
            row_of(LibraryModel(entry, marks[entry.path]) if entry.path in marks else LibraryModel(entry))
            for entry in self.session.library.models
        ]

    def _show(self) -> None:
        model, path = self.session.model, self.session.model_path
        self.opened = str(path or "")
        self.title = model.name if model is not None else "Choose a model" if self.models else NONE


def row_of(one: LibraryModel) -> dict[str, str]:
    """Return a model as a row of the list; `words` is what a search looks in."""
    entry, marks = one.entry, one.marks
    detail = "can't be read" if entry.problem else f"{entry.files} sounds, {entry.minutes:.1f} min"
    return {
        "path": str(entry.path), "name": f"{'★ ' if marks.starred else ''}{entry.name}", "detail": detail,
        "words": " ".join([entry.name, marks.note, *marks.tags]).casefold(),
    }  # fmt: skip
