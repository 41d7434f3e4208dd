"""Start, resume, stop and delete training runs: processes that outlive the page, kernel or terminal they start from.

A run is a folder with these files:

- job.json and recipe.json: what to do
- events.jsonl: the events recorded so far
- log.txt: the output of the process
- process.json: the process and when it was started
- checkpoint.safetensors: the state of the run at most some seconds ago
- origin.sda: the model to be grown, as it was; such a run has no recipe and no checkpoint, and restarts from this file
- STOP: a request to end
- queued: the run waits for another one
- state: how the run ended

A process that trains into an `.sda` holds a lock beside it, which the operating system releases when the process dies:
so a dead run is detected at once, and two pages can't train into one file. One run of a folder works at a time; the
others are queued in the order in which they were created.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sda_lib.errors import SdaError
from sda_lib.file_names import printable, safe_stem
from sda_lib.files import part_folder, place, unwritable, write_atomically
from sda_lib.home import Home
from sda_lib.runs import locks
from sda_lib.runs.job import GrowOptions as GrowOptions
from sda_lib.runs.job import Job
from sda_lib.runs.run import BASE_MODEL, Run, list_runs
from sda_lib.runs.run import find_run as find_run
from sda_lib.trash import move_to_trash

# Environment variable that gives the child process the file descriptor of its lock.
LOCK_VARIABLE = "SDA_LOCK"
# Files that are deleted when a run is resumed.
FILES_OF_ATTEMPT = ("STOP", "state", "queued", "process.json")


@contextlib.contextmanager
def create_run(runs_folder: str | Path, job: Job, keep: bool = False) -> Iterator[tuple[Run, int]]:
    """Create a run and yield it with the lock of its model (`keep`: the lock is left to a child process).

    Raises SdaError when the model is already being trained, and for an invalid job.
    """
    job = job.checked()
    with locks.lock(job.out, f"process {os.getpid()}", keep) as lock:
        run = _new_run(Path(runs_folder).expanduser().resolve(), job)
        locks.name_holder(lock, str(run.folder), locks.lock_path(job.out))
        yield run, lock


@contextlib.contextmanager
def reopen_run(run: Run, keep: bool = False, out: Path | None = None) -> Iterator[tuple[Run, int]]:
    """Prepare an unfinished run for resuming and yield it with the lock of its model.

    `out` confirms a model outside the data folder. Raises SdaError when the run is running or finished, when its sounds
    are missing, when a later run has trained its model, and for a model that `check_target` refuses.
    """
    _check_exists(run)
    if run.ended == "finished":
        raise SdaError(f"{run.name} is finished; there is nothing to resume.")
    check_target(run, out)
    with locks.lock(run.model_path, str(run.folder), keep) as lock:
        later = [one for one in list_runs(run.folder.parent) if one.created > run.created]
        if any(one.model_path == run.model_path for one in later):
            raise SdaError(f"A later run has trained {run.model_path.name}; resume that one, or train another name.")
        for path in run.job.sounds:
            if not path.exists():
                raise SdaError(f"{path} is missing; put the sounds back to resume.")
        for name in FILES_OF_ATTEMPT:
            (run.folder / name).unlink(missing_ok=True)
        run.complete_last_line()
        yield run, lock


def _check_exists(run: Run) -> None:
    """Raise SdaError for a run that another process has deleted since it was listed."""
    if not run.exists:
        raise SdaError(f"{run.folder.name} is no longer there: it was deleted. Start the training again.")


def start(runs_folder: str | Path, job: Job) -> Run:
    """Start a job in a new process and return its run at once.

    The process waits while another run of the folder works. Raises SdaError as `create_run` does.
    """
    with create_run(runs_folder, job, keep=True) as (run, lock):
        _launch(run, lock)
    return run


def check_target(run: Run, out: Path | None = None) -> None:
    """Raise SdaError unless the run's model is an `.sda` file below the data folder, or is `out`.

    A run's folder may come from somebody else, and what it names would be overwritten.
    """
    path, home = run.model_path.expanduser().resolve(), Home.from_environment()
    if path.suffix != ".sda":
        raise SdaError(
            f"{run.folder.name} names {printable(path)} as its model, which is no .sda file; delete the run."
        )
    if out is not None and out.expanduser().resolve() == path:
        return
    folders = [home.folder.resolve(), *([run.folder.parents[1]] if run.folder.parent.name == home.runs.name else [])]
    if out is not None or not any(path.is_relative_to(folder) for folder in folders):
        where = f"writes its model to {printable(path)}, which is not in your data folder"
        raise SdaError(f"{run.folder.name} {where}; if you want that: sda runs resume RUN --out PATH.")


def resume(run: Run, out: Path | None = None) -> Run:
    """Resume a stopped, failed or crashed run in a new process from its last checkpoint.

    A run that grows a model restarts from the beginning. `out` and errors are those of `reopen_run`.
    """
    with reopen_run(run, True, out) as (_, lock):
        _launch(run, lock)
    return run


def stop(run: Run) -> None:
    """Request the run to end; it keeps the best model so far. Raises SdaError for a run that was deleted."""
    _check_exists(run)
    write_atomically(run.folder / "STOP", b"")


def delete(run: Run, trash: Path | None = None) -> Path:
    """Move a run's folder to a trash and return its new path; the model stays.

    Without `trash`, the one beside the runs folder is used. Raises SdaError while the run is running or queued.
    """
    if run.alive:
        raise SdaError(f"{run.name} is {run.state}; stop it before it is deleted.")
    if run.problem:
        raise SdaError(run.problem)
    return move_to_trash(run.folder, trash or Home(run.folder.parent.parent).trash)


def make_sliders(model_path: str | Path) -> subprocess.Popen[bytes]:
    """Fit the sliders of an `.sda` and save them in it, in a new process; returns the process at once.

    Its output has a line for each step (`work_steps.WorkStep`).
    """
    return _spawn("sliders", str(model_path), "--refit", stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def make_prior(model_path: str | Path, minutes: float) -> subprocess.Popen[bytes]:
    """Train a prior for an `.sda` and save it in it, in a new process; returns the process at once.

    The last line of its output describes the prior, or says on its error output what failed.
    """
    words = ("prior", str(model_path), "--minutes", f"{minutes:g}")
    return _spawn(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _new_run(runs_folder: Path, job: Job) -> Run:
    """Create the folder of a run, named by date and model, with a number if the name is taken.

    It gets its name when it is complete.
    """
    folder = runs_folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{safe_stem(job.name, 'run')}"
    try:
        with part_folder(folder) as parts:
            new = parts / "run"
            if job.recipe is not None:
                write_atomically(new / "recipe.json", job.recipe.to_json().encode())
            if job.growing is not None:
                base = job.growing.base
                write_atomically(new / BASE_MODEL, lambda path: shutil.copyfile(base, path))
            plain = {**job.to_plain(), "created": _created(runs_folder)}
            write_atomically(new / "job.json", json.dumps(plain).encode())
            return Run(place(new, folder, "-"))
    except OSError as error:
        raise unwritable(runs_folder, error) from error


def _created(runs_folder: Path) -> float:
    """Return the time in seconds since 1970, or just after the newest run's if the clock was set back since."""
    return max([time.time(), *(run.created + 0.001 for run in list_runs(runs_folder))])


_children: list[subprocess.Popen] = []


def _launch(run: Run, lock: int) -> None:
    """Start the child process with the lock's open file, so that the lock is held without a gap until it ends."""
    _children[:] = [child for child in _children if child.poll() is None]  # drops processes that have ended
    with locks.work_slot(run.folder.parent) as free:
        if not free:
            write_atomically(run.folder / "queued", b"")  # so that its state is right before the process starts
    inherited: dict[str, Any] = {}
    if os.name != "nt":  # on Windows the child takes the lock itself
        inherited = {"pass_fds": (lock,), "env": {**os.environ, LOCK_VARIABLE: str(lock)}}
    with (run.folder / "log.txt").open("ab") as log:
        _children.append(_spawn("work", str(run.folder), stdout=log, stderr=subprocess.STDOUT, **inherited))


def _spawn(*arguments: str, **options: Any) -> subprocess.Popen[Any]:
    """Start the command line in a new process and session."""
    command = [sys.executable, "-m", "sda_lib", *arguments]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, **options)
