"""Listening bar: blind tests of the sounds."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from ipywidgets import HTML, Button, Dropdown, HBox, Layout, Widget

from sda_lib.comparison.blind import AbxTrials
from sda_widgets.common.form_controls import button, offer, show_if, watch
from sda_widgets.common.markup import quiet
from sda_widgets.session.session import Session
from sda_widgets.session.sound import Sound

WHY_NONE = "A blind test needs two sounds."


class ListeningBar(HBox):
    """View of `session.listening`. During a blind test it shows labels and the number of answers, nothing else."""

    def __init__(self, session: Session) -> None:
        self.session = session
        listening = session.listening
        self.votes = button(
            "Blind votes", "Hear the sounds equally loud, without their names and in a new order each time, and vote",
            lambda: listening.begin_votes(session.sounds),
        )  # fmt: skip
        self.abx = button(
            "ABX", "Is X the first or the second sound? With the probability of guessing", self._begin_abx
        )
        self.pair = Dropdown(options=[], layout=Layout(width="92px"), tooltip="The sounds of ABX")
        self.finish = button("Finish", "End the test, show its result and keep it", listening.finish)
        self.words, self.result = HTML(), HTML()
        self._answers, self._button_of = HBox(), functools.cache(self._make_button)
        self.why = HTML(quiet(WHY_NONE))
        self._begin = HBox([self.votes, self.abx, self.pair])
        self._during = HBox([self.words, self._answers, self.finish])
        super().__init__([self._begin, self.why, self._during, self.result])
        self.add_class("sda-toolbar").add_class("sda-listening")
        watch(self._show_sounds, (session, "sounds"))
        watch(self._show_test, (listening, "test result"))

    def _begin_abx(self) -> None:
        if self.pair.value is not None:
            self.session.listening.begin_abx(*self.pair.value)

    def _show_sounds(self) -> None:
        sounds = self.session.sounds
        offer(self.pair, [(f"{one.name}, {other.name}", (one, other)) for one, other in pairs(sounds)])
        self.votes.disabled = self.abx.disabled = len(sounds) < 2
        show_if(len(sounds) > 2, self.pair)
        show_if(len(sounds) < 2, self.why)

    def _show_test(self) -> None:
        test, result = self.session.listening.test, self.session.listening.result
        show_if(test is None, self._begin)
        show_if(test is not None, self._during)
        self.result.value = quiet(result) if test is None and result else ""
        if test is None:
            return
        is_abx = isinstance(test, AbxTrials)
        labels = test.names if is_abx else test.labels
        self._answers.children = self._buttons(labels, "X is " if is_abx else "")
        count = len(test.answers if is_abx else test.votes)
        ask = "Which is X?" if is_abx else "Which is best?"
        self.words.value = quiet(f"{ask} {count} {'answer' if count == 1 else 'answers'} so far")

    def _buttons(self, labels: Sequence[str], before: str) -> tuple[Widget, ...]:
        """Return a button for each label; those of earlier tests are used again."""
        return tuple(self._button_of(f"{before}{label}", label) for label in labels)

    def _make_button(self, words: str, label: str) -> Button:
        return button(words, "Answer, and begin the next round", lambda: self.session.listening.answer(label))


def pairs(sounds: Sequence[Sound]) -> list[tuple[Sound, Sound]]:
    """Return all pairs of sounds, in order."""
    return [(one, other) for place, one in enumerate(sounds) for other in sounds[place + 1 :]]
