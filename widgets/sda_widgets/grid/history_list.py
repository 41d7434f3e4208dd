"""Steps: list of the edits of the current sound; choosing one jumps there."""

from __future__ import annotations

from ipywidgets import HTML, Button, Layout, Select, VBox

from sda_lib.sessions.history import History
from sda_widgets.session.session import Session


class HistoryList(VBox):
    """View of `session.history`: every step; steps of other branches are indented."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._filling = False
        self.list = Select(options=[], layout=Layout(width="auto", height="128px"))
        self.across = Button(
            description="Put this into B",
            tooltip="This step beside itself",
            layout=Layout(display="none"),
        )
        self.across.on_click(lambda _button: session.put_across())
        super().__init__([HTML("<h3>Steps</h3>"), self.list, self.across])
        self.add_class("sda-card").add_class("sda-history")
        self.list.observe(lambda change: self._go(change.new), "value")
        session.observe(lambda _change: self._fill(), "history")
        session.observe(lambda change: self._offer(change.new is not None), "other")
        self._fill()

    def _fill(self) -> None:
        past = self.session.history
        lines = [] if past is None else [(line(past, number, turns), number) for number, turns in order(past)]
        self._filling = True
        try:
            if tuple(lines) != self.list.options:
                self.list.options = lines
            self.list.value = past.current if lines else None
        finally:
            self._filling = False

    def _offer(self, paired: bool) -> None:
        self.across.layout.display = None if paired else "none"

    def _go(self, number: int | None) -> None:
        if not self._filling and number is not None and number != self.session.history.current:
            self.session.go_to(number)


def order(past: History) -> list[tuple[int, int]]:
    """Return the number of every step and the count of branchings that lead to it, depth first: a step comes before
    its successors, and the first branch before the others."""
    after: dict[int, list[int]] = {}
    for number, step in enumerate(past.steps):
        after.setdefault(step.parent, []).append(number)
    found, waiting = [], list(reversed(after.get(-1, [])))
    while waiting:
        found.append(waiting.pop())
        first, *others = after.get(found[-1], [None])
        waiting += [*reversed(others), *([] if first is None else [first])]
    turns = past.branches
    return [(number, turns[number]) for number in found]


def line(past: History, number: int, turns: int) -> str:
    """Return a step's text, indented by its number of branchings."""
    return "    " * turns + (past.steps[number].description or "as it was")
