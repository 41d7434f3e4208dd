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
from sda_lib.training.checkpoint import Checkpoint, Standing, Stride, fingerprint, point, read
from sda_lib.training.optimize import LEAST_STEPS, Pace, optimize
from sda_lib.training.setup import Lesson
from sda_lib.training.state import Learner

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
    lesson = Lesson.begin(corpus, recipe, name, device)
    found = read(checkpoint) if resume and checkpoint is not None else None
    if found is None:
        lesson, best, standing = yield from _begin(lesson, path, began)
        learner = Learner(lesson.codec, lesson.recipe.train) if lesson.recipe.train.steps else None
    else:
        lesson, learner, best, standing = _take_up(lesson, path, *found)
        yield Event("progress", standing.stride.step, lesson.recipe.train.steps, message=GOING_ON)
    train, steps, threads = lesson.recipe.train, lesson.recipe.train.steps, torch.get_num_threads()
    began, start = time.monotonic() - standing.elapsed, standing.start
    writer = Checkpoint(checkpoint if steps else None)
    try:
        torch.set_num_threads(train.threads)
        _write(writer, learner, standing, began)
        for stride in _strides(lesson, learner, standing, Pace(steps, standing.budget, began)):
            standing = dataclasses.replace(standing, stride=stride, due=stride.check)
            values = {"loss": stride.loss, "seconds_left": stride.seconds_left, "seconds": time.monotonic() - began}
            yield Event("progress", stride.step, steps, values)
            kept = False
            if stride.check:
                draft = lesson.settle()
                metrics = {"held_out_start": start, **draft.judged()}
                standing, kept = standing.measured(metrics, LEEWAY if stride.adversarial else 1.0)
                if kept:
                    best = draft.model(metrics)
                    best.save(path)
                yield Event("metrics", stride.step, steps, metrics)
                yield Event("levels", stride.step, steps, draft.level_use())
                if kept:
                    yield Event("saved", stride.step, steps, message=str(path))
            if kept or writer.due:
                _write(writer, learner, standing, began)
            if standing.weary:
                break
        _write(writer, learner, standing, began)
    except GeneratorExit:
        _write(writer, learner, standing, began)
        raise
    finally:
        torch.set_num_threads(threads)
        metrics = {**standing.metrics, "steps": standing.stride.step, "kept_step": standing.kept}
        metrics["seconds"] = time.monotonic() - began
        best = dataclasses.replace(best.with_metrics(metrics), recipe=lesson.recipe)
        best = best.with_curve(standing.curve)
        best.save(path)
    yield Event("done", standing.stride.step, steps, metrics, f"{name} is ready at {path}; {standing.words}")


def _begin(lesson: Lesson, path: Path, began: float) -> Generator[Event, None, tuple[Lesson, SdaModel, Standing]]:
    """Fit the closed form, save and measure it, and plan the rest of the run."""
    yield Event("progress", message=FITTING)
    draft = lesson.fit()
    best = draft.model({})
    best.save(path)
    yield Event("saved", message=str(path))
    checking = time.monotonic()
    metrics = draft.judged()
    metrics["held_out_start"] = start = metrics["held_out"]
    best = best.with_metrics(metrics)
    best.save(path)
    yield Event("metrics", values=metrics)
    yield Event("levels", values=draft.level_use())

    now = time.monotonic()
    train = lesson.recipe.train
    plan = _plan(steps_budget(train.minutes, now - began), now - checking, lesson)
    lesson = dataclasses.replace(lesson, recipe=lesson.recipe.override(**plan.changes))
    seconds = None if train.steps is not None else max(60 * train.minutes, time.monotonic() - began + plan.seconds)
    elapsed, curve = time.monotonic() - began, (point(0, metrics),)
    sounds = fingerprint(lesson.sounds)
    return lesson, best, Standing(lesson.recipe, sounds, seconds, elapsed, start, start, metrics, curve=curve)


