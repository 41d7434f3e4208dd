"""Registry of the page's commands: all acts, whatever widget or part of the session carries them out."""

from __future__ import annotations

from sda_widgets.commands.command import Command, found
from sda_widgets.commands.session_commands import SESSION_COMMANDS
from sda_widgets.commands.shelf_commands import SHELF_COMMANDS, named_commands
from sda_widgets.commands.sound_commands import SOUND_COMMANDS, edit_commands
from sda_widgets.session.page_acts import ABSENT
from sda_widgets.session.session import Session

COMMANDS: tuple[Command, ...] = (*SESSION_COMMANDS, *SOUND_COMMANDS, *SHELF_COMMANDS, *edit_commands())


def offered(session: Session) -> tuple[Command, ...]:
    """Return the commands of a session's page, without those that the page doesn't have, as one for guests."""
    return tuple(one for one in (*COMMANDS, *named_commands(session)) if one.why_not(session) != ABSENT)


def search(session: Session, typed: str) -> tuple[Command, ...]:
    """Return the commands of a session's page in which every typed word occurs, best first."""
    return found(offered(session), typed)


def command_of(session: Session, name: str) -> Command | None:
    """Return a command of a session's page by its name, or None."""
    return next((one for one in offered(session) if one.name == name), None)
