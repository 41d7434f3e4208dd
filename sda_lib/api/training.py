"""Train a model on a corpus: in this process with its progress shown, or in the background."""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sda_lib.api.model import SdaModel
from sda_lib.api.progress_card import ProgressCard, with_terminal_bar
from sda_lib.api.run import Run
from sda_lib.audio.corpus import Corpus
from sda_lib.config import DEFAULT_EFFORT, Recipe
from sda_lib.display.progress import Progress
from sda_lib.errors import SdaError
from sda_lib.events import Event
from sda_lib.file_names import checked_name, without_unprintable
from sda_lib.files import part_folder
from sda_lib.home import Home
from sda_lib.runs import manage
from sda_lib.runs.worker import run_here
from sda_lib.training.device import choose_device

INTERRUPTED = "Interrupted; the best model so far is kept."
Observer = Callable[[Event], object]


@dataclass(frozen=True)
class Training:
    """What to train, and how. Fields are the arguments of `Corpus.train`."""

    minutes: float | None = None
    name: str = ""
    effort: str = DEFAULT_EFFORT
    device: str = "auto"
    force: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)

    def job(self, corpus: Corpus, path: Path) -> manage.Job:
        """Return the job that trains on a corpus and writes the model to `path`. Raises SdaError."""
        if "preset" in self.settings:
            raise SdaError(f"The amount of training is called effort now; write effort={self.settings['preset']!r}.")
        recipe = Recipe.for_corpus(corpus, self.minutes, self.effort).override(**self.settings)
        title = self.name or without_unprintable(corpus.folder.resolve().name)
        return manage.Job(title, (corpus.folder,), path, recipe, device=choose_device(self.device))


def train_here(corpus: Corpus, training: Training, progress: bool, on_event: Observer | None) -> SdaModel:
    """Train in this process and return the model. An interrupt keeps the best model so far."""
    with _places(training) as (runs, path):
        job = training.job(corpus, path)
        with manage.create_run(runs, job) as (run, _), contextlib.closing(run_here(run, corpus)) as events:
            _follow(events if training.name else _without_path(events, path), job, progress, on_event)
        if not path.exists():
            raise SdaError("The training was interrupted before there was a model; start it again.")
        return SdaModel.load(path)


def train_in_background(corpus: Corpus, training: Training) -> Run:
    """Start a training in a process of its own, which outlives this one, and return its run.

    Raises SdaError for a training without a name, and for chosen files: such a process trains on whole folders.
    """
    if not training.name:
        raise SdaError("A training in the background writes a file; give its name=….")
    if len(Corpus.from_folder(corpus.folder)) != len(corpus) + corpus.left_out:
        raise SdaError("A training in the background takes a whole folder; leave out background=True for chosen files.")
    home = Home.from_environment()
    return Run.of(manage.start(home.runs, training.job(corpus, _library_path(home, training))))


def _without_path(events: Iterator[Event], path: Path) -> Iterator[Event]:
    """Yield the events of a model that is kept in memory alone, without the path of its temporary file."""
    for event in events:
        yield dataclasses.replace(event, message=event.message.replace(f" at {path}", ""))


def _follow(events: Iterator[Event], job: manage.Job, progress: bool, on_event: Observer | None) -> None:
    """Go through the events of a training until it ends or is interrupted, and show them if wanted."""
    card = ProgressCard(Progress(job.name)) if progress else None
    if card is not None and not card.is_shown:
        events = with_terminal_bar(events)
    observers: list[Observer] = [] if card is None else [lambda event: _show(card, event, job)]
    try:
        _observe(events, [*observers, *([] if on_event is None else [on_event])])
    except KeyboardInterrupt:
        if card is not None:
            card.show_end("stopped", INTERRUPTED)


def _observe(events: Iterable[Event], observers: list[Observer]) -> None:
    for event in events:
        for observe in observers:
            observe(event)


def _show(card: ProgressCard, event: Event, job: manage.Job) -> None:
    """Show an event on the card, and how the model sounds after it was saved and at the end."""
    card.show(event)
    if event.kind in ("saved", "done") and job.out.exists():
        card.audition(job.out, job.sounds[0], at_once=event.kind == "done")


@contextlib.contextmanager
def _places(training: Training) -> Iterator[tuple[Path, Path]]:
    """Yield the folder of the run and the path of the model; temporary ones for a model without a name."""
    if not training.name:
        with part_folder(Path(tempfile.gettempdir()) / "sda-training") as folder:
            yield folder / "runs", folder / "model.sda"
        return
    home = Home.from_environment()
    yield home.runs, _library_path(home, training)


def _library_path(home: Home, training: Training) -> Path:
    """Return the file of a named model. Raises SdaError where it exists and is not to be replaced."""
    path = home.models / f"{checked_name(training.name)}.sda"
    if path.exists() and not training.force:
        raise SdaError(f"There is a model {training.name} already; give force=True to replace it, or another name.")
    return path
