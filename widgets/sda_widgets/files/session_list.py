"""Session list: save the current sound with its history, and open saved ones."""

from __future__ import annotations

from ipywidgets import HTML, HBox, Layout, Select

from sda_widgets.common.form_controls import Card, button, offer, watch
from sda_widgets.common.markup import quiet, status
from sda_widgets.session.session import Session

ABOUT = "A session is a sound with all its steps, to continue later."
LIST = 120  # height of the list in pixels


class SessionList(Card):
    """View of `session.files`: the session files, newest first."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.save = button(
            "Save session", "Save the sound with its history, to continue later",
            lambda: session.files.save(session.sound), "sda-primary",
        )  # fmt: skip
        self.list = Select(options=[], layout=Layout(width="auto", height=f"{LIST}px"), tooltip="Sessions")
        self.list.add_class("sda-grows")
        self.opener = button(
            "Open session", "Open it in place of the current sound, at the step of its save", self._open
        )
        self.said = HTML()
        row = HBox([self.save, self.opener])
        super().__init__([HTML(f"<h3>Sessions</h3>{quiet(ABOUT)}"), row, self.list, self.said], "sda-sessions")
        session.page_acts.provide("open_session", self.list.focus)
        session.files.refresh()
        watch(self._list, (session.files, "paths saved"))
        watch(lambda: setattr(self.save, "disabled", session.sound.codes is None), (session.sound, "codes"))

    def _list(self) -> None:
        files = self.session.files
        offer(self.list, [(path.stem, str(path)) for path in files.paths], str(files.saved or ""))
        self.opener.disabled = not files.paths
        self.said.value = status(quiet(f"Session saved as {files.saved.name}")) if files.saved is not None else ""

    def _open(self) -> None:
        if self.list.value:
            self.session.files.open(self.list.value, self.session.sound)
