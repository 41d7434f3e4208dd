"""Training run: starts, watches and stops the training or growth of a model in its own process."""

import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from traitlets import Float, Instance, Tuple, Unicode

import sda_lib
from sda_lib.config import DEFAULT_EFFORT
from sda_lib.errors import SdaError
from sda_lib.events import Event
from sda_lib.file_choice import FilesConfig
from sda_lib.growing.report import Growth
from sda_lib.runs import manage
from sda_lib.runs.run import Run, describe_runs
from sda_widgets.session.context import Context, Part
from sda_widgets.session.guard import verb
from sda_widgets.session.model_library import ModelLibrary

# Value of events that tells the seconds left, and the fewest seconds that are shown of a run that still works.
LEFT, LEAST_LEFT = "seconds_left", 1.0
FINISHED = "The training is done: this is a new sound of the finished model, and Undo brings back the one before."
# States of a run that the page returns to.
UNFINISHED = ("running", "queued", "died", "failed", "stopped")


class TrainingRun(Part):
    """The run that this page watches. It continues when the page is closed. No model is ever overwritten."""

    run = Instance(Run, allow_none=True, help="the run")
    state = Unicode(help="its state when it was last read")
    events = Tuple(help="its Events so far")
    left = Float(allow_none=True, default_value=None, help="seconds until its end, as estimated; None where unknown")
    growth = Instance(Growth, allow_none=True, help="report of a growth, once it is done")

    def __init__(self, context: Context, library: ModelLibrary, open_model: Callable[[Path], None]) -> None:
        super().__init__(context)
        self._library, self._open_model = library, open_model
        self._read_to = 0  # bytes of the run's events already read
        self._ends: float | None = None  # when it ends, by the last event

    @verb
    def start(
        self,
        folder: Path,
        minutes: float,
        name: str,
        effort: str = DEFAULT_EFFORT,
        files: FilesConfig | None = None,
        **changes: Any,
    ) -> None:
        """Start a training on the `files` of a folder, by default all. `changes` are recipe values by key, as text.

        Raises SdaError when the name is taken."""
        (folder,) = self.context.places.checked_folders([folder])
        corpus = sda_lib.Corpus.from_folder(folder).selected(files or FilesConfig())
        recipe = sda_lib.Recipe.for_corpus(corpus, minutes, effort).override(**changes)
        job = manage.Job(name, (folder,), self._library.new_path(name), recipe)
        self.watch(manage.start(self.context.places.runs, job))

    @verb
    def grow(self, growing: manage.GrowOptions, sounds: Sequence[Path], name: str) -> None:
        """Add sounds to a model; the result is a new one called `name`. Raises SdaError for unusable sounds."""
        sounds = self.context.places.checked_folders(sounds)
        job = manage.Job(name, sounds, self._library.new_path(name), growing=growing).checked()
        sda_lib.Corpus.from_paths(job.sounds)
        self.watch(manage.start(self.context.places.runs, job))

    @verb
    def attach(self) -> None:
        """Watch the running or queued run, or else the newest one if it died, failed or was stopped (after the page
        was closed or reloaded)."""
        known = describe_runs(self.context.places.runs, lambda run: (run, run.state))
        unfinished = [run for wanted in ("running", "queued") for run, state in known if state == wanted]
        interrupted = [run for run, state in known[:1] if state in ("died", "failed", "stopped")]
        if unfinished or interrupted:
            self.watch((unfinished + interrupted)[0])

    @property
    def makes_sliders(self) -> bool:
        """Whether the run works on the open model, and makes its sliders at the end."""
        run = self.run
        is_open = run is not None and self.state in ("running", "queued") and run.model_path == self.context.model_path
        return run is not None and is_open and run.growing is None and run.recipe.fits_sliders

    @property
    def folder(self) -> Path | None:
        """The folder of sounds that an unfinished training learns from; None for a growth, and where it is gone."""
        run = self.run
        is_unfinished = run is not None and self.state in UNFINISHED and run.growing is None
        return run.corpus_folder if run is not None and is_unfinished and run.corpus_folder.is_dir() else None

    @verb
    def resume(self) -> None:
        """Resume a stopped, failed or crashed run from its last checkpoint; a growth starts again."""
        if self.run is not None:
            self.watch(manage.resume(self.run))

    @verb
    def stop(self) -> None:
        """Stop the run; it keeps the best model so far."""
        if self.run is not None:
            manage.stop(self.run)

    def watch(self, run: Run) -> None:
        """Show a run from its beginning."""
        self._read_to, self._ends = 0, None
        self.set(run=run, state=run.state, events=(), growth=None, left=None)
        self.poll()

    def poll(self) -> None:
        """Read what the run has written since the last call. Called by the page's heartbeat."""
        if self.run is None:
            return
        state = self.run.state  # before the events: an ended run has written all of them
        new, self._read_to = self.run.events(self._read_to)
        events = (*self.events, *new)
        ended = bool(events) and events[-1].kind == "done"
        self.set(state=state, events=events, growth=self._growth() if ended else None, left=self._left(state, new))
        kinds = {event.kind for event in new}
        written = "done" in kinds or ("saved" in kinds and self.context.model is None)
        if written and self.run.model_path.exists():
            self._adopt(Path(self.run.model_path))

    def _left(self, state: str, new: tuple[Event, ...]) -> float | None:
        """Return the seconds left by the last event that tells them, less the time since; at least LEAST_LEFT."""
        found = [event.values[LEFT] for event in new if LEFT in event.values]
        if found and self.run is not None:
            self._ends = time.monotonic() - self.run.silence + found[-1]
        return None if self._ends is None or state != "running" else max(LEAST_LEFT, self._ends - time.monotonic())

    @verb
    def _adopt(self, path: Path) -> None:
        """List the model written by the run, and open it unless another one is open. One that was open as it was so
        far gives way to the finished one, and so does its sound."""
        before = self.context.model_path
        self._library.refresh()
        if before in (None, path):
            self._open_model(path)
            self.context.notice = self.context.notice or (FINISHED if before else "")

    def _growth(self) -> Growth | None:
        if self.growth is not None or self.run is None or self.run.growing is None:
            return self.growth
        with contextlib.suppress(SdaError):  # stopped before a model was written
            return Growth.last_of(sda_lib.peek(self.run.model_path))
        return None
