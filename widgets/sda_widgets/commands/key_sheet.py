"""Key sheet: all keys of the page in a dialog, which a key and a button open."""

from __future__ import annotations

from typing import Any

from traitlets import Bool, Dict, List, Unicode

from sda_widgets.common.browser_widget import BrowserWidget, keys_trait
from sda_widgets.common.keys import PAGE, POINTER_HELP, sheet
from sda_widgets.session.session import Session


class KeySheet(BrowserWidget):
    """Shows the table of keys. With a session, the command for it opens it, too.

    Message of the page: `{"kind": "first_steps"}` shows the first steps, where the page has them.
    """

    places = List(Dict(), sheet(), help="title of each place, and its lines (label, words)").tag(sync=True)
    pointer = Unicode(POINTER_HELP, help="what pointers do in the code grid").tag(sync=True)
    has_button = Bool(True, help="whether a button opens the dialog, too").tag(sync=True)
    has_steps = Bool(False, help="whether a button shows the first steps").tag(sync=True)
    keymap = keys_trait(PAGE)

    def __init__(self, session: Session | None = None, **traits: Any) -> None:
        super().__init__(**traits)
        if session is not None:
            session.page_acts.provide("show_keys", self.show)
            self.has_steps = session.page_acts.has("first_steps")
            self.on_message(lambda _message: session.page_acts.run("first_steps"))

    def show(self) -> None:
        """Open the dialog."""
        self.send({"kind": "show"})
