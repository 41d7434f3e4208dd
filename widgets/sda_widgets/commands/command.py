"""Command: an act of the page as data, with the words that find it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sda_widgets.common.keys import PAGE, PLACES, label_of
from sda_widgets.session.guest import is_guest
from sda_widgets.session.page_acts import ABSENT
from sda_widgets.session.session import Session

# What opens at the foot of the page.
DOCK = "dock"

Condition = Callable[[Session], str]


def always(_session: Session) -> str:
    """Return no reason: the command can always be run."""
    return ""


@dataclass(frozen=True)
class Command:
    """An act of the page.

    name: how code and keys name it; group: heading under which it is listed; words: what it does; run: does it;
    why_not: why it can't be done now, as a sentence, or an empty string; also: further words that find it; place: the
    place of the page that shows what it does (`session.place`, or DOCK), empty for any.
    """

    name: str
    group: str
    words: str
    run: Callable[[Session], object]
    why_not: Callable[[Session], str] = always
    also: str = ""
    place: str = ""

    @property
    def key(self) -> str:
        """How its keys are written, and where they work unless everywhere; an empty string for none."""
        place = next((place for place in PLACES if label_of(self.name, place)), PAGE)
        label = label_of(self.name, place)
        return label if place == PAGE else f"{label} · {place.lower()}"

    def carry_out(self, session: Session) -> None:
        """Show the place that it belongs to, which builds it, and do it. Raises nothing: errors become the message."""
        if self.place == DOCK:
            session.page_acts.run("open_dock")
        elif self.place:
            session.go_to(self.place)
        self.run(session)


def of_page(
    name: str,
    group: str,
    words: str,
    also: str = "",
    place: str = "",
    condition: Condition = always,
    owns: bool = False,
) -> Command:
    """Return a command that a widget of the page carries out (`session.page_acts`).

    A place is built when it is first shown: until then `condition` says why the command can't be run. `owns`: whether
    guests don't have it.
    """

    def why_not(session: Session) -> str:
        if session.page_acts.has(name):
            return session.page_acts.why_not(name)
        is_absent = not has_place(session, place) or (owns and is_guest(session.places))
        return ABSENT if is_absent else condition(session)

    return Command(name, group, words, lambda session: session.page_acts.run(name), why_not, also, place)


def has_place(session: Session, place: str) -> bool:
    """Return whether a page has a place; guests have no history of every sound in their dock."""
    return not is_guest(session.places) if place == DOCK else place in session.offered


def found(commands: Iterable[Command], typed: str) -> tuple[Command, ...]:
    """Return the commands in which every typed word occurs; first those whose words begin with what was typed, then
    those in whose words it begins a word, then the others, each in their order."""
    wanted = typed.casefold().split()
    texts = {command: f"{command.words} {command.group} {command.also}".casefold() for command in commands}
    fitting = [command for command, text in texts.items() if all(word in text for word in wanted)]
    return tuple(sorted(fitting, key=lambda command: _rank(command.words.casefold(), wanted)))


def _rank(words: str, wanted: list[str]) -> int:
    if words.startswith(" ".join(wanted)):
        return 0
    starts = words.split()
    return 1 if all(any(start.startswith(word) for start in starts) for word in wanted) else 2
