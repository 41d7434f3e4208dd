"""Jobs: training in a process of its own, which outlives the page, the kernel and the terminal that began it.

A run is a folder: job.json and recipe.json (what to do), events.jsonl (what happened), log.txt (what it said), pid,
STOP (please end), state (how it ended). Who trains into an `.sda` holds a lock beside it, which the system frees when
the process dies: so a dead run is known at once, and two pages can't train into one file.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.files import write_beside
from sda_lib.sound.corpus import Corpus
from sda_lib.studio import library
from sda_lib.studio.events import Event

LOCK_VARIABLE = "SDA_LOCK"
"""The environment variable that tells the child which open file is its lock."""

FASTEST_PROGRESS = 0.1
"""Seconds between two progress events that are written down; a page draws no faster."""


@dataclass(frozen=True)
class Run:
    """One training run, read from its folder."""

    folder: Path

    @property
    def name(self) -> str:
        return str(self._job()["name"])

    @property
    def created(self) -> float:
        """Seconds since 1970."""
        return float(self._job()["created"])

    @property
    def corpus_folder(self) -> Path:
        return Path(self._job()["corpus"])

    @property
    def model_path(self) -> Path:
        return Path(self._job()["out"])

    @property
    def recipe(self) -> Recipe:
        return Recipe.from_json(self._text("recipe.json"))

    @property
    def state(self) -> str:
        """running, finished, stopped, failed, or died (its process ended without a word)."""
        ended = self._text("state")
        if ended:
            return ended
        if _holder(self.model_path) == str(self.folder):
            return "running"
        return self._text("state") or "died"  # it may have ended between the two looks

    @property
    def message(self) -> str:
        """How the run ended, as a sentence; empty while it runs."""
        if self.state == "running":
            return ""
        if self.state == "died":
            return f"Training of {self.name} ended unexpectedly; {self.folder / 'log.txt'} says more."
        ends = [event.message for event in self.events()[0] if event.kind in ("done", "failed")]
        return ends[-1] if ends else ""

    def events(self, since: int = 0) -> tuple[tuple[Event, ...], int]:
        """The events written after byte `since`, and where to go on next time; a half-written last line waits."""
        try:
            with (self.folder / "events.jsonl").open("rb") as file:
                file.seek(since)
                data = file.read()
        except FileNotFoundError:
            return (), since
        whole = data[: data.rfind(b"\n") + 1]
        return tuple(Event.from_json(line) for line in whole.decode().splitlines()), since + len(whole)

    def _job(self) -> dict[str, object]:
        try:
            return json.loads(self._text("job.json"))
        except ValueError as error:
            raise SdaError(f"{self.folder} is not a training run; start one with `sda train`.") from error

    def _text(self, name: str) -> str:
        try:
            return (self.folder / name).read_text()
        except OSError:
            return ""


def start(runs_folder: str | Path, corpus_folder: str | Path, recipe: Recipe, out: str | Path, name: str) -> Run:
    """Train in a new process and return at once. Raises SdaError when `out` is being trained already."""
    corpus, out = Path(corpus_folder).expanduser().resolve(), Path(out).expanduser().resolve()
    if not corpus.is_dir():
        raise SdaError(f"There is no folder {corpus}; check the path.")
    run = Run(_new_folder(Path(runs_folder).expanduser().resolve(), name))
    with _lock(out, str(run.folder), keep=True) as lock:
        job = {"name": name, "corpus": str(corpus), "out": str(out), "created": time.time()}
        write_beside(run.folder / "recipe.json", recipe.to_json().encode())
        write_beside(run.folder / "job.json", json.dumps(job).encode())
        _launch(run, lock)
    return run


def stop(run: Run) -> None:
    """Ask the run to end; it keeps the best model so far."""
    write_beside(run.folder / "STOP", b"")


def make_sliders(model_path: str | Path) -> subprocess.Popen[bytes]:
    """Try the sliders of an `.sda` out and keep them in it, in a new process; returns it at once."""
    command = [sys.executable, "-m", "sda_lib", "sliders", str(model_path), "--anew"]
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )


def runs(runs_folder: str | Path) -> tuple[Run, ...]:
    """Every run of the folder, newest first."""
    found = [Run(path.parent) for path in Path(runs_folder).expanduser().resolve().glob("*/job.json")]
    return tuple(sorted(found, key=lambda run: run.created, reverse=True))


def work(folder: str | Path) -> None:
    """What the process of a run does: learn, write the events down, end when STOP appears."""
    run = Run(Path(folder).resolve())
    signal.signal(signal.SIGTERM, lambda *_: stop(run))
    with _inherited(run) or _lock(run.model_path, str(run.folder)):
        write_beside(run.folder / "pid", str(os.getpid()).encode())
        ended, event = _train(run)
        _append(run, event)
        write_beside(run.folder / "state", ended.encode())


@contextlib.contextmanager
def training_into(out: str | Path) -> Iterator[None]:
    """Hold the lock of an `.sda` while training in this very process."""
    with _lock(Path(out).expanduser().resolve(), f"process {os.getpid()}"):
        yield


def _train(run: Run) -> tuple[str, Event]:
    """Learn until the end or STOP; returns the state and the last event. The door where surprises become a sentence."""
    try:
        corpus = Corpus.from_folder(run.corpus_folder)
        from sda_lib.studio.train import learn  # torch takes seconds to load, so it comes when there is work for it

        events = learn(corpus, run.recipe, run.model_path, run.name)
        with contextlib.closing(events):
            last = _record(run, events)
    except SdaError as error:
        return "failed", Event("failed", message=str(error))
    except Exception as error:
        traceback.print_exc()
        sentence = f"Training failed ({type(error).__name__}); {run.folder / 'log.txt'} says where."
        return "failed", Event("failed", message=sentence)
    if last.kind == "done":
        return "finished", _with_sliders(run, last)
    metrics = library.entry(run.model_path).metrics
    return "stopped", Event("done", last.step, last.of, metrics, f"Stopped; the best so far is in {run.model_path}.")


def _with_sliders(run: Run, done: Event) -> Event:
    """Try the finished model's sliders out; the last event, which says so if that can't be done: the model is good."""
    from sda_lib.studio.sliders import try_out, wanted

    try:
        if wanted(run.recipe):
            _record(run, try_out(run.model_path))
    except Exception:
        traceback.print_exc()
        said = f"{done.message}, without sliders: they could not be tried out, and {run.folder / 'log.txt'} says why"
        return dataclasses.replace(done, message=said)
    return done


def _record(run: Run, events: Iterable[Event]) -> Event:
    """Append events until the stream or STOP ends it; returns the last one, unwritten when it says done."""
    event, drawn = Event("progress"), 0.0
    for event in events:
        if event.kind == "done":
            return event
        if event.kind != "progress" or time.monotonic() - drawn >= FASTEST_PROGRESS:
            drawn = time.monotonic()
            _append(run, event)
        if (run.folder / "STOP").exists():
            break
    return event


def _append(run: Run, event: Event) -> None:
    with (run.folder / "events.jsonl").open("a") as file:
        file.write(event.to_json() + "\n")


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
        raise SdaError(f"{runs_folder} can't be written ({error.strerror}); choose another folder.") from error
    raise AssertionError("itertools.count never ends")


_children: list[subprocess.Popen] = []


def _launch(run: Run, lock: int) -> None:
    """Begin the child with the lock's open file handed over: the lock is held without a gap until the child ends."""
    _children[:] = [child for child in _children if child.poll() is None]  # collects those that have ended
    with (run.folder / "log.txt").open("wb") as log:
        _children.append(
            subprocess.Popen(
                [sys.executable, "-m", "sda_lib", "work", str(run.folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(lock,),
                env={**os.environ, LOCK_VARIABLE: str(lock)},
            )
        )


# --- the lock of an .sda: a hidden file beside it, locked by the system for as long as its holder lives --------------


@contextlib.contextmanager
def _lock(out: Path, holder: str, keep: bool = False) -> Iterator[int]:
    """Hold the lock of `out` in the holder's name and yield its open file; `keep` leaves it to a child that got it."""
    path = _lock_path(out)
    file = _locked_file(path, out)
    try:
        os.truncate(file, 0)
        os.pwrite(file, holder.encode(), 0)
        yield file
    except BaseException:
        keep = False
        raise
    finally:
        if not keep:
            path.unlink(missing_ok=True)
        os.close(file)


def _locked_file(path: Path, out: Path) -> int:
    for _ in range(LOCK_TRIES):
        file = _open_lock(path)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(file).st_ino == path.stat().st_ino:
                return file
        except (BlockingIOError, FileNotFoundError):
            time.sleep(0.02)  # someone looks at the lock, or the last holder is just taking the file away
        os.close(file)
    raise SdaError(f"{out.name} is being trained already; wait for it, stop it, or choose another name.")


LOCK_TRIES = 10


def _open_lock(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise SdaError(f"{path.parent} can't be written ({error.strerror}); choose another folder.") from error


@contextlib.contextmanager
def _handed_over(file: int, out: Path) -> Iterator[int]:
    try:
        yield file
    finally:
        _lock_path(out).unlink(missing_ok=True)
        os.close(file)


def _inherited(run: Run) -> contextlib.AbstractContextManager[int] | None:
    """The lock that `start` handed to this process, if it did."""
    file = os.environ.pop(LOCK_VARIABLE, None)
    return _handed_over(int(file), run.model_path) if file else None


def _holder(out: Path) -> str:
    """Who holds the lock of `out`; empty when nobody does."""
    try:
        file = os.open(_lock_path(out), os.O_RDONLY)
    except OSError:
        return ""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return ""
    except BlockingIOError:
        return os.pread(file, 4096, 0).decode(errors="replace")
    finally:
        os.close(file)


def _lock_path(out: Path) -> Path:
    return out.with_name(f".{out.stem}.lock")
