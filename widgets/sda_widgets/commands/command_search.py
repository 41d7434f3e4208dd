"""Command search: finds any act of the page by words, and runs it or says why it can't be run now."""

from __future__ import annotations

import contextlib
from typing import Any

from traitlets import Bool, Dict, List

from sda_widgets.commands.command import Command
from sda_widgets.commands.registry import command_of, search
from sda_widgets.common.browser_widget import BrowserWidget, keys_trait
from sda_widgets.common.keys import PAGE, SEARCH
from sda_widgets.session.session import Session

# Most commands that are listed at once; typing finds the others.
MOST_ROWS = 60
GONE = "That command is not there any more."


class CommandSearch(BrowserWidget):
    """A button and a dialog, which keys open.

    Messages of the page: `{"kind": "search", "typed"}` lists commands, `{"kind": "show", "name"}` shows the place of
    one, and `{"kind": "run", "name"}` runs it.
    """

    rows = List(Dict(), help="listed commands: name, words, group, key, why (not now)").tag(sync=True)
    has_button = Bool(True, help="whether a button opens the dialog, too").tag(sync=True)
    keymap, list_keymap = keys_trait(PAGE), keys_trait(SEARCH)

    def __init__(self, session: Session, **traits: Any) -> None:
        super().__init__(**traits)
        self.session = session
        self.on_message(self.receive)

    def receive(self, message: Any) -> None:
        """Carry out a message of the page; one that makes no sense is ignored."""
        with contextlib.suppress(KeyError, TypeError):
            if message["kind"] == "search":
                self.rows = [_row(one, self.session) for one in search(self.session, str(message["typed"]))[:MOST_ROWS]]
            elif message["kind"] == "show":
                self.show_place(str(message["name"]))
            elif message["kind"] == "run":
                self.run(str(message["name"]))

    def show_place(self, name: str) -> None:
        """Show the place of a command, before it is run."""
        command = command_of(self.session, name)
        if command is not None and command.place:
            self.session.go_to(command.place)

    def run(self, name: str) -> None:
        """Run a command, or say why it can't be run as the session's message."""
        command = command_of(self.session, name)
        why = GONE if command is None else command.why_not(self.session)
        if command is None or why:
            self.session.report(why)
        else:
            command.carry_out(self.session)


def _row(command: Command, session: Session) -> dict[str, str]:
    return {
        "name": command.name, "words": command.words, "group": command.group, "key": command.key,
        "why": command.why_not(session), "place": command.place if command.place in session.offered else "",
    }  # fmt: skip
