"""Training: the closed form first, then gradient steps on the residual networks until the budget ends.

`learn` is a generator of events. After a few seconds it has saved a playable model; it saves again whenever the
distance to the held-out sounds falls, and in the adversarial stage also when it is slightly larger than the smallest
one (LEEWAY). Closing the generator saves the best model so far and stops. With a folder for checkpoints, a run can be
resumed from where it stopped.
"""

from __future__ import annotations

import copy
import dataclasses
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from sda_lib.audio.corpus import Corpus
from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.events import Event
from sda_lib.model.model import SdaModel
from sda_lib.training.checkpoint import (
    CheckpointWriter,
    RunState,
    StepReport,
    corpus_fingerprint,
    curve_point,
    read_checkpoint,
)
from sda_lib.training.optimize import LEAST_STEPS, StepBudget, optimize
from sda_lib.training.setup import TrainingSetup
from sda_lib.training.state import TrainerState

# Steps on a throw-away copy of the codec: warm-up steps, then timed steps.
COLD_STEPS, TRIAL_STEPS = 5, 10
# Checks (held-out measurement and saving of the model) per run, and the share of the time budget that they may take.
MOST_CHECKS, CHECK_SHARE = 8, 0.15
# Least share of a time budget left to the steps, even if the preparations took longer than planned.
STEP_SHARE = 0.25
FITTING, GOING_ON = "fitting what needs no training", "going on from here"
# A model of the adversarial stage is kept if its held-out distance is at most this many times the smallest one: the
# most realistic sound is rarely the closest one.
LEEWAY = 1.1


def learn(
    corpus: Corpus,
    recipe: Recipe,
    path: Path,
    name: str,
    device: str = "cpu",
    checkpoint: Path | None = None,
    resume: bool = False,
) -> Iterator[Event]:
    """Train a model on a corpus and keep the best one so far at `path`; yield events.

    The time budget is converted to a number of steps and threads after a short measurement: as many steps as fit into
    the remaining time, or into STEP_SHARE of the budget if a busy machine left less, and at least LEAST_STEPS. With
    steps and threads given, a run is reproducible on the same device; on a GPU, up to the order of its sums.

    With a folder `checkpoint`, the state of the run is written there at regular intervals. With `resume`, a run
    continues from that checkpoint as if it had not been interrupted, or starts if there is none. Raises SdaError for
    problems that the user can solve.
    """
    began = time.monotonic()
    torch.manual_seed(recipe.train.seed)
    yield Event("progress", message="reading the sounds")
    setup = TrainingSetup.from_corpus(corpus, recipe, name, device)
    found = read_checkpoint(checkpoint) if resume and checkpoint is not None else None
    if found is None:
        setup, best, state = yield from _begin(setup, path, began)
        trainer = TrainerState(setup.codec, setup.recipe.train) if setup.recipe.train.steps else None
    else:
        setup, trainer, best, state = _take_up(setup, path, *found)
        yield Event("progress", state.stride.step, setup.recipe.train.steps, message=GOING_ON)
    train, steps, threads = setup.recipe.train, setup.recipe.train.steps, torch.get_num_threads()
    began, start = time.monotonic() - state.elapsed, state.start
    writer = CheckpointWriter(checkpoint if steps else None)
    try:
        torch.set_num_threads(train.threads)
        _write(writer, trainer, state, began)
        for stride in _strides(setup, trainer, state, StepBudget(steps, state.budget, began)):
            state = dataclasses.replace(state, stride=stride, due=stride.check)
            values = {"loss": stride.loss, "seconds_left": stride.seconds_left, "seconds": time.monotonic() - began}
            yield Event("progress", stride.step, steps, values)
            kept = False
            if stride.check:
                snapshot = setup.snapshot()
                metrics = {"held_out_start": start, **snapshot.judged()}
                state, kept = state.measured(metrics, LEEWAY if stride.adversarial else 1.0)
                if kept:
                    best = snapshot.model(metrics)
                    best.save(path)
                yield Event("metrics", stride.step, steps, metrics)
                yield Event("levels", stride.step, steps, snapshot.level_use())
                if kept:
                    yield Event("saved", stride.step, steps, message=str(path))
            if kept or writer.due:
                _write(writer, trainer, state, began)
            if state.out_of_patience:
                break
        _write(writer, trainer, state, began)
    except GeneratorExit:
        _write(writer, trainer, state, began)
        raise
    finally:
        torch.set_num_threads(threads)
        metrics = {**state.metrics, "steps": state.stride.step, "kept_step": state.kept}
        metrics["seconds"] = time.monotonic() - began
        best = dataclasses.replace(best.with_metrics(metrics), recipe=setup.recipe)
        best = best.with_curve(state.curve)
        best.save(path)
    yield Event("done", state.stride.step, steps, metrics, f"{name} is ready at {path}; {state.summary}")


def _begin(
    setup: TrainingSetup, path: Path, began: float
) -> Generator[Event, None, tuple[TrainingSetup, SdaModel, RunState]]:
    """Fit the closed form, save and measure it, and plan the rest of the run."""
    yield Event("progress", message=FITTING)
    snapshot = setup.fit()
    best = snapshot.model({})
    best.save(path)
    yield Event("saved", message=str(path))
    checking = time.monotonic()
    metrics = snapshot.judged()
    metrics["held_out_start"] = start = metrics["held_out"]
    best = best.with_metrics(metrics)
    best.save(path)
    yield Event("metrics", values=metrics)
    yield Event("levels", values=snapshot.level_use())

    now = time.monotonic()
    train = setup.recipe.train
    plan = _plan(seconds_for_steps(train.minutes, now - began), now - checking, setup)
    setup = dataclasses.replace(setup, recipe=setup.recipe.override(**plan.changes))
    seconds = None if train.steps is not None else max(60 * train.minutes, time.monotonic() - began + plan.seconds)
    elapsed, curve = time.monotonic() - began, (curve_point(0, metrics),)
    sounds = corpus_fingerprint(setup.sounds)
    return setup, best, RunState(setup.recipe, sounds, seconds, elapsed, start, start, metrics, curve=curve)


