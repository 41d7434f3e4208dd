"""Long work: work in a thread that says what it does and how long the rest takes, and can be canceled."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from traitlets import Bool, Float, Unicode

from sda_lib.errors import SdaError
from sda_lib.work_steps import Steps, WorkStep, time_left
from sda_widgets.session.context import Context, Part
from sda_widgets.session.guard import errors_as_sentences

Result = TypeVar("Result")
CANCELED = "Canceled; nothing was changed."


class LongWork(Part):
    """One piece of work at a time, in steps. Its result is applied in the thread, under the context's lock."""

    is_running = Bool(False, help="whether it is under way")
    share = Float(0.0, help="how much of it is done, 0..1")
    words = Unicode(help="what it does now, and how long the rest takes; empty while nothing is under way")

    def __init__(self, context: Context, failed: str, canceled: str = CANCELED, brief: bool = False) -> None:
        """`failed` begins the sentence on an error that is none of the user's; `canceled` is said after `cancel`.

        With `brief` steps, of a second at most, the program waits for the present one when it ends.
        """
        super().__init__(context)
        self._brief = brief
        self._failed, self._canceled = failed, canceled
        self._turn, self._began = 0, 0.0

    def start(self, steps: Steps[Result], done: Callable[[Result], object], first: str) -> None:
        """Carry out steps in the background, and pass their result to `done`; `first` says what is done at first.

        Raises SdaError while the work is under way already.
        """
        if self.is_running:
            raise SdaError("That is under way already; cancel it, or wait until it is done.")
        self._turn, self._began = self._turn + 1, time.monotonic()
        self._show(WorkStep(0.0, first))
        self.context.working += 1
        self.start_thread(self._carry_out, self._turn, steps, done, daemon=not self._brief)

    def cancel(self) -> None:
        """End the work after its present step, whose result is dropped."""
        with self.context.lock:
            if self.is_running:
                self._end()
                self.context.notice = self._canceled

    def stop(self) -> None:
        """End the work without a word: what it is for is gone."""
        with self.context.lock:
            if self.is_running:
                self._end()

    def _carry_out(self, turn: int, steps: Steps[Result], done: Callable[[Result], object]) -> None:
        sentences: list[str] = []
        with errors_as_sentences(sentences.append, self._failed):
            try:
                while True:
                    step = next(steps)
                    with self.context.lock:
                        if self._turn != turn or not threading.main_thread().is_alive():
                            steps.close()
                            return
                        self._show(step)
            except StopIteration as end:
                with self.context.lock:
                    if self._turn == turn:
                        done(end.value)
        with self.context.lock:
            if self._turn == turn:
                if sentences:
                    self.fail(sentences[0])
                self._end()

    def _end(self) -> None:
        self._turn += 1
        self.set(is_running=False, share=0.0, words="")
        self.context.working -= 1

    def _show(self, step: WorkStep) -> None:
        seconds = time.monotonic() - self._began
        self.set(is_running=True, share=step.share, words=in_words(step.words, step.share, seconds))


def in_words(step: str, share: float, seconds: float) -> str:
    """Return what is being done, and how long the rest takes, judged by the time so far."""
    left = time_left(share, seconds)
    return f"{step[:1].upper()}{step[1:]} …{f' {left}' if left else ''}"
