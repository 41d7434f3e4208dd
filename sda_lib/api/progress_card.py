"""Shows a training while it goes on: as a card below the cell of a notebook, or as a bar in a terminal."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import torch

from sda_lib.display.markup import heading
from sda_lib.display.notebook import Slot, new_slot
from sda_lib.display.page import page
from sda_lib.display.progress import Progress, auditions_table, progress_view
from sda_lib.display.terminal_bar import with_bar
from sda_lib.errors import SdaError
from sda_lib.events import Event
from sda_lib.training.auditions import auditions

# Seconds between two changes of the card, and between two auditions of the model.
CARD_SECONDS, AUDITION_SECONDS = 0.5, 30.0
# Held-out sounds that are auditioned.
AUDITIONED = 2


class ProgressCard:
    """The card of one training below the cell that runs; nothing where no notebook runs the code.

    The players have a place of their own, so that a change of the bar does not stop what plays.
    """

    def __init__(self, progress: Progress) -> None:
        """Show a training as far as it is."""
        self.progress = progress
        self._slot = self._shown(self.progress)
        self._sounds: Slot | None = None
        self._drawn = self._auditioned = float("-inf")

    @property
    def is_shown(self) -> bool:
        """Whether there is a notebook to show it in."""
        return self._slot is not None

    def show(self, event: Event) -> None:
        """Take account of an event."""
        self.progress = self.progress.after(event)
        if event.kind != "progress" or time.monotonic() - self._drawn >= CARD_SECONDS:
            self._draw()

    def show_end(self, state: str, message: str) -> None:
        """Show how the training ended; in a terminal as a line."""
        self.progress = self.progress.ended(state, message)
        self._draw()
        if not self.is_shown:
            _say(message)

    def audition(self, model: Path, corpus: Path, at_once: bool = False) -> None:
        """Show how a saved model sounds, at most every AUDITION_SECONDS unless `at_once`."""
        if self._slot is None or not (at_once or time.monotonic() - self._auditioned >= AUDITION_SECONDS):
            return
        with torch.random.fork_rng(), contextlib.suppress(SdaError):  # the training draws the same numbers as without
            found = auditions(model, corpus, AUDITIONED)
            html = page(heading("How the model sounds"), auditions_table(found))
            plain = f"{len(found)} auditions"
            if self._sounds is None:
                self._sounds = new_slot(html, plain)
            else:
                self._sounds.show(html, plain)
        self._auditioned = time.monotonic()

    def _draw(self) -> None:
        if self._slot is not None:
            self._slot.show(page(progress_view(self.progress)), self.progress.summary)
            self._drawn = time.monotonic()

    @staticmethod
    def _shown(progress: Progress) -> Slot | None:
        return new_slot(page(progress_view(progress)), progress.summary)


def _say(message: str) -> None:
    """Write a line where the output is a terminal."""
    from rich.console import Console

    console = Console()
    if console.is_terminal:
        console.print(message, markup=False, highlight=False)


def with_terminal_bar(events: Iterator[Event]) -> Iterator[Event]:
    """Yield the events unchanged, and show them as a bar where the output is a terminal."""
    from rich.console import Console

    console = Console()
    return with_bar(events, console) if console.is_terminal else events