def _take_up(
    setup: TrainingSetup, path: Path, tensors: dict[str, Tensor], state: RunState
) -> tuple[TrainingSetup, TrainerState, SdaModel, RunState]:
    """Restore a run from its checkpoint. Raises SdaError when the sounds in the folder have changed."""
    if corpus_fingerprint(setup.sounds) != state.sounds:
        raise SdaError("The sounds in the folder are not those that this run began with; start a new training.")
    setup = dataclasses.replace(setup, recipe=state.recipe)
    try:
        # Loading draws random weights, so it comes before the RNG state is restored.
        best = SdaModel.load(path, str(setup.codec.mean.device))
    except SdaError:
        best = None
    trainer = TrainerState(setup.codec, state.recipe.train)
    trainer.restore(tensors)
    if best is None:  # its file is missing: fall back to the codec of the checkpoint
        snapshot = dataclasses.replace(setup, codec=copy.deepcopy(setup.codec)).snapshot()
        metrics = {"held_out_start": state.start, **snapshot.judged()}
        step = state.stride.step
        state = dataclasses.replace(state, closest=metrics["held_out"], metrics=metrics, kept=step)
        best = snapshot.model(metrics)
        best.save(path)
    return setup, trainer, best, state


def _strides(
    setup: TrainingSetup, trainer: TrainerState | None, state: RunState, budget: StepBudget
) -> Iterator[StepReport]:
    """Yield the remaining progress reports of the optimizer.

    If the check of the last report was not done, that report is yielded again first.
    """
    if state.due:
        yield state.stride
    if trainer is not None and not state.out_of_patience:
        yield from optimize(setup.codec, setup.segments(), setup.recipe.train, budget, trainer)


def _write(writer: CheckpointWriter, trainer: TrainerState | None, state: RunState, began: float) -> None:
    """Write a checkpoint if the run has a folder for it and anything to train."""
    if writer.folder is not None and trainer is not None:
        state = dataclasses.replace(state, elapsed=time.monotonic() - began)
        writer.write(trainer.tensors(), state)


@dataclass(frozen=True)
class StepPlan:
    """Time plan of a run: `changes` of the recipe, and the seconds that steps and checks will take."""

    changes: dict[str, int]
    seconds: float = 0.0

    @classmethod
    def of(cls, steps: int, checks: int, threads: int, seconds: float = 0.0) -> StepPlan:
        return cls({"train.steps": steps, "train.checks": checks, "train.threads": threads}, seconds)


def seconds_for_steps(minutes: float, spent: float) -> float:
    """Return the seconds left for steps and checks of a budget of `minutes`, of which `spent` seconds are used.

    Never less than STEP_SHARE of the budget, so that slow preparations on a busy machine do not use up the training
    time.
    """
    return max(60 * minutes - spent, STEP_SHARE * 60 * minutes)


def steps_that_fit(seconds: float, each: float) -> int:
    """Return how many steps of `each` seconds fit into `seconds`, at least LEAST_STEPS."""
    return max(LEAST_STEPS, round(seconds / each))


def _plan(seconds: float, check_seconds: float, setup: TrainingSetup) -> StepPlan:
    """Return steps, checks and threads: those of the recipe, or else as many as fit into the seconds.

    Two threads can be much slower than one on a busy machine, so both are timed on throw-away copies of the codec.
    """
    train, all_threads = setup.recipe.train, torch.get_num_threads()
    fitting = MOST_CHECKS if train.steps is not None else int(CHECK_SHARE * seconds / max(check_seconds, 1e-9))
    checks = train.checks or min(max(1, fitting), MOST_CHECKS)
    if train.steps is not None or seconds <= 0:
        return StepPlan.of(train.steps or 0, checks, train.threads or all_threads)
    began = time.monotonic()
    choices = {train.threads} if train.threads else {1, all_threads}
    spent = {threads: step_seconds(setup, threads) for threads in sorted(choices)}
    threads = min(spent, key=spent.get)
    checking = (checks + 1) * check_seconds
    left = max(seconds - (time.monotonic() - began) - checking, STEP_SHARE * seconds)
    steps = steps_that_fit(left, spent[threads])
    return StepPlan.of(steps, checks, threads, steps * spent[threads] + checking)


def step_seconds(setup: TrainingSetup, threads: int) -> float:
    """Measure the seconds per step with `threads` threads, after some warm-up steps."""
    torch.set_num_threads(threads)
    _try_steps(COLD_STEPS, setup)
    return _timed(lambda: _try_steps(TRIAL_STEPS, setup))[1] / TRIAL_STEPS


def _try_steps(steps: int, setup: TrainingSetup) -> None:
    """Take steps on a copy of the codec, so that the run itself is unaffected."""
    budget = StepBudget(steps, None, 0.0)
    for _ in optimize(copy.deepcopy(setup.codec), setup.segments(), setup.recipe.train, budget):
        pass


def _timed(act):
    """Call `act` and return its result and the seconds that it took."""
    began = time.monotonic()
    return act(), time.monotonic() - began
