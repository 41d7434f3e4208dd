"""Read training runs from their folders (manage.py describes the files in one)."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from sda_lib import safe_json
from sda_lib.config import Recipe
from sda_lib.errors import SdaError, explained_as
from sda_lib.events import Event
from sda_lib.files import append, write_atomically
from sda_lib.processes import is_running, start_time
from sda_lib.runs import locks
from sda_lib.runs.job import GrowOptions, Job
from sda_lib.typed_fields import Fields

# File of a run that holds the model to be grown, as it was when the run was created.
BASE_MODEL = "origin.sda"
# States of a run whose process is alive.
ALIVE = ("queued", "running")
# States of a run that ended before it was finished.
RESUMABLE = ("stopped", "failed", "died")

Found = TypeVar("Found")


@dataclass(frozen=True)
class Run:
    """A training run, read from its folder."""

    folder: Path

    @property
    def name(self) -> str:
        """Name of the run's model."""
        return str(self._facts["name"])

    @property
    def created(self) -> float:
        """When the run was created, in seconds since 1970."""
        return float(self._facts["created"])

    @property
    def job(self) -> Job:
        """The job of the run, without the recipe."""
        return Job.from_plain(self._facts)

    @property
    def growing(self) -> GrowOptions | None:
        """How the run grows a model; None if it trains one."""
        return self.job.growing

    @property
    def corpus_folder(self) -> Path:
        """The folder that contains the run's sounds; if it grows a model, the folder may contain other files too."""
        return Path(self._facts["corpus"])

    @property
    def model_path(self) -> Path:
        """The file of the model that the run writes."""
        return Path(self._facts["out"])

    @property
    def recipe(self) -> Recipe:
        """The recipe of a training."""
        return Recipe.from_json(self._text("recipe.json"))

    @property
    def ended(self) -> str:
        """How the run ended: finished, stopped or failed; empty if its process has not recorded an end."""
        return self._text("state")

    @property
    def state(self) -> str:
        """One of queued, running, finished, stopped, failed, or died (its process ended unexpectedly)."""
        if ended := self.ended:
            return ended
        if self._lives():
            return "queued" if (self.folder / "queued").exists() else "running"
        return self.ended or "died"  # read again: it may have ended since the first read

    @property
    def alive(self) -> bool:
        """Whether the run is queued or running."""
        return self.state in ALIVE

    @property
    def resumable(self) -> bool:
        """Whether the run ended before it was finished."""
        return self.state in RESUMABLE

    @property
    def message(self) -> str:
        """One sentence on how the run ended or that it is queued; empty while it runs."""
        state = self.state
        if state == "queued":
            return f"{self.name} waits for the run before it to end."
        if state == "running":
            return ""
        if state == "died":
            log = self.folder / "log.txt"
            ended = f"{self.kind} of {self.name} ended unexpectedly; resume it, or see {log}."
            return ended if self.growing is None else f"{ended} It {self.on_resume}."
        ends = [event.message for event in self.events()[0] if event.kind in ("done", "failed")]
        return ends[-1] if ends else ""

    @property
    def kind(self) -> str:
        """Training or Growing, as the first word of a sentence."""
        return "Training" if self.growing is None else "Growing"

    @property
    def on_resume(self) -> str:
        """What resuming the run does, as a phrase after "it"."""
        if self.growing is None:
            return "continues from its last checkpoint"
        return f"starts again from {self.growing.base.stem} as it was; only the time is lost"

    @property
    def silence(self) -> float:
        """Seconds since the run has recorded its last event; 0 where it has recorded none."""
        try:
            return max(0.0, time.time() - (self.folder / "events.jsonl").stat().st_mtime)
        except OSError:
            return 0.0

    def events(self, since: int = 0) -> tuple[tuple[Event, ...], int]:
        """Return the events recorded so far, and the offset to continue from.

        An incomplete last line is left for the next call; one truncated by a kill is skipped.

        Args:
            since: byte from which on events are read; 0 is the first.

        Example:
            >>> events, offset = run.events()
            >>> events[-1].kind, run.events(offset)[0]
            ('done', ())
        """
        try:
            with (self.folder / "events.jsonl").open("rb") as file:
                file.seek(since)
                data = file.read()
        except FileNotFoundError:
            return (), since
        lines, found = data[: data.rfind(b"\n") + 1], []
        for line in lines.split(b"\n"):
            with contextlib.suppress(ValueError, TypeError):
                found.append(Event.from_json(line.decode()))
        return tuple(found), since + len(lines)

    def append(self, event: Event) -> None:
        """Record an event."""
        append(self.folder / "events.jsonl", f"{event.to_json()}\n")

    def complete_last_line(self) -> None:
        """Complete a last line that a kill truncated, so that the next event begins a new one."""
        file = self.folder / "events.jsonl"
        if file.exists() and not file.read_bytes().endswith(b"\n"):
            append(file, "\n")

    def record_process(self) -> None:
        """Record the current process as the one that carries out the run."""
        facts = {"pid": os.getpid(), "born": start_time(os.getpid())}
        write_atomically(self.folder / "process.json", json.dumps(facts).encode())

    def _lives(self) -> bool:
        if locks.holder(self.model_path) != str(self.folder):
            return False
        try:  # a child of the dead trainer may still hold its lock
            facts = safe_json.parse(self._text("process.json") or "null")
            return facts is None or is_running(int(facts["pid"]), str(facts["born"]))
        except (ValueError, KeyError, TypeError):
            return True

    @property
    def problem(self) -> str:
        """Why the folder can't be read as a run, in one sentence; empty if it can."""
        try:
            _ = self._facts
        except SdaError as error:
            return str(error)
        return ""

    @property
    def exists(self) -> bool:
        """Whether the folder of the run is still there."""
        return (self.folder / "job.json").exists()

    @cached_property
    def _facts(self) -> dict[str, Any]:
        """What job.json says. It never changes, and is read once: another process may delete the run meanwhile."""
        with explained_as(f"{self.folder} is not a training run; start one with `sda train`.", safe_json.MALFORMED):
            facts = safe_json.parse(self._text("job.json"))
            Job.from_plain(facts)
            Fields(facts).number("created")
            return facts

    def _text(self, name: str) -> str:
        try:
            return (self.folder / name).read_text()
        except (OSError, UnicodeDecodeError):
            return ""


