"""First steps bar: a line above the places that says what the page shows, with buttons for what can be tried."""

from __future__ import annotations

from functools import partial
from html import escape

from ipywidgets import HTML, Button, HBox

from sda_widgets.common.form_controls import button, show_if, watch
from sda_widgets.common.markup import status
from sda_widgets.frame.first_steps import OWN, FirstSteps, Step

# CSS classes of a step that is done, and of the one to try next.
DONE, NEXT = "sda-done", "sda-next"


class FirstStepsBar(HBox):
    """View of first steps; its last button puts them away."""

    def __init__(self, first: FirstSteps) -> None:
        self.first = first
        self._buttons: dict[str, Button] = {}
        self.words = HTML().add_class("sda-first-words")
        self.tries = HBox([]).add_class("sda-first-tries")
        self.away = button("Skip", "Put these first steps away; ? shows them again", first.hide)
        super().__init__([self.words, self.tries, self.away])
        self.add_class("sda-first")
        first.session.page_acts.provide("first_steps", first.show)
        watch(self._offer, (first, "steps"))
        watch(self._mark, (first, "done"))
        watch(self._say, (first, "stage sentence rest"))
        watch(lambda: show_if(first.is_shown, self), (first, "is_shown"))

    def _offer(self) -> None:
        """Show a button for every step."""
        self.tries.children = [self._button(step) for step in self.first.steps]
        self._mark()

    def _button(self, step: Step) -> Button:
        """Return the button of a step, the same one each time."""
        if step.words not in self._buttons:
            self._buttons[step.words] = button(step.words, step.tip, partial(step.run, self.first.session))
        return self._buttons[step.words]

    def _mark(self) -> None:
        """Mark the steps that are done, and the first that is not."""
        done = set(self.first.done)
        following = next((step for step in self.first.steps if step.name not in done), None)
        for step, made in zip(self.first.steps, self.tries.children, strict=True):
            for name, is_so in ((DONE, step.name in done), (NEXT, step is following)):
                (made.add_class if is_so else made.remove_class)(name)

    def _say(self) -> None:
        """Say the sentence, which is read out when it changes, and the time left, which isn't."""
        rest = f" <span class='sda-quiet'>{escape(self.first.rest.capitalize())}</span>" if self.first.rest else ""
        self.words.value = status(escape(self.first.sentence)) + rest
        self.away.description = "Done" if self.first.stage == OWN else "Skip"