def _take_up(
    lesson: Lesson, path: Path, tensors: dict[str, Tensor], standing: Standing
) -> tuple[Lesson, Learner, SdaModel, Standing]:
    """Restore a run from its checkpoint. Raises SdaError when the sounds in the folder have changed."""
    if fingerprint(lesson.sounds) != standing.sounds:
        raise SdaError("The sounds in the folder are not those that this run began with; start a new training.")
    lesson = dataclasses.replace(lesson, recipe=standing.recipe)
    try:
        # Loading draws random weights, so it comes before the RNG state is restored.
        best = SdaModel.load(path, str(lesson.codec.mean.device))
    except SdaError:
        best = None
    learner = Learner(lesson.codec, standing.recipe.train)
    learner.restore(tensors)
    if best is None:  # its file is missing: fall back to the codec of the checkpoint
        draft = dataclasses.replace(lesson, codec=copy.deepcopy(lesson.codec)).settle()
        metrics = {"held_out_start": standing.start, **draft.judged()}
        step = standing.stride.step
        standing = dataclasses.replace(standing, closest=metrics["held_out"], metrics=metrics, kept=step)
        best = draft.model(metrics)
        best.save(path)
    return lesson, learner, best, standing


def _strides(lesson: Lesson, learner: Learner | None, standing: Standing, pace: Pace) -> Iterator[Stride]:
    """Yield the remaining progress reports of the optimizer.

    If the check of the last report was not done, that report is yielded again first.
    """
    if standing.due:
        yield standing.stride
    if learner is not None and not standing.weary:
        yield from optimize(lesson.codec, lesson.segments(), lesson.recipe.train, pace, learner)


def _write(writer: Checkpoint, learner: Learner | None, standing: Standing, began: float) -> None:
    """Write a checkpoint if the run has a folder for it and anything to train."""
    if writer.folder is not None and learner is not None:
        standing = dataclasses.replace(standing, elapsed=time.monotonic() - began)
        writer.write(learner.tensors(), standing)


@dataclass(frozen=True)
class Plan:
    """Time plan of a run: `changes` of the recipe, and the seconds that steps and checks will take."""

    changes: dict[str, int]
    seconds: float = 0.0

    @classmethod
    def of(cls, steps: int, checks: int, threads: int, seconds: float = 0.0) -> Plan:
        return cls({"train.steps": steps, "train.checks": checks, "train.threads": threads}, seconds)


def steps_budget(minutes: float, spent: float) -> float:
    """Return the seconds left for steps and checks of a budget of `minutes`, of which `spent` seconds are used.

    Never less than STEP_SHARE of the budget, so that slow preparations on a busy machine do not use up the training
    time.
    """
    return max(60 * minutes - spent, STEP_SHARE * 60 * minutes)


def steps_in(seconds: float, each: float) -> int:
    """Return how many steps of `each` seconds fit into `seconds`, at least LEAST_STEPS."""
    return max(LEAST_STEPS, round(seconds / each))


def _plan(seconds: float, check_seconds: float, lesson: Lesson) -> Plan:
    """Return steps, checks and threads: those of the recipe, or else as many as fit into the seconds.

    Two threads can be much slower than one on a busy machine, so both are timed on throw-away copies of the codec.
    """
    train, all_threads = lesson.recipe.train, torch.get_num_threads()
    fitting = MOST_CHECKS if train.steps is not None else int(CHECK_SHARE * seconds / max(check_seconds, 1e-9))
    checks = train.checks or min(max(1, fitting), MOST_CHECKS)
    if train.steps is not None or seconds <= 0:
        return Plan.of(train.steps or 0, checks, train.threads or all_threads)
    began = time.monotonic()
    choices = {train.threads} if train.threads else {1, all_threads}
    spent = {threads: step_seconds(lesson, threads) for threads in sorted(choices)}
    threads = min(spent, key=spent.get)
    checking = (checks + 1) * check_seconds
    left = max(seconds - (time.monotonic() - began) - checking, STEP_SHARE * seconds)
    steps = steps_in(left, spent[threads])
    return Plan.of(steps, checks, threads, steps * spent[threads] + checking)


def step_seconds(lesson: Lesson, threads: int) -> float:
    """Measure the seconds per step with `threads` threads, after some warm-up steps."""
    torch.set_num_threads(threads)
    _try_steps(COLD_STEPS, lesson)
    return _timed(lambda: _try_steps(TRIAL_STEPS, lesson))[1] / TRIAL_STEPS


def _try_steps(steps: int, lesson: Lesson) -> None:
    """Take steps on a copy of the codec, so that the run itself is unaffected."""
    pace = Pace(steps, None, 0.0)
    for _ in optimize(copy.deepcopy(lesson.codec), lesson.segments(), lesson.recipe.train, pace):
        pass


def _timed(act):
    """Call `act` and return its result and the seconds that it took."""
    began = time.monotonic()
    return act(), time.monotonic() - began
