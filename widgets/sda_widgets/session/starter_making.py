"""Starter making: a thread that makes the starter, a model of procedural sounds, and opens it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from traitlets import Bool, Float, Unicode

from sda_lib.home import STARTER
from sda_widgets.session.context import Context, Part
from sda_widgets.session.guard import errors_as_sentences, verb
from sda_widgets.session.long_work import in_words

MAKES = "Making a model of computed sounds"
CANCELED = "The starter was not made."


class StarterMaking(Part):
    """The starter while it is made; `open_model` opens it at the page's heartbeat, unless another model is open.

    What it says is delivered at the heartbeat, too, because it begins while the page is being built.
    """

    is_running = Bool(False, help="whether it is being made")
    share = Float(0.0, help="how much of the work is done, 0..1")
    words = Unicode(help="what is done now, and how long the rest takes")

    def __init__(self, context: Context, open_model: Callable[[Path], object]) -> None:
        super().__init__(context)
        self._open_model = open_model
        self._is_canceled = False

    @property
    def path(self) -> Path:
        """The starter's file."""
        return self.context.places.models / f"{STARTER}.sda"

    @verb
    def start(self) -> None:
        """Make the starter in a thread, unless that is under way, or there is one: then open it."""
        if self.path.exists():
            self._open_model(self.path)
        elif not self.is_running:
            self._is_canceled = False
            self.set(is_running=True, share=0.0, words=f"{MAKES} …")
            self.start_thread(self._make, self.path)

    @verb
    def cancel(self) -> None:
        """End the making; no file is left."""
        if self.is_running:
            self._is_canceled = True
            self.set(is_running=False, share=0.0, words="")
            self.context.notice = CANCELED

    def _make(self, path: Path) -> None:
        from sda_lib.training.starter import starter_in_steps

        began, deliver = time.monotonic(), self.context.deliveries.append
        with errors_as_sentences(self._fail, "The starter could not be made."):
            with contextlib.closing(starter_in_steps(path)) as steps:
                for step in steps:
                    if self._is_canceled:
                        return
                    words = in_words(step.words, step.share, time.monotonic() - began)
                    deliver(lambda share=step.share, words=words: self._say(share, words))  # type: ignore[misc]
            deliver(lambda: self._end(path))

    def _say(self, share: float, words: str) -> None:
        if self.is_running:
            self.set(share=share, words=words)

    def _end(self, path: Path) -> None:
        wanted = self.is_running and self.context.model is None
        self.set(is_running=False, share=0.0, words="")
        if wanted:
            self._open_model(path)

    def _fail(self, sentence: str) -> None:
        self.context.report_later(sentence)
        self.context.deliveries.append(lambda: self.set(is_running=False, share=0.0, words=""))
