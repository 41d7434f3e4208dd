"""Jobs: training in a process of its own, which outlives the page, the kernel and the terminal that began it.

A run is a folder: job.json and recipe.json (what to do), events.jsonl (what happened), log.txt (what it said),
process.json (which process, begun when), checkpoint.safetensors (the run as it stood some seconds ago), origin.sda (the
model that is to grow, as it was: such a run has no recipe of its own and no checkpoint, and begins again from here),
STOP (please end), queued (it waits for another run), state (how it ended). Who trains into an `.sda` holds a lock
beside it, which the system frees when the process dies: so a dead run is known at once, and two pages can't train into
one file. One run of a folder works at a time; the others wait, those first that were begun first.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from sda_lib import faults
from sda_lib.errors import SdaError
from sda_lib.files import write_beside
from sda_lib.home import Home
from sda_lib.runs import locks
from sda_lib.runs.job import Growing as Growing
from sda_lib.runs.job import Job as Job
from sda_lib.runs.locks import training_into as training_into
from sda_lib.runs.run import ORIGIN
from sda_lib.runs.run import Run as Run
from sda_lib.runs.run import find as find
from sda_lib.runs.run import runs as runs
from sda_lib.trash import throw_away

LOCK_VARIABLE = "SDA_LOCK"
"""The environment variable that tells the child which open file is its lock."""
OF_ONE_GO = ("STOP", "state", "queued", "process.json")
"""What a run that is taken up again leaves behind."""


@contextlib.contextmanager
def begun(runs_folder: str | Path, job: Job, keep: bool = False) -> Iterator[tuple[Run, int]]:
    """A new run, and the lock of its model, held (`keep`: left to a child). Raises SdaError when the model is being
    trained already, and for what can't be done."""
    job = job.checked()
    run = Run(_new_folder(Path(runs_folder).expanduser().resolve(), job.name))
    try:
        with locks.lock(job.out, str(run.folder), keep) as lock:
            if job.recipe is not None:
                write_beside(run.folder / "recipe.json", job.recipe.to_json().encode())
            if job.growing is not None:
                write_beside(run.folder / ORIGIN, lambda path: shutil.copyfile(job.growing.origin, path))
            plain = {**job.to_plain(), "created": time.time()}
            write_beside(run.folder / "job.json", json.dumps(plain).encode())
            yield run, lock
    finally:
        if not (run.folder / "job.json").exists():
            shutil.rmtree(run.folder, ignore_errors=True)


@contextlib.contextmanager
def taken_up(run: Run, keep: bool = False) -> Iterator[tuple[Run, int]]:
    """A run that ended before its time, made ready to go on, and the lock of its model. Raises SdaError when it runs,
    is finished, or its model has been trained by a later run."""
    with locks.lock(run.model_path, str(run.folder), keep) as lock:
        if run._text("state") == "finished":
            raise SdaError(f"{run.name} is finished; there is nothing to resume.")
        later = [one for one in runs(run.folder.parent) if one.created > run.created]
        if any(one.model_path == run.model_path for one in later):
            raise SdaError(f"A later run has trained {run.model_path.name}; resume that one, or train another name.")
        for path in run.job.sounds:
            if not path.exists():
                raise SdaError(f"There is no {path} any more; bring the sounds back to resume.")
        for name in OF_ONE_GO:
            (run.folder / name).unlink(missing_ok=True)
        run.mend()
        yield run, lock


def start(runs_folder: str | Path, job: Job) -> Run:
    """Carry a job out in a new process and return at once; it waits for its turn while another run of the folder works.
    Raises SdaError as `begun` does."""
    with begun(runs_folder, job, keep=True) as (run, lock):
        _launch(run, lock)
    return run


def resume(run: Run) -> Run:
    """Let a run that was stopped, failed or died go on in a new process, where its last checkpoint stands; one in which
    a model grows begins again. Raises SdaError when it can't."""
    with taken_up(run, keep=True) as (_, lock):
        _launch(run, lock)
    return run


def stop(run: Run) -> None:
    """Ask the run to end; it keeps the best model so far."""
    write_beside(run.folder / "STOP", b"")


def delete(run: Run, trash: Path | None = None) -> Path:
    """Move a run's folder to a trash (None: the one beside the folder of runs) and return where it is; its model stays.
    Raises SdaError while it is running or waiting."""
    if run.alive:
        raise SdaError(f"{run.name} is {run.state}; stop it before it is deleted.")
    run._job()  # nothing but a run is deleted
    return throw_away(run.folder, trash or Home(run.folder.parent.parent).trash)


def make_sliders(model_path: str | Path) -> subprocess.Popen[bytes]:
    """Try the sliders of an `.sda` out and keep them in it, in a new process; returns it at once."""
    command = [sys.executable, "-m", "sda_lib", "sliders", str(model_path), "--anew"]
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )


def _new_folder(runs_folder: Path, name: str) -> Path:
    """Make a folder named by date and model that nobody has yet."""
    plain = re.sub(r"[^\w.-]+", "_", name).strip("._") or "run"
    stamp = time.strftime("%Y%m%d-%H%M%S")
    try:
        runs_folder.mkdir(parents=True, exist_ok=True)
        for count in itertools.count(1):
            folder = runs_folder / (f"{stamp}-{plain}" if count == 1 else f"{stamp}-{plain}-{count}")
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
                return folder
    except OSError as error:
        faults.pass_on(error)
        raise SdaError(f"{runs_folder} can't be written ({error.strerror}); choose another folder.") from error
    raise AssertionError("itertools.count never ends")


_children: list[subprocess.Popen] = []


def _launch(run: Run, lock: int) -> None:
    """Begin the child with the lock's open file handed over: the lock is held without a gap until the child ends."""
    _children[:] = [child for child in _children if child.poll() is None]  # collects those that have ended
    with locks.place(run.folder.parent) as free:
        if not free:
            write_beside(run.folder / "queued", b"")  # so that nobody takes it for running before it looks itself
    with (run.folder / "log.txt").open("ab") as log:
        _children.append(
            subprocess.Popen(
                [sys.executable, "-m", "sda_lib", "work", str(run.folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **_heirloom(lock),
            )
        )


def _heirloom(lock: int) -> dict[str, object]:
    """How a child gets an open file. On Windows it can't, and takes the lock itself."""
    if os.name == "nt":
        return {}
    return {"pass_fds": (lock,), "env": {**os.environ, LOCK_VARIABLE: str(lock)}}
