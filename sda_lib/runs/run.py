"""Runs: what is known of trainings, read from their folders (jobs.py says what is in one)."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sda_lib import plain_data
from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.events import Event
from sda_lib.files import write_beside
from sda_lib.processes import birth, is_there
from sda_lib.runs import locks
from sda_lib.runs.job import Growing, Job

ORIGIN = "origin.sda"
"""The file of a run with the model that is to grow, as it was when the run was begun."""
ALIVE = ("queued", "running")
"""States of a run whose process is there."""


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
    def job(self) -> Job:
        """What it is to do, without the recipe."""
        return Job.from_plain(self._job())

    @property
    def growing(self) -> Growing | None:
        """How a model grows in it; None where one is learned."""
        return self.job.growing

    @property
    def corpus_folder(self) -> Path:
        """The folder that holds its sounds; where a model grows there may be others in it."""
        return Path(self._job()["corpus"])

    @property
    def model_path(self) -> Path:
        return Path(self._job()["out"])

    @property
    def recipe(self) -> Recipe:
        """What a training learns by."""
        return Recipe.from_json(self._text("recipe.json"))

    @property
    def state(self) -> str:
        """queued, running, finished, stopped, failed, or died (its process ended without a word)."""
        ended = self._text("state")
        if ended:
            return ended
        if self._lives():
            return "queued" if (self.folder / "queued").exists() else "running"
        return self._text("state") or "died"  # it may have ended between the two looks

    @property
    def alive(self) -> bool:
        return self.state in ALIVE

    @property
    def resumable(self) -> bool:
        """Whether it has ended before its time."""
        return self.state in ("stopped", "failed", "died")

    @property
    def message(self) -> str:
        """How the run ended, as a sentence; empty while it runs."""
        state = self.state
        if state == "queued":
            return f"{self.name} waits until the training before it has ended."
        if state == "running":
            return ""
        if state == "died":
            said = f"{self.act} of {self.name} ended unexpectedly; resume it, or see {self.folder / 'log.txt'}."
            return said if self.growing is None else f"{said} It {self.again}."
        ends = [event.message for event in self.events()[0] if event.kind in ("done", "failed")]
        return ends[-1] if ends else ""

    @property
    def act(self) -> str:
        """What it does, as sentences begin."""
        return "Training" if self.growing is None else "Growing"

    @property
    def again(self) -> str:
        """What a run does that is resumed."""
        if self.growing is None:
            return "goes on where its last checkpoint stands"
        return f"starts again from {self.growing.origin.stem} as it was; only the time is lost"

    def events(self, since: int = 0) -> tuple[tuple[Event, ...], int]:
        """The events written after byte `since`, and where to go on next time; a half-written last line waits, and one
        that a kill cut off is passed over."""
        try:
            with (self.folder / "events.jsonl").open("rb") as file:
                file.seek(since)
                data = file.read()
        except FileNotFoundError:
            return (), since
        whole = data[: data.rfind(b"\n") + 1]
        return tuple(_events(whole.split(b"\n"))), since + len(whole)

    def append(self, event: Event) -> None:
        """Write down what happened."""
        with (self.folder / "events.jsonl").open("ab") as file:
            file.write(f"{event.to_json()}\n".encode())

    def mend(self) -> None:
        """End a last line that a kill cut off, so that the next event begins one."""
        file = self.folder / "events.jsonl"
        if file.exists() and not file.read_bytes().endswith(b"\n"):
            with file.open("ab") as end:
                end.write(b"\n")

    def sign(self) -> None:
        """Note this process down as the one that carries the run out."""
        facts = {"pid": os.getpid(), "born": birth(os.getpid())}
        write_beside(self.folder / "process.json", json.dumps(facts).encode())

    def _lives(self) -> bool:
        if locks.holder(self.model_path) != str(self.folder):
            return False
        try:  # a child of the dead trainer may hold its lock still
            facts = plain_data.parse(self._text("process.json") or "null")
            return facts is None or is_there(int(facts["pid"]), str(facts["born"]))
        except (ValueError, KeyError, TypeError):
            return True

    @property
    def problem(self) -> str:
        """Why the folder can't be read as a run, in one sentence; empty for a run."""
        try:
            self._job()
        except SdaError as error:
            return str(error)
        return ""

    def _job(self) -> dict[str, object]:
        try:
            facts = plain_data.parse(self._text("job.json"))
            Job.from_plain(facts)
            float(facts["created"])
            return facts
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SdaError(f"{self.folder} is not a training run; start one with `sda train`.") from error

    def _text(self, name: str) -> str:
        try:
            return (self.folder / name).read_text()
        except (OSError, UnicodeDecodeError):
            return ""


def _events(lines: list[bytes]) -> Iterator[Event]:
    for line in lines:
        with contextlib.suppress(ValueError, TypeError):
            yield Event.from_json(line.decode())


def runs(runs_folder: str | Path) -> tuple[Run, ...]:
    """Every run of the folder, newest first; folders that can't be read as runs are passed over."""
    found = [run for run in _folders(runs_folder) if not run.problem]
    return tuple(sorted(found, key=lambda run: run.created, reverse=True))


def unreadable(runs_folder: str | Path) -> tuple[Run, ...]:
    """The folders that have a `problem`, by name."""
    return tuple(run for run in _folders(runs_folder) if run.problem)


def _folders(runs_folder: str | Path) -> list[Run]:
    return [Run(path.parent) for path in sorted(Path(runs_folder).expanduser().resolve().glob("*/job.json"))]


def find(runs_folder: str | Path, which: str | Path) -> Run:
    """The run that is meant: "last", its folder's name or path, or the newest of that model's name or file. Raises
    SdaError that lists those there are."""
    known = runs(runs_folder)
    path = Path(which).expanduser().resolve()
    if which != "last" and (path / "job.json").exists():
        return Run(path)
    fits = [run for run in known if str(which) in ("last", run.folder.name, run.name) or path == run.model_path]
    if fits:
        return fits[0]
    names = ", ".join(run.folder.name for run in known[:5])
    raise SdaError(f"There is no run {which}; {f'there are {names}' if names else 'start one with `sda train`'}.")


def learned_from(model_path: str | Path, *runs_folders: str | Path) -> Path | None:
    """The folder that a model was learned from, as the newest run that wrote it says; None when no run is known, the
    folder is gone, or the model has grown since by other sounds."""
    path = Path(model_path).expanduser().resolve()
    wrote = [run for folder in runs_folders for run in runs(folder) if run.model_path == path]
    run = max(wrote, key=lambda one: one.created, default=None)
    if run is None or run.growing is not None or not run.corpus_folder.is_dir():
        return None
    return run.corpus_folder
