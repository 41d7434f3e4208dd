"""The folder of a sweep: its plan, and of every training the result, the model and the checkpoint so far.

A result names the folder that holds the files of its step. They are written before it, and older ones are deleted after
it, so that a sweep that is killed at any moment goes on from the last part that was finished.
"""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import dataclass
from pathlib import Path

from sda_lib import safe_json
from sda_lib.errors import explained_as
from sda_lib.files import remove_partial_files, write_atomically
from sda_lib.sweeps.halving import TrialState
from sda_lib.sweeps.plan import Trial
from sda_lib.sweeps.trial import MODEL, PartDone
from sda_lib.typed_fields import Fields

RESULT = "result.json"


@dataclass(frozen=True)
class TrialResult:
    """What is known of a training.

    `curve` holds all (step, held-out distance) points, `seconds` is the time of all parts, `problem` says why it
    failed, `folder` has its files, and `processor` is the time of the processor in seconds.
    """

    curve: tuple[tuple[int, float], ...] = ()
    step: int = 0
    ended: bool = False
    seconds: float = 0.0
    problem: str = ""
    folder: str = ""
    processor: float = 0.0

    def after(self, done: PartDone) -> TrialResult:
        """Return the result after one more part."""
        step = max(self.step, done.step)
        folder = f"step-{step:08d}{'-end' if done.ended else ''}"
        spent = self.processor + done.processor
        seconds = self.seconds + done.seconds
        return TrialResult(self.curve + done.curve, step, done.ended, seconds, done.problem, folder, spent)

    @property
    def distance(self) -> float:
        """The smallest held-out distance so far; infinite for a training that failed."""
        return math.inf if self.problem else min((distance for _, distance in self.curve), default=math.inf)

    @property
    def state(self) -> TrialState:
        """What rungs are decided by."""
        return TrialState(self.step, self.distance, self.ended)

    def to_json(self) -> str:
        """Return the result as JSON."""
        return json.dumps({**vars(self), "curve": [list(point) for point in self.curve]})

    @classmethod
    def from_json(cls, text: str) -> TrialResult:
        """Parse the output of `to_json`. Raises ValueError, KeyError or TypeError for anything else."""
        facts = Fields(safe_json.parse(text))
        curve = tuple((int(step), float(distance)) for step, distance in facts.items("curve"))
        return cls(
            curve, facts.whole("step"), facts.switch("ended"), facts.number("seconds"), facts.text("problem"),
            facts.text("folder"), facts.number("processor"),
        )  # fmt: skip


@dataclass(frozen=True)
class SweepFolder:
    """The folder of a sweep."""

    folder: Path

    def result(self, trial: Trial) -> TrialResult:
        """Return what is known of a training. Raises SdaError where it can't be read."""
        path = self._place(trial) / RESULT
        if not path.exists():
            return TrialResult()
        remedy = f"{path} can't be read; delete {path.parent} to train it again."
        with explained_as(remedy, (*safe_json.MALFORMED, OSError)):
            return TrialResult.from_json(path.read_text())

    def files(self, trial: Trial, result: TrialResult) -> dict[str, bytes]:
        """Return the model and the checkpoint of a result by name; empty for a training that has not begun."""
        folder = self._place(trial) / result.folder
        if not result.folder or Path(result.folder).name != result.folder or not folder.is_dir():
            return {}
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if not path.name.startswith(".")}

    def model(self, trial: Trial, result: TrialResult) -> Path:
        """Return the path of a training's model."""
        return self._place(trial) / result.folder / MODEL

    def add(self, trial: Trial, before: TrialResult, done: PartDone) -> TrialResult:
        """Note a part that was done, and return the result after it. Raises SdaError when it can't be written."""
        place, after = self._place(trial), before.after(done)
        for name, content in done.files.items():
            write_atomically(place / after.folder / name, content)
        write_atomically(place / RESULT, after.to_json().encode())
        remove_partial_files(place)
        for old in place.glob("step-*"):
            if old.name != after.folder:
                shutil.rmtree(old, ignore_errors=True)
        return after

    def _place(self, trial: Trial) -> Path:
        return self.folder / "trials" / trial.name