def list_runs(runs_folder: str | Path) -> tuple[Run, ...]:
    """Return every run of the folder, newest first; folders that can't be read as runs are skipped."""
    found = [run for run in _folders(runs_folder) if not run.problem]
    return tuple(sorted(found, key=lambda run: run.created, reverse=True))


def describe_runs(runs_folder: str | Path, describe: Callable[[Run], Found]) -> list[Found]:
    """Return what `describe` gives for every run, newest first, without those that are deleted meanwhile."""
    found = [(run, describe(run)) for run in list_runs(runs_folder)]
    return [one for run, one in found if run.exists]


def unreadable(runs_folder: str | Path) -> tuple[Run, ...]:
    """Return the folders that have a `problem`, by name."""
    return tuple(run for run in _folders(runs_folder) if run.problem and run.exists)


def _folders(runs_folder: str | Path) -> list[Run]:
    return [Run(path.parent) for path in sorted(Path(runs_folder).expanduser().resolve().glob("*/job.json"))]


def find_run(runs_folder: str | Path, which: str | Path) -> Run:
    """Return a run by "last", its folder's name or path, or its model's name or file (the newest such run).

    Raises SdaError, listing existing runs, when there is no such run.
    """
    known = list_runs(runs_folder)
    path = Path(which).expanduser().resolve()
    if which != "last" and (path / "job.json").exists():
        return Run(path)
    for run in known:
        if str(which) in ("last", run.folder.name, run.name) or path == run.model_path:
            return run
    names = ", ".join(run.folder.name for run in known[:5])
    raise SdaError(f"There is no run {which}; {f'there are {names}' if names else 'start one with `sda train`'}.")


def learned_from(model_path: str | Path, *runs_folders: str | Path) -> Path | None:
    """Return the folder that a model was trained on, according to the newest run that wrote it.

    None when no run is known, the folder is missing, or the model has since grown by other sounds.
    """
    path = Path(model_path).expanduser().resolve()
    wrote = [run for folder in runs_folders for run in list_runs(folder) if run.model_path == path]
    run = max(wrote, key=lambda one: one.created, default=None)
    return run.corpus_folder if run and run.growing is None and run.corpus_folder.is_dir() else None
