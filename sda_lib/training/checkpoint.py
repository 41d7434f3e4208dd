"""Checkpoints: a training run as it stands, in one file, so that whatever ends its process ends nothing else.

A checkpoint is a safetensors file (docs/ARCHITECTURE.md): the learner's tensors, and in its header the rest as JSON.
Nothing in it is ever executed. It appears whole or not at all.
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

from sda_lib import faults, plain_data
from sda_lib.config import CHECKPOINT, Recipe, TrainConfig
from sda_lib.errors import SdaError
from sda_lib.files import write_beside
from sda_lib.model.tensors import write_tensors
from sda_lib.training.segments import Sound

KEY, FORMAT = "sda_checkpoint", 1
INTERVAL = 20.0
"""Seconds between two checkpoints; SDA_CHECKPOINT_SECONDS says otherwise."""


@dataclass(frozen=True)
class Stride:
    """A word from the optimizer: the step it is at, that step's loss, the time left, whether to measure now, and
    whether the adversarial stage has begun."""

    step: int
    loss: float
    seconds_left: float
    check: bool
    adversarial: bool


@dataclass(frozen=True)
class Standing:
    """How a run stands, apart from what the learner knows.

    `recipe` with the plan that the time budget became, `sounds` a fingerprint of what it learns from, `budget` and
    `elapsed` seconds; the held-out distance at the `start` and the `closest`, the measured `metrics` of what was
    `kept` and from which step it is, checks `since` one came closer, the last `stride`, whether the measurement it asks
    for is still `due`; and all that was measured, (step, held-out, train) in `curve`.
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
    stride: Stride = Stride(0, 0.0, 0.0, False, False)
    due: bool = False
    curve: tuple[tuple[float, ...], ...] = ()

    @property
    def weary(self) -> bool:
        """Whether the recipe says to stop, because nothing came closer for so many checks. An adversarial stage is
        waited for: what it makes is seldom the closest."""
        train: TrainConfig = self.recipe.train
        return bool(train.patience) and not train.adversarial and self.since >= train.patience

    def measured(self, found: dict[str, float], leeway: float) -> tuple[Standing, bool]:
        """After a check: how it stands, and whether what was found is to be kept."""
        now, step = found["held_out"], self.stride.step
        keep = now < self.closest * leeway
        rest = {"closest": min(self.closest, now), "metrics": found, "kept": step} if keep else {}
        since = 0 if now < self.closest else self.since + 1
        curve = (*self.curve, point(step, found))
        return dataclasses.replace(self, due=False, since=since, curve=curve, **rest), keep

    @property
    def words(self) -> str:
        """Which step was kept and why, and why it ended early if it did; for the last event."""
        train: TrainConfig = self.recipe.train
        if not self.stride.step:
            kept = f"the closed form; no step was made, since the budget is 0 {'steps' if train.minutes else 'minutes'}"
        elif not self.kept:
            kept = "the closed form, since no step came closer to the held-out sounds"
        elif self.metrics.get("held_out", 0.0) > self.closest:
            kept = f"step {self.kept}, the last of the adversarial stage that was near enough to the held-out sounds"
        else:
            kept = f"step {self.kept}, the closest to the held-out sounds"
        early = f" It ended early, at step {self.stride.step}: {self.since} measurements in a row came no closer."
        return f"kept: {kept}.{early if self.weary else ''}"


def point(step: int, found: dict[str, float]) -> tuple[float, ...]:
    """A measurement as a point of the curve: (step, held-out distance, that of training sounds)."""
    return (step, found["held_out"], found["train"]) if "train" in found else (step, found["held_out"])


@dataclass
class Checkpoint:
    """Writes a run's checkpoint into a folder every so many seconds, or nothing without a folder."""

    folder: Path | None
    seconds: float = field(default_factory=lambda: float(os.environ.get("SDA_CHECKPOINT_SECONDS", INTERVAL)))
    written: float = field(default_factory=lambda: time.monotonic())

    @property
    def due(self) -> bool:
        return time.monotonic() - self.written >= self.seconds

    def write(self, tensors: dict[str, Tensor], standing: Standing) -> None:
        """Raises SdaError when the disk says no."""
        facts = json.dumps({"format": FORMAT, **dataclasses.asdict(standing)})

        def save(part: Path) -> None:
            write_tensors(tensors, part, {KEY: facts})
            with part.open("rb+") as file:
                os.fsync(file.fileno())  # so that it outlives a power cut too

        write_beside(self.folder / CHECKPOINT, save)
        self.written = time.monotonic()


def read(folder: str | Path) -> tuple[dict[str, Tensor], Standing] | None:
    """The checkpoint of a run's folder, if it has one. Raises SdaError for one that can't be read."""
    path = Path(folder) / CHECKPOINT
    if not path.exists():
        return None
    try:
        with safe_open(path, "pt") as file:
            facts = plain_data.parse(file.metadata()[KEY])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dict)
        if facts.pop("format") != FORMAT:
            raise ValueError("another format")
        return tensors, _standing(facts)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, AttributeError) as error:
        faults.pass_on(error)
        raise SdaError(f"{path} can't be read; start the training anew.") from error


def _standing(facts: dict[str, Any]) -> Standing:
    recipe, stride = Recipe.from_json(json.dumps(facts.pop("recipe"))), Stride(**facts.pop("stride"))
    curve = tuple(tuple(one) for one in facts.pop("curve"))
    return Standing(recipe=recipe, stride=stride, curve=curve, **facts)


def fingerprint(sounds: Sequence[Sound]) -> str:
    """A hash of the sounds' names and lengths: whether a run would go on with the sounds that it began with."""
    told = json.dumps([[sound.name, sound.length] for sound in sounds])
    return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()
