"""Training, written once from top to bottom: closed form, then the residual networks until the budget ends.

`learn` is a generator of events. After some seconds it has saved a playable model; it saves again whenever the sounds
it never trained on come back better; in the adversarial stage, a little worse will do (LEEWAY). Closing the generator
saves the best model so far and stops. With a folder for checkpoints it can be taken up again where it was.
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

COLD_STEPS, TRIAL_STEPS = 5, 10
"""Steps on a throw-away copy: first some that only warm the machine up, then those whose time is measured."""
MOST_CHECKS, CHECK_SHARE = 8, 0.15
"""How often during a run the held-out sounds are measured and the model saved, unless that takes more of the time."""
STEP_SHARE = 0.25
"""Share of a time budget that steps have at least, when all that comes before them took longer than it should."""
FITTING, GOING_ON = "fitting what needs no training", "going on from here"
LEEWAY = 1.1
"""How much farther than the closest model one of the adversarial stage may be and still be kept: what sounds real is
rarely what is closest."""


def learn(
    corpus: Corpus,
    recipe: Recipe,
    path: Path,
    name: str,
    device: str = "cpu",
    checkpoint: Path | None = None,
    resume: bool = False,
) -> Iterator[Event]:
    """Train on a corpus and keep the best model so far at `path`. Raises SdaError for what the user can mend.

    The time budget becomes a number of steps (and threads) after a short measurement: what fits into the time that is
    left, or into STEP_SHARE of the budget if a busy machine left less, and LEAST_STEPS at least. With steps and threads
    given, a run repeats exactly on the same device; on a GPU, up to the order of its sums. Into the folder `checkpoint`
    everything is written now and then; with `resume` a run goes on from what is there, as if it had never ended (or
    begins).
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
    """The closed form, saved and measured, and a plan for the rest."""
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
    """A run as a checkpoint has it. Raises SdaError when the sounds are others by now."""
    if fingerprint(lesson.sounds) != standing.sounds:
        raise SdaError("The sounds in the folder are not those that this run began with; start a new training.")
    lesson = dataclasses.replace(lesson, recipe=standing.recipe)
    try:
        best = SdaModel.load(path, str(lesson.codec.mean.device))  # draws random weights first, so it comes first
    except SdaError:
        best = None
    learner = Learner(lesson.codec, standing.recipe.train)
    learner.restore(tensors)
    if best is None:  # somebody took it away: the next best is what the codec is now
        draft = dataclasses.replace(lesson, codec=copy.deepcopy(lesson.codec)).settle()
        metrics = {"held_out_start": standing.start, **draft.judged()}
        step = standing.stride.step
        standing = dataclasses.replace(standing, closest=metrics["held_out"], metrics=metrics, kept=step)
        best = draft.model(metrics)
        best.save(path)
    return lesson, learner, best, standing


def _strides(lesson: Lesson, learner: Learner | None, standing: Standing, pace: Pace) -> Iterator[Stride]:
    """The strides that are left; first the last one again if what it asked for was not done."""
    if standing.due:
        yield standing.stride
    if learner is not None and not standing.weary:
        yield from optimize(lesson.codec, lesson.segments(), lesson.recipe.train, pace, learner)


def _write(writer: Checkpoint, learner: Learner | None, standing: Standing, began: float) -> None:
    if writer.folder is not None and learner is not None:
        standing = dataclasses.replace(standing, elapsed=time.monotonic() - began)
        writer.write(learner.tensors(), standing)


@dataclass(frozen=True)
class Plan:
    """How a run spends its time: `changes` of the recipe, and the seconds that steps and checks will take."""

    changes: dict[str, int]
    seconds: float = 0.0

    @classmethod
    def of(cls, steps: int, checks: int, threads: int, seconds: float = 0.0) -> Plan:
        return cls({"train.steps": steps, "train.checks": checks, "train.threads": threads}, seconds)


def steps_budget(minutes: float, spent: float) -> float:
    """Seconds for steps and checks out of a budget of `minutes`, of which reading and the closed form `spent` some.

    Never less than STEP_SHARE of the budget: what a busy machine makes the preparations wait is not taken from them."""
    return max(60 * minutes - spent, STEP_SHARE * 60 * minutes)


def steps_in(seconds: float, each: float) -> int:
    """How many steps of `each` seconds a run takes in its time, LEAST_STEPS at least."""
    return max(LEAST_STEPS, round(seconds / each))


def _plan(seconds: float, check_seconds: float, lesson: Lesson) -> Plan:
    """Steps, checks and threads for the recipe: those it names, else what is found to fit into the seconds.

    Two threads on a machine that other programs keep busy can be much slower than one, so a trial on throw-away copies
    tries both.
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
    """Seconds a step takes with that many threads, once the machine is warm."""
    torch.set_num_threads(threads)
    _try_steps(COLD_STEPS, lesson)
    return _timed(lambda: _try_steps(TRIAL_STEPS, lesson))[1] / TRIAL_STEPS


def _try_steps(steps: int, lesson: Lesson) -> None:
    """Steps on a copy, so that the run itself starts untouched."""
    pace = Pace(steps, None, 0.0)
    for _ in optimize(copy.deepcopy(lesson.codec), lesson.segments(), lesson.recipe.train, pace):
        pass


def _timed(act):
    began = time.monotonic()
    return act(), time.monotonic() - began
