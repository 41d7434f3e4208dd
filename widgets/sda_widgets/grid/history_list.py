"""History list: the steps of the current sound; choosing one jumps there."""

from functools import partial

from ipywidgets import HTML, Button, HBox, Layout, Select

from sda_lib.sessions.history import History
from sda_widgets.common.form_controls import Card, button, offer, on_choice, show_if, watch
from sda_widgets.session.session import Session


class HistoryList(Card):
    """View of `session.sound.history`: every step; steps of other branches are indented."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.list = Select(options=[], layout=Layout(width="auto", height="128px"), tooltip="Steps")
        self._copies: dict[str, Button] = {}
        self.copies = HBox()
        super().__init__([HTML("<h3>Steps</h3>"), self.list, self.copies], "sda-history")
        on_choice(self.list, self._go)
        watch(self._offer_copies, (session, "sounds"))
        watch(self._fill, (session.sound, "history"))

    def _offer_copies(self) -> None:
        """Show a button for each further sound, to which it copies this step."""
        for sound in self.session.sounds[1:]:
            if sound.name not in self._copies:
                words = f"Copy to {sound.name}"
                copy = partial(self._copy, sound.name)
                self._copies[sound.name] = button(words, f"Copy this step to sound {sound.name}", copy)
        self.copies.children = [self._copies[sound.name] for sound in self.session.sounds[1:]]
        show_if(self.copies.children, self.copies)

    def _copy(self, name: str) -> None:
        target = next(sound for sound in self.session.sounds if sound.name == name)
        self.session.compare.copy_sound(self.session.sound, target)

    def _fill(self) -> None:
        past = self.session.sound.history
        shown = [] if past.state.settings is None else order(past)
        lines = [("    " * depth + (past.steps[number].description or "original"), number) for number, depth in shown]
        offer(self.list, lines, past.current)

    def _go(self, number: int | None) -> None:
        if number is not None and number != self.session.sound.history.current:
            self.session.sound.steps.go_to(number)


def order(past: History) -> list[tuple[int, int]]:
    """Return the number of every step and the count of branchings that lead to it, depth first: a step comes before
    its successors, and the first branch before the others."""
    after: dict[int, list[int]] = {}
    for number, step in enumerate(past.steps):
        after.setdefault(step.parent, []).append(number)
    found, waiting = [], list(reversed(after.get(-1, [])))
    while waiting:
        found.append(waiting.pop())
        following = after.get(found[-1], [])
        waiting += [*reversed(following[1:]), *following[:1]]
    depths = past.branches
    return [(number, depths[number]) for number in found]
