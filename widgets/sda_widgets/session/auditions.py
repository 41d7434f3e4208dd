"""Auditions: how the model in training sounds, rendered after each save."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from functools import partial
from typing import Any

from traitlets import Tuple, Unicode

from sda_lib.events import Event
from sda_lib.runs.run import Run
from sda_lib.training.auditions import Audition, auditions
from sda_widgets.session.context import Context, Part
from sda_widgets.session.guard import errors_as_sentences
from sda_widgets.session.previews import Previews
from sda_widgets.session.training_run import TrainingRun

log = logging.getLogger(__name__)

# Niceness of the thread that renders auditions, so that training keeps priority.
NICE = 10


class Auditions(Part):
    """Held-out sounds as the model of this page's run makes them."""

    sounds = Tuple(help="Auditions of the last save")
    when = Unicode(help="when in the run that was, in words")

    def __init__(self, context: Context, training: TrainingRun, previews: Previews) -> None:
        super().__init__(context)
        self.training, self.previews = training, previews
        self._wanted: tuple[Run, Event] | None = None
        training.observe(lambda _change: self.set(sounds=(), when=""), "run")
        training.observe(self._render_saved, "events")

    def play(self, number: int, original: bool = False) -> None:
        """Preview one of the auditions, or the recording it was made from."""
        if 0 <= number < len(self.sounds):
            one: Audition = self.sounds[number]
            clip, other = (one.original, one.sound) if original else (one.sound, one.original)
            if clip is not None:
                self.previews.play(clip, *([] if other is None else [other]))  # both at one gain

    def _render_saved(self, change: Any) -> None:
        """Render auditions after each save, in a low-priority thread; only the newest save counts."""
        run, saved = self.training.run, [event for event in change.new if event.kind == "saved"]
        if run is None or not saved or (run, saved[-1]) == self._wanted:
            return
        self._wanted = (run, saved[-1])
        if not self.has_thread:
            self.start_thread(self._render)

    def _render(self) -> None:
        with contextlib.suppress(OSError, AttributeError):  # not every system has thread priorities
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        rendered = None
        while rendered != self._wanted and self._wanted is not None:
            rendered = run, event = self._wanted
            when = f"step {event.step} of {event.of}" if event.of else "the first model, before any step"
            failed = partial(log.warning, "no auditions of %s: %s", run.model_path)
            with errors_as_sentences(failed, "The auditions failed."):
                found = auditions(run.model_path, run.corpus_folder)
                self.context.deliveries.append(partial(self._apply, run, found, when))

    def _apply(self, run: Run, sounds: tuple[Audition, ...], when: str) -> None:
        if self.training.run == run:
            self.set(sounds=sounds, when=when)
