"""Root: what every widget that stands alone in a notebook has around its views."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ipywidgets import HTML, VBox, Widget
from traitlets import Unicode

from sda_widgets.closer_progress import CloserProgress
from sda_widgets.common.form_controls import Card, show_if, watch
from sda_widgets.common.theme import stylesheet
from sda_widgets.listen.preview import preview_of
from sda_widgets.listen.sound_player import SoundPlayer
from sda_widgets.page_clock import PageClock
from sda_widgets.session.session import Session
from sda_widgets.standalone.mirror import Mirror, SoundMirror


class Root(Mirror):
    """Views of one session with the styles that they need, and errors of the user's actions in one line.

    Widgets that get the same `session` show the same sound. Widgets of different sessions never touch each other.
    """

    message = Unicode(read_only=True, help="one sentence on what did not work, or an empty string").tag(sync=True)

    def __init__(self, session: Session, views: Sequence[Widget]) -> None:
        line = HTML().add_class("sda-message")
        super().__init__(session, [stylesheet(), line, *views, preview_of(session)])
        self.add_class("sda-app").add_class("sda-alone")
        self.mirror(session, "message", "message")
        watch(lambda: _say(line, self.message), (self, "message"))


class SoundRoot(Root, SoundMirror):
    """A root of views of the session's first sound, with the search for closer codes of one that was given."""

    def __init__(self, session: Session, views: Sequence[Widget]) -> None:
        super().__init__(session, [*views, CloserProgress(session), PageClock(session)])


def player_of(session: Session) -> VBox:
    """Return a box that gets a player of the session's sound as soon as there is one."""
    card, box = Card([SoundPlayer(session)]), VBox().add_class("sda-own-player")

    def fill() -> None:
        if session.sound.clip is not None and not box.children:
            box.children = (card,)

    watch(fill, (session.sound, "clip"))
    return box


def _say(line: HTML, message: str) -> None:
    show_if(message, line)
    line.value = f'<span class="sda-problem" role="alert">{escape(message)}</span>' if message else ""
