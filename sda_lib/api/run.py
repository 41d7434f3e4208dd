"""Runs that show themselves: trainings in processes of their own, which outlive the notebook."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Self

from sda_lib.api.model import SdaModel
from sda_lib.api.names import PublicNames
from sda_lib.api.progress_card import ProgressCard
from sda_lib.display.page import page
from sda_lib.display.progress import Progress, progress_of, progress_view
from sda_lib.errors import SdaError
from sda_lib.events import Event
from sda_lib.home import Home
from sda_lib.runs import manage
from sda_lib.runs import run as core

# Seconds between two looks at the run's folder.
POLL_SECONDS = 0.5


class Run(PublicNames, core.Run):
    """A training in the background: `progress`, `follow`, `wait`, `stop`, `resume`, `load`.

    `Corpus.train(background=True)` starts one, `Run.find` finds one. As the last line of a notebook's cell it shows how
    far it is, and goes on to do so until it ends, while other cells run.

    Args:
        folder: the folder of the run.

    Example:
        >>> run = sda_lib.Run.find("last")
        >>> run.name, run.state, run.ended, run.alive, run.resumable
        ('five', 'finished', 'finished', False, False)
        >>> run.model_path.name, run.corpus_folder.name, run.kind, run.growing
        ('five.sda', 'sounds', 'Training', None)
        >>> run.recipe.codec.levels, run.created > 0, run.job.name, run.message != ""
        (4, True, 'five', True)
        >>> run.progress.state, run.silence >= 0
        ('finished', True)
    """

    _unlisted = frozenset({"append", "complete_last_line", "exists", "on_resume", "problem", "record_process"})

    @classmethod
    def of(cls, run: core.Run) -> Self:
        """Return a run as one of this class.

        Args:
            run: a run of the library's inner classes.

        Example:
            >>> sda_lib.Run.of(run).name
            'five'
        """
        return cls(run.folder)

    @classmethod
    def find(cls, which: str = "last") -> Self:
        """Return a run of the data folder.

        Args:
            which: name of the run or of its model, or "last" for the newest.

        Raises SdaError, listing existing runs, when there is no such run.

        Example:
            >>> sda_lib.Run.find("five").state
            'finished'
        """
        return cls.of(core.find_run(Home.from_environment().runs, which))

    @property
    def progress(self) -> Progress:
        """Where the run is now: state, step, seconds left, curve of the held-out distance."""
        return progress_of(self.name, self.events()[0], self.state)

    def follow(self, on_event: Callable[[Event], object] | None = None) -> SdaModel | None:
        """Show the progress until the run ends, and return its model; an interrupt leaves the run going.

        Args:
            on_event: called with every progress event, from the first one on.

        Returns None after an interrupt. Raises SdaError when the run fails.

        Example:
            >>> run.follow().name
            'five'
        """
        card = ProgressCard(Progress(self.name))
        try:
            self._read_until_ended(card, 0, on_event)
        except KeyboardInterrupt:
            card.show_end("running", "It goes on in the background; run.follow() shows it again.")
            return None
        card.show_end(self.state, self.message)
        return self.load()

    def wait(self, seconds: float | None = None) -> SdaModel:
        """Wait for the end of the run, without showing anything, and return its model.

        Args:
            seconds: longest time to wait; default: any time.

        Raises SdaError when the run fails or takes longer.

        Example:
            >>> run.wait(seconds=60).name
            'five'
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        while self.alive:
            if deadline is not None and time.monotonic() > deadline:
                raise SdaError(f"{self.name} is still {self.state}; wait longer, or stop it with run.stop().")
            time.sleep(POLL_SECONDS)
        return self.load()

    def load(self) -> SdaModel:
        """Return the best model so far.

        Raises SdaError when there is none yet, and when the run has failed.

        Example:
            >>> run.load().name
            'five'
        """
        if not self.model_path.exists() or self.state == "failed":
            raise SdaError(self.message or f"{self.name} has no model yet; wait for its first one.")
        return SdaModel.load(self.model_path)

    def stop(self) -> None:
        """Ask the run to end; it keeps the best model so far. A run that has ended stays as it is.

        Raises SdaError for a run that was deleted.

        Example:
            >>> run.stop()
            >>> run.state
            'finished'
        """
        manage.stop(self)

    def resume(self) -> None:
        """Continue a stopped, failed or crashed run in the background.

        Raises SdaError where there is nothing to continue.

        Example:
            >>> run.resume()
            Traceback (most recent call last):
            sda_lib.errors.SdaError: ...
        """
        manage.resume(self)

    def _read_until_ended(
        self, card: ProgressCard, offset: int = 0, on_event: Callable[[Event], object] | None = None
    ) -> None:
        """Show the events after byte `offset` of the record, until the run has ended."""
        ended = False
        while not ended:
            ended = not self.alive  # before the events are read, so that none is missed
            events, offset = self.events(offset)
            for event in events:
                card.show(event)
                if on_event is not None:
                    on_event(event)
            if not ended:
                time.sleep(POLL_SECONDS)

    def _keep_showing(self, card: ProgressCard, offset: int) -> None:
        """Show the run until it ends, or until it is deleted."""
        with contextlib.suppress(SdaError):
            self._read_until_ended(card, offset)
            card.show_end(self.state, self.message)

    def __repr__(self) -> str:
        return f"Run({self.folder.name!r}, {self.progress.summary})"

    def _repr_html_(self) -> str:
        return page(progress_view(self.progress))

    def _ipython_display_(self) -> None:
        """Show the run below the cell, and what becomes of it; a thread of this process follows it until it ends.

        Raises NotImplementedError where no notebook runs the code: IPython then shows the text.
        """
        state, (events, offset) = self.state, self.events()
        card = ProgressCard(progress_of(self.name, events, state))
        if not card.is_shown:
            raise NotImplementedError
        if self.alive:
            threading.Thread(target=self._keep_showing, args=(card, offset), daemon=True).start()
