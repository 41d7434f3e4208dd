"""A part of one training of a sweep: from its last checkpoint to a step, in a process of any machine.

What a training needs comes as bytes, and goes back as bytes: the machine keeps nothing of it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sda_lib.audio.corpus import Corpus
from sda_lib.cluster.shared import one_task_at_a_time, shared_path, task_folder
from sda_lib.config import CHECKPOINT, Recipe
from sda_lib.errors import SdaError
from sda_lib.files import write_atomically
from sda_lib.training.device import choose_device
from sda_lib.training.train import learn

# After this many seconds a part ends at the next check: so much is lost at most where a worker or the sweep is ended.
PART_SECONDS = 300.0
# Seconds between two events of a training.
REPORT_SECONDS = 1.0
MODEL = "model.sda"


@dataclass(frozen=True)
class Part:
    """What is to be done of a training.

    Args:
        sounds: name of the corpus among the shared files (`cluster.shared`).
        recipe: the recipe as JSON.
        name: name of the model.
        device: "auto", "cpu", "cuda" or "mps".
        until: the step after whose check it ends.
        files: the model so far and the checkpoint by name; empty at the beginning.
    """

    sounds: str
    recipe: str
    name: str
    device: str
    until: int
    files: dict[str, bytes]


@dataclass(frozen=True)
class PartDone:
    """What was done of a training.

    Args:
        curve: (step, held-out distance) points of this part.
        step: the last step.
        ended: whether the training has ended.
        seconds: how long the part took.
        processor: seconds of the processor that it took.
        files: the model and the checkpoint by name.
        problem: why the training failed; empty if it did not.
    """

    curve: tuple[tuple[int, float], ...]
    step: int
    ended: bool
    seconds: float
    files: dict[str, bytes]
    problem: str = ""
    processor: float = 0.0


Observer = Callable[[int, int], object]


def train_part(part: Part, observe: Observer = lambda _step, _of: None) -> PartDone:
    """Continue a training until a step, or to its end.

    `observe` is called with its step and all steps. A training that fails is a result, too: settings of a grid may not
    suit a corpus. Raises SdaError where the sounds were not sent to this process.
    """
    sounds = shared_path(part.sounds)
    with one_task_at_a_time(), task_folder() as folder:
        began, spent = time.monotonic(), time.process_time()
        try:
            for name, content in part.files.items():
                write_atomically(folder / name, content)
            curve, step, ended = _train(part, sounds, folder, observe)
        except SdaError as error:
            return PartDone((), 0, True, time.monotonic() - began, {}, str(error))
        kept = {name: (folder / name).read_bytes() for name in _names(ended) if (folder / name).exists()}
        spent = time.process_time() - spent
        return PartDone(tuple(curve), step, ended, time.monotonic() - began, kept, processor=spent)


def train_part_in_worker(part: Part, topic: str, trial: str) -> PartDone:
    """Do the same in a worker of a cluster, and report its steps as events of Dask under a topic."""
    from distributed import get_worker

    worker, said = get_worker(), 0.0

    def observe(step: int, of: int) -> None:
        nonlocal said
        if time.monotonic() - said >= REPORT_SECONDS:
            said = time.monotonic()
            worker.log_event(topic, {"trial": trial, "step": step, "of": of})

    return train_part(part, observe)


def _names(ended: bool) -> tuple[str, ...]:
    return (MODEL,) if ended else (MODEL, CHECKPOINT)


def _train(part: Part, sounds: Path, folder: Path, observe: Observer) -> tuple[list[tuple[int, float]], int, bool]:
    """Train in a folder; return the points of the curve, the last step, and whether the training has ended."""
    corpus, recipe = Corpus.from_folder(sounds), Recipe.from_json(part.recipe)
    began, curve, step = time.monotonic(), [], 0
    events = learn(corpus, recipe, folder / MODEL, part.name, choose_device(part.device), folder)
    with contextlib.closing(events):
        for event in events:
            step = max(step, event.step)
            observe(event.step, event.of)
            if event.kind == "metrics" and "held_out" in event.values:
                curve.append((event.step, float(event.values["held_out"])))
                late = time.monotonic() - began > PART_SECONDS
                if event.step and (event.step >= part.until or late) and event.step < (recipe.train.steps or 0):
                    return curve, step, False
            elif event.kind == "done":
                return curve, step, True
    return curve, step, True
