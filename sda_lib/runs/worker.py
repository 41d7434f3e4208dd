"""Carry out a run in its process: wait in the queue, train or grow, record events, and end when STOP appears."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import time
import traceback
from collections import deque
from collections.abc import Generator, Iterator
from pathlib import Path

from sda_lib import faults
from sda_lib.audio.corpus import Corpus
from sda_lib.config import CHECKPOINT
from sda_lib.errors import SdaError
from sda_lib.events import Event
from sda_lib.files import append, remove_partial_files, write_atomically
from sda_lib.model import library
from sda_lib.runs import locks, manage
from sda_lib.runs.job import GrowOptions
from sda_lib.runs.priority import lower_priority
from sda_lib.runs.run import BASE_MODEL, Run
from sda_lib.runs.time_left import TimeLeft

# Least seconds between two recorded progress events; a page draws no faster.
FASTEST_PROGRESS = 0.1
# Seconds between two checks of the queue.
POLL_SECONDS = 0.3


def run_worker(folder: str | Path) -> None:
    """Carry out a run that `manage.start` or `manage.resume` has prepared.

    Raises SdaError when another process carries it out.
    """
    run = Run(Path(folder).resolve())
    signal.signal(signal.SIGTERM, lambda *_: manage.stop(run))
    lower_priority()
    inherited = os.environ.pop(manage.LOCK_VARIABLE, None)  # of the process that started this one
    with locks.lock(run.model_path, str(run.folder), inherited=int(inherited) if inherited else None):
        run.record_process()
        with _turn(run) as came:
            if came:
                deque(carry_out(run), maxlen=0)
            else:
                message = f"{run.kind} of {run.name} was stopped before it began."
                _end(run, "stopped", Event("done", message=message))


def run_here(run: Run, corpus: Corpus | None = None, processes: int | None = None) -> Generator[Event]:
    """Carry out a run in the current process, without queueing, and yield its events.

    `corpus` is that of the run's sounds, if it has been scanned; `processes` is their number instead of the job's. The
    process must hold the run's lock. Raises SdaError when the run fails.
    """
    run.record_process()
    with locks.work_slot(run.folder.parent), contextlib.closing(carry_out(run, corpus, processes)) as events:
        for event in events:
            if event.kind == "failed":
                raise SdaError(event.message)
            yield event


def carry_out(run: Run, corpus: Corpus | None = None, processes: int | None = None) -> Generator[Event]:
    """Train until the end or STOP; yield every event after it is recorded.

    Unexpected exceptions end here: they become a "failed" event with a one-sentence message.
    """
    for folder in {run.model_path.parent, *(path.parent for path in run.folder.parent.glob("*/job.json"))}:
        remove_partial_files(folder)  # of killed processes, those of other runs too
    ended, last = "stopped", Event("progress")
    try:
        for last in _recorded(run, _model_events(run, corpus, processes)):
            if last.kind != "done":
                yield last
        if last.kind == "done":
            ended = "finished"
        else:
            metrics = library.entry_of(run.model_path).metrics
            last = Event("done", last.step, last.of, metrics, _stopped(run))
    except SdaError as error:
        ended, last = "failed", Event("failed", message=str(error))
    except Exception as error:
        _log_traceback(run)
        reason = faults.sentence(error, f"{run.folder / 'log.txt'} shows where")
        ended, last = "failed", Event("failed", message=f"{run.kind} failed. {reason}")
    except (KeyboardInterrupt, GeneratorExit):
        _end(run, ended, Event("done", last.step, last.of, message=_stopped(run)))
        raise
    _end(run, ended, last)
    yield last


def with_sliders(run: Run, done: Event, left: TimeLeft | None = None) -> Iterator[Event]:
    """Fit the sliders of the finished model, then yield `done`; `left` adds the seconds left where it can tell them.

    If that fails, the model is still good, and the message of `done` reports the failure.
    """
    from sda_lib.sliders.fit import fit_sliders_in_file

    try:
        if _wants_sliders(run):
            for event in fit_sliders_in_file(run.model_path):
                yield event if left is None else left.with_time_left_of_sliders(event)
    except Exception:
        _log_traceback(run)
        reason = f"It has no sliders: fitting them failed; {run.folder / 'log.txt'} shows why."
        done = dataclasses.replace(done, message=f"{done.message} {reason}")
    yield done


def _wants_sliders(run: Run) -> bool:
    """Return whether to fit sliders, as the job specifies.

    If it does not, they are fitted after a training with a time budget (`Recipe.fits_sliders`), and after growing a
    model that had sliders, if a fine-tune has changed the sounds that they lead to.
    """
    from sda_lib.model.model import SdaModel

    if run.job.sliders is not None:
        return run.job.sliders
    if run.growing is None:
        return run.recipe.fits_sliders
    tuned = run.growing.steps is None and run.growing.minutes > 0
    return tuned and SdaModel.load(run.model_path).sliders is not None


def _model_events(run: Run, corpus: Corpus | None, processes: int | None) -> Generator[Event]:
    """Train or grow the model of the run, then fit its sliders."""
    if run.growing is None:
        corpus = corpus or Corpus.from_folder(run.corpus_folder)
        left: TimeLeft | None = TimeLeft(run.recipe, corpus.sounding_seconds, _wants_sliders(run))
        events = _trained(run, corpus, left, processes)
    else:
        left, events = None, _grown(run, run.growing, corpus)
    with contextlib.closing(events):
        for event in events:
            if event.kind == "done":
                yield from with_sliders(run, event, left)
            else:
                yield event


def _trained(run: Run, corpus: Corpus, left: TimeLeft | None, processes: int | None) -> Generator[Event]:
    """Train a model on the run's corpus, resuming from a checkpoint if there is one; its events tell the time left."""
    from sda_lib.training.process_group import launched  # torch takes seconds to load, so it is imported late
    from sda_lib.training.train import learn

    if launched().size == 1:
        processes = processes or run.job.processes
    events = learn(corpus, run.recipe, run.model_path, run.name, run.job.device, run.folder, processes=processes)
    with contextlib.closing(events):
        for event in events:
            yield event if left is None else left.with_time_left(event)


