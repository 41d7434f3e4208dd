"""What the process of a run does: wait for its turn, learn or grow, write the events down, end when STOP appears."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from sda_lib import faults
from sda_lib.audio.corpus import Corpus
from sda_lib.config import CHECKPOINT
from sda_lib.errors import SdaError
from sda_lib.events import Event
from sda_lib.files import sweep, write_beside
from sda_lib.model import library
from sda_lib.runs import locks, manage
from sda_lib.runs.run import ORIGIN, Run

FASTEST_PROGRESS = 0.1
"""Seconds between two progress events that are written down; a page draws no faster."""
LOOK_AGAIN = 0.3
"""Seconds between two looks whether it is a waiting run's turn."""
NICENESS = 10
"""So much a trainer steps back behind what a person does at the machine; SDA_NICENESS says otherwise."""
AUTOGROUP = Path("/proc/self/autogroup")
"""How far the session of this process steps back behind others, where Linux knows of it."""


def work(folder: str | Path) -> None:
    """Carry out a run that `jobs.start` or `jobs.resume` has prepared. Raises SdaError when another process does."""
    run = Run(Path(folder).resolve())
    signal.signal(signal.SIGTERM, lambda *_: manage.stop(run))
    step_back()
    with _inherited(run) or locks.lock(run.model_path, str(run.folder)):
        run.sign()
        with _turn(run) as came:
            for _ in carried_out(run) if came else _never_began(run):
                pass


def step_back() -> None:
    """Let what a person does at the machine go first. On Linux niceness counts within a session only, where sessions
    share the processor out among them (`man 7 sched`, "The autogroup feature"); then the session steps back as well."""
    told = os.environ.get("SDA_NICENESS", "")
    steps = int(told) if told.isdigit() else NICENESS
    if hasattr(os, "nice"):
        os.nice(steps)
    if hasattr(os, "getsid") and os.getsid(0) == os.getpid():  # in no one else's session
        with contextlib.suppress(OSError):
            AUTOGROUP.write_text(str(steps))


def here(run: Run) -> Iterator[Event]:
    """Carry a run out in this very process, whose lock it holds, at once; its events. Raises SdaError when it fails."""
    run.sign()
    with locks.place(run.folder.parent), contextlib.closing(carried_out(run)) as events:
        for event in events:
            if event.kind == "failed":
                raise SdaError(event.message)
            yield event


def carried_out(run: Run) -> Iterator[Event]:
    """Learn until the end or STOP; every event, once it is written down. The door where surprises become a sentence."""
    for folder in {run.folder, run.model_path.parent}:
        sweep(folder)  # what a killed process left half-written
    ended, last = "stopped", Event("progress")
    try:
        for last in _recorded(run, _learned(run)):
            if last.kind != "done":
                yield last
        if last.kind == "done":
            ended = "finished"
        else:
            metrics = library.entry(run.model_path).metrics
            last = Event("done", last.step, last.of, metrics, _stopped(run))
    except SdaError as error:
        ended, last = "failed", Event("failed", message=str(error))
    except Exception as error:
        _note(run)
        where = f"{run.folder / 'log.txt'} shows where"
        sentence = f"{run.act} failed. {faults.sentence(error, where)}"
        ended, last = "failed", Event("failed", message=sentence)
    except (KeyboardInterrupt, GeneratorExit):
        _end(run, ended, Event("done", last.step, last.of, message=_stopped(run)))
        raise
    _end(run, ended, last)
    yield last


def with_sliders(run: Run, done: Event) -> Iterator[Event]:
    """Try the finished model's sliders out; the last event says so if that can't be done: the model is good."""
    from sda_lib.sliders.fit import try_out

    try:
        if _wants_sliders(run):
            yield from (event for event in try_out(run.model_path) if event.kind != "done")
    except Exception:
        _note(run)
        said = f"{done.message} It has no sliders: they could not be tried out, and {run.folder / 'log.txt'} says why."
        done = dataclasses.replace(done, message=said)
    yield done


def _wants_sliders(run: Run) -> bool:
    """Whether sliders are tried out; unless somebody said so, where a training wants them, or where the model had some
    before a fine-tune moved what they lead through."""
    from sda_lib.model.model import SdaModel
    from sda_lib.sliders.fit import wanted

    if run.job.sliders is not None:
        return run.job.sliders
    if run.growing is None:
        return wanted(run.recipe)
    tuned = run.growing.steps is None and run.growing.minutes > 0
    return tuned and SdaModel.load(run.model_path).sliders is not None


def _learned(run: Run) -> Iterator[Event]:
    """Carry out what the run is for, and try the sliders out."""
    with contextlib.closing(_trained(run) if run.growing is None else _grown(run)) as events:
        for event in events:
            if event.kind == "done":
                yield from with_sliders(run, event)
            else:
                yield event


def _trained(run: Run) -> Iterator[Event]:
    corpus = Corpus.from_folder(run.corpus_folder)
    from sda_lib.training.train import learn  # torch takes seconds to load, so it comes when there is work for it

    yield from learn(corpus, run.recipe, run.model_path, run.name, run.job.device, checkpoint=run.folder, resume=True)


def _grown(run: Run) -> Iterator[Event]:
    """Grow the model as it was when the run was begun, whatever has become of it since."""
    if run.events()[0]:
        yield Event("progress", message=f"It {run.again}.")
    corpus = Corpus.from_paths(run.job.sounds)
    from sda_lib.growing.grow import grow
    from sda_lib.model.model import SdaModel

    how = run.growing
    model = SdaModel.load(run.folder / ORIGIN)
    yield from grow(model, corpus, run.model_path, run.name, how.minutes, how.steps, how.keep, how.seed)


def _recorded(run: Run, events: Iterator[Event]) -> Iterator[Event]:
    """Append events until the stream or STOP ends it; the one that says done is left to who knows how it ended."""
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
    run.append(event)
    write_beside(run.folder / "state", ended.encode())
    if ended == "finished":
        for name in (CHECKPOINT, ORIGIN):
            (run.folder / name).unlink(missing_ok=True)


def _stopped(run: Run) -> str:
    there = run.model_path.exists()
    return f"Stopped; the best so far is in {run.model_path}." if there else "Stopped before there was a model."


def _never_began(run: Run) -> Iterator[Event]:
    event = Event("done", message=f"{run.act} of {run.name} was stopped before it began.")
    _end(run, "stopped", event)
    yield event


def _note(run: Run) -> None:
    """Keep where it went wrong."""
    with (run.folder / "log.txt").open("a") as log:
        traceback.print_exc(file=log)


@contextlib.contextmanager
def _turn(run: Run) -> Iterator[bool]:
    """Wait until no other run of the folder works and none waits that was begun before; yields whether the turn came,
    which it never does after STOP."""
    while not (run.folder / "STOP").exists():
        if not _others_first(run):
            with locks.place(run.folder.parent) as free:
                if free:
                    (run.folder / "queued").unlink(missing_ok=True)
                    yield True
                    return
        if not (run.folder / "queued").exists():
            write_beside(run.folder / "queued", b"")
        time.sleep(LOOK_AGAIN)
    yield False


def _others_first(run: Run) -> bool:
    waiting = (one for one in manage.runs(run.folder.parent) if (one.folder / "queued").exists())
    return any(one.created < run.created and one.state == "queued" for one in waiting)


def _inherited(run: Run) -> contextlib.AbstractContextManager[int] | None:
    """The lock that `start` handed to this process, if it did."""
    file = os.environ.pop(manage.LOCK_VARIABLE, None)
    return locks.handed_over(int(file), run.model_path) if file else None
