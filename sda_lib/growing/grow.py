"""Growing: add new files to an existing model without changing the meaning of its old codes.

The encoder is unchanged, so every sound keeps its latents. Codes that the old recordings do not use, and optionally
rare ones, move to where the new recordings need them (free_codes.py). The residual of the decoder's linear path on old
and new recordings together is added to it in closed form; for the remaining time its network is trained on both. The
old recordings come from the model's memory.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Generator
from pathlib import Path

import torch

from sda_lib.audio.corpus import Corpus
from sda_lib.events import Event
from sda_lib.growing.grow_steps import CHECKS, GrowSteps, memory_of
from sda_lib.growing.growable import GrowOptions
from sda_lib.growing.report import with_growth
from sda_lib.model.model import SdaModel
from sda_lib.training.optimize import StepBudget, optimize
from sda_lib.training.setup import TrainingSetup
from sda_lib.training.snapshot import code_use
from sda_lib.training.step_plan import plan_steps, seconds_for_steps
from sda_lib.training.train import FITTING, READING


def grow(model: SdaModel, corpus: Corpus, path: Path, name: str, how: GrowOptions) -> Generator[Event]:
    """Add a corpus to a model and write the best grown model so far to `path`; yield events.

    The model itself is not changed, and `how.base` is not read. `minutes` 0 (or `steps` 0) stops after the closed form;
    `keep` 1 moves only unused codes. Closing the generator keeps the best model so far. Raises SdaError for models
    without recordings and when the model already holds all files.
    """
    began = time.monotonic()
    torch.manual_seed(how.seed)
    yield Event("progress", message=READING)
    growth = GrowSteps.from_corpus(model, corpus, how.keep, how.seed)
    before = growth.distances(model.codec)
    yield Event("progress", message=FITTING)
    codec = growth.fitted()
    best = growth.grown(codec, name)
    best.save(path)
    checking = time.monotonic()
    closest = start = growth.held_out_distance(best.codec)
    checking = (CHECKS + 1) * (time.monotonic() - checking)
    step, threads = 0, torch.get_num_threads()
    try:
        yield Event("saved", message=str(path))
        yield Event("metrics", values={"held_out": start, "held_out_start": start})
        setup = growth.training_setup(codec, name)
        planned, seconds = how.steps, None
        if planned is None:
            left = seconds_for_steps(how.minutes, time.monotonic() - began + checking)
            planned, needed = _plan(setup, left, threads)
            seconds = max(60 * how.minutes, time.monotonic() - began + needed + checking)
        budget = StepBudget(planned, seconds, began)
        for report in optimize(codec, setup.segments(), setup.recipe.train, budget):
            step = report.step
            yield Event("progress", step, planned, {"loss": report.loss, "seconds_left": report.seconds_left})
            if not report.check:
                continue
            growth.fit_statistics(codec)
            now = growth.held_out_distance(codec)
            yield Event("metrics", step, planned, {"held_out": now, "held_out_start": start})
            if now < closest:
                closest, best = now, growth.grown(codec, name)
                best.save(path)
                yield Event("saved", step, planned, message=str(path))
    finally:
        torch.set_num_threads(threads)
        metrics = {"held_out_start": start, "held_out": closest, "steps": step, "seconds": time.monotonic() - began}
        metrics = {**model.metrics, **metrics, **code_use(best.codec, [memory_of(best).codes])}
        facts = with_growth(best.header["corpus"], growth.report(best, before))
        dataclasses.replace(best, header={**best.header, "corpus": facts, "metrics": metrics}).save(path)
    yield Event("done", step, planned, metrics, f"{name} is ready at {path}")


def _plan(setup: TrainingSetup, seconds: float, threads: int) -> tuple[int, float]:
    """Return how many steps fit into the remaining seconds, and the seconds that they will take."""
    if seconds <= 0:
        return 0, 0.0
    steps, _, needed = plan_steps(setup, seconds, {setup.recipe.train.threads or threads})
    return steps, needed