def _grown(run: Run, how: GrowOptions, corpus: Corpus | None) -> Generator[Event]:
    """Grow the model as it was when the run was created, whatever has happened to its file since."""
    if run.events()[0]:
        yield Event("progress", message=f"It {run.on_resume}.")
    corpus = corpus or Corpus.from_paths(run.job.sounds)
    from sda_lib.growing.grow import grow
    from sda_lib.model.model import SdaModel

    model = SdaModel.load(run.folder / BASE_MODEL)
    yield from grow(model, corpus, run.model_path, run.name, how)


def _recorded(run: Run, events: Generator[Event]) -> Iterator[Event]:
    """Record events until the stream ends or STOP appears.

    The "done" event is yielded without being recorded: the caller records it, knowing how the run ended.
    """
    drawn = 0.0
    with contextlib.closing(events):
        for event in events:
            if event.kind != "done" and (event.kind != "progress" or time.monotonic() - drawn >= FASTEST_PROGRESS):
                drawn = time.monotonic()
                run.append(event)
            yield event
            if event.kind == "done" or (run.folder / "STOP").exists():
                return


def _end(run: Run, ended: str, event: Event) -> None:
    """Record the last event and the final state; a finished run deletes its checkpoint and the model that grew."""
    run.append(event)
    write_atomically(run.folder / "state", ended.encode())
    if ended == "finished":
        for name in (CHECKPOINT, BASE_MODEL):
            (run.folder / name).unlink(missing_ok=True)


def _stopped(run: Run) -> str:
    found = run.model_path.exists()
    return f"Stopped; the best so far is in {run.model_path}." if found else "Stopped before there was a model."


def _log_traceback(run: Run) -> None:
    """Append the current exception's traceback to the run's log."""
    append(run.folder / "log.txt", traceback.format_exc())


@contextlib.contextmanager
def _turn(run: Run) -> Iterator[bool]:
    """Wait until no other run of the folder works and none created earlier is queued.

    Yields True then, or False once STOP appears.
    """
    while not (run.folder / "STOP").exists():
        earlier = (one for one in manage.list_runs(run.folder.parent) if one.created < run.created)
        if not any(one.state == "queued" for one in earlier):
            with locks.work_slot(run.folder.parent) as free:
                if free:
                    (run.folder / "queued").unlink(missing_ok=True)
                    yield True
                    return
        if not (run.folder / "queued").exists():
            write_atomically(run.folder / "queued", b"")
        time.sleep(POLL_SECONDS)
    yield False
