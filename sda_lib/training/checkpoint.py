"""Checkpoints: the complete state of a training run in one file, so that a run survives the end of its process.

A checkpoint is a safetensors file (docs/DECISIONS.md): the tensors of `TrainerState`, and everything else as JSON in
its header. Loading it executes no code. It is written atomically.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from sda_lib import faults, safe_json
from sda_lib.config import CHECKPOINT, Recipe
from sda_lib.errors import SdaError
from sda_lib.files import write_atomically
from sda_lib.model.tensors import write_tensors
from sda_lib.training.segments import CorpusSound

KEY, FORMAT = "sda_checkpoint", 1
# Key of the field `report` in the file.
REPORT_KEY = "stride"
# Seconds between two checkpoints, unless SDA_CHECKPOINT_SECONDS is set.
INTERVAL = 20.0


@dataclass(frozen=True)
class StepReport:
    """Progress report of the optimizer.

    The step, its loss, the estimated seconds left, whether a check is due, and whether the adversarial stage has begun.
    """

    step: int
    loss: float
    seconds_left: float
    check: bool
    adversarial: bool


@dataclass(frozen=True)
class RunState:
    """State of a run apart from the tensors.

    `recipe` holds the steps that the time budget was converted to, `sounds` a fingerprint of the training sounds;
    `budget` and `elapsed` are in seconds. `start` and `closest` are the first and the smallest held-out distance.
    `metrics` are the measurements of the model kept, `kept` is its step, and `since` counts the checks since the
    smallest distance. `report` is the last progress report, and `due` whether its check has yet to be done. `curve`
    holds all measurements, each (step, held-out, train). `choice` says how the codec began (`Choice.facts`).
    """

    recipe: Recipe
    sounds: str
    budget: float | None
    elapsed: float
    start: float
    closest: float
    metrics: dict[str, float]
    kept: int = 0
    since: int = 0
    report: StepReport = StepReport(0, 0.0, 0.0, False, False)
    due: bool = False
    curve: tuple[tuple[float, ...], ...] = ()
    choice: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the state as JSON for the header of a checkpoint."""
        plain = dataclasses.asdict(self)
        return json.dumps({"format": FORMAT, REPORT_KEY: plain.pop("report"), **plain})

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> RunState:
        """Create a state from parsed JSON. Raises ValueError, KeyError or TypeError for anything else."""
        if plain.pop("format") != FORMAT:
            raise ValueError("another format")
        recipe, report = Recipe.from_json(json.dumps(plain.pop("recipe"))), StepReport(**plain.pop(REPORT_KEY))
        return cls(recipe=recipe, report=report, curve=tuple(map(tuple, plain.pop("curve"))), **plain)

    @property
    def out_of_patience(self) -> bool:
        """Whether the recipe's patience is exhausted: too many checks in a row without a smaller held-out distance.

        Never true with an adversarial stage, because its models are rarely the closest.
        """
        train = self.recipe.train
        return bool(train.patience) and not train.adversarial and self.since >= train.patience

    def after_check(self, found: dict[str, float], leeway: float) -> tuple[RunState, bool]:
        """Return the state after a check, and whether the measured model is to be kept."""
        now, step = found["held_out"], self.report.step
        keep = now < self.closest * leeway
        rest: dict[str, Any] = {"closest": min(self.closest, now), "metrics": found, "kept": step} if keep else {}
        since = 0 if now < self.closest else self.since + 1
        curve = (*self.curve, curve_point(step, found))
        return dataclasses.replace(self, due=False, since=since, curve=curve, **rest), keep

    @property
    def summary(self) -> str:
        """Sentences for the last event: which step was kept and why, and why the run ended early if it did."""
        if not self.report.step:
            budget = f"0 {'steps' if self.recipe.train.minutes else 'minutes'}"
            kept = f"the closed form; no step was taken, since the budget is {budget}"
        elif not self.kept:
            kept = "the closed form, since no step reduced the held-out distance"
        elif self.metrics.get("held_out", 0.0) > self.closest:
            kept = f"step {self.kept}, the last of the adversarial stage with a small enough held-out distance"
        else:
            kept = f"step {self.kept}, which has the smallest held-out distance"
        early = f" It ended early, at step {self.report.step}: {self.since} checks in a row did not improve."
        return f"kept: {kept}.{early if self.out_of_patience else ''}"


def curve_point(step: int, found: dict[str, float]) -> tuple[float, ...]:
    """Return a measurement as a point of the curve: (step, held-out distance[, training distance])."""
    return (step, *(found[key] for key in ("held_out", "train") if key in found))


@dataclass
class CheckpointWriter:
    """Writer of a run's checkpoint into `folder` at intervals of `seconds`."""

    folder: Path
    seconds: float = field(default_factory=lambda: float(os.environ.get("SDA_CHECKPOINT_SECONDS", INTERVAL)))
    written: float = field(default_factory=lambda: time.monotonic())

    @property
    def due(self) -> bool:
        """Whether it is time for the next checkpoint."""
        return time.monotonic() - self.written >= self.seconds

    def write(self, tensors: dict[str, Tensor], state: RunState) -> None:
        """Write the checkpoint. Raises SdaError when the file can't be written."""
        write_atomically(self.folder / CHECKPOINT, lambda part: write_tensors(tensors, part, {KEY: state.to_json()}))
        self.written = time.monotonic()


def read_checkpoint(folder: str | Path) -> tuple[dict[str, Tensor], RunState] | None:
    """Return the checkpoint in a run's folder, None if there is none. Raises SdaError when it can't be read."""
    path = Path(folder) / CHECKPOINT
    if not path.exists():
        return None
    try:
        with safe_open(path, "pt") as file:
            facts = safe_json.parse(file.metadata()[KEY])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
        return tensors, RunState.from_plain(facts)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, AttributeError) as error:
        faults.pass_on(error)
        raise SdaError(f"{path} can't be read; start the training again from the beginning.") from error


def corpus_fingerprint(sounds: Sequence[CorpusSound]) -> str:
    """Return a hash of the sounds' names and lengths, to detect whether a run resumes with the same sounds."""
    facts = json.dumps([[sound.name, sound.length] for sound in sounds])
    return hashlib.blake2b(facts.encode(), digest_size=8).hexdigest()
