"""Train a model: the closed form first, then gradient steps on the residual networks until the budget ends.

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
from sda_lib.training.follower import leading
from sda_lib.training.optimize import StepBudget, optimize
from sda_lib.training.process_group import on_device, own_threads, training_world
from sda_lib.training.setup import TrainingSetup
from sda_lib.training.snapshot import Snapshot
from sda_lib.training.state import TrainerState
from sda_lib.training.step_plan import plan_steps, seconds_for_steps

# Checks (held-out measurement and saving of the model) per run, and the share of the time budget that they may take.
MOST_CHECKS, CHECK_SHARE = 8, 0.15
# Messages of the first progress events.
READING, FITTING = "reading the sounds", "fitting a first model without training"
RESUMING = "resuming from the last checkpoint"
SHARED = "{} processes share every batch"
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
    resume: bool = True,
    processes: int | None = None,
) -> Generator[Event]:
    """Train a model on a corpus and keep the best one so far at `path`; yield events. `train` is simpler to use.

    The time budget is converted to a number of steps and threads after a short measurement: as many steps as fit into
    the remaining time, or into STEP_SHARE of the budget if a busy machine left less, and at least LEAST_STEPS. With
    steps and threads given, a run is reproducible on the same device; on a GPU, up to the order of its sums.

    Args:
        corpus: the sounds.
        recipe: all settings.
        path: the model file to write.
        name: name of the model.
        device: "cpu", "cuda" or "mps".
        checkpoint: a folder where the state of the run is written at regular intervals, and where it continues from if
            there is one, as if it had not been interrupted.
        resume: whether it continues from a checkpoint.
        processes: number of processes that share every batch, on the CPU or each on a GPU of its own; none: those that
            torchrun has started this process with, else one. The result is that of one process, up to rounding.

    Raises SdaError for problems that the user can solve.

    Example:
        >>> recipe = sda_lib.Recipe.for_corpus(corpus, minutes=0).override(codec__levels=1)
        >>> events = sda_lib.learn(corpus, recipe, Path("small.sda"), "small")
        >>> kinds = [event.kind for event in events]
        >>> kinds[-1], sda_lib.SdaModel.load("small.sda").levels
        ('done', 1)
    """
    began = time.monotonic()
    torch.manual_seed(recipe.train.seed)
    yield Event("progress", message=READING)
    shares = recipe.train.batch, recipe.train.accumulation
    with training_world(processes, device, *shares) as world, leading(world, corpus, recipe, device):
        if world.size > 1:
            yield Event("progress", message=SHARED.format(world.size))
        world, own_device = on_device(world, device)
        setup = TrainingSetup.from_corpus(corpus, recipe, name, own_device, world)
        found = read_checkpoint(checkpoint) if checkpoint is not None and resume else None
        if found is None:
            run = yield from _start(setup, path, began)
        else:
            run = _resume(setup, path, *found)
            yield Event("progress", run.state.report.step, run.steps, message=RESUMING)
        metrics = yield from _carried_out(run, checkpoint)
    ready = f"{name} is ready at {path}; {run.state.summary}"
    yield Event("done", run.state.report.step, run.steps, metrics, ready)


def _carried_out(run: _Run, checkpoint: Path | None) -> Generator[Event, None, dict[str, float]]:
    """Take the steps of a run and save its best model, whatever ends it; return the metrics of that model."""
    threads = torch.get_num_threads()
    try:
        run.begin(checkpoint)
        yield from run.take_steps()
        run.write_checkpoint()
    except GeneratorExit:
        run.write_checkpoint()
        raise
    finally:
        torch.set_num_threads(threads)
        metrics = run.save_best()
    return metrics


@dataclass
class _Run:
    """A run in progress: its state, the best model so far, and the optimizer's state if the run has steps."""

    setup: TrainingSetup
    path: Path
    best: SdaModel
    state: RunState
    trainer: TrainerState | None = None
    writer: CheckpointWriter | None = None
    began: float = 0.0

    @property
    def steps(self) -> int:
        """The steps of the whole run."""
        return self.setup.recipe.train.steps or 0

    def begin(self, checkpoint: Path | None) -> None:
        """Start the clock where the state's stopped, set the threads, and write a checkpoint if there is a folder."""
        self.began = time.monotonic() - self.state.elapsed
        if checkpoint is not None and self.trainer is not None:
            self.writer = CheckpointWriter(checkpoint)
        torch.set_num_threads(self.setup.recipe.train.threads or torch.get_num_threads())
        self.write_checkpoint()

    def take_steps(self) -> Iterator[Event]:
        """Take the remaining steps, with checks and checkpoints, until the end or until patience is exhausted."""
        for report in self._reports():
            self.state = dataclasses.replace(self.state, report=report, due=report.check)
            seconds = time.monotonic() - self.began
            values = {"loss": report.loss, "seconds_left": report.seconds_left, "seconds": seconds}
            yield Event("progress", report.step, self.steps, values)
            kept = (yield from self._check()) if report.check else False
            if kept or (self.writer is not None and self.writer.due):
                self.write_checkpoint()
            if self.state.out_of_patience:
                break

    def _reports(self) -> Iterator[StepReport]:
        """Yield the remaining progress reports of the optimizer.

        If the check of the last report was not done, that report is yielded again first.
        """
        if self.state.due:
            yield self.state.report
        if self.trainer is not None and not self.state.out_of_patience:
            setup, budget = self.setup, StepBudget(self.steps, self.state.budget, self.began)
            yield from optimize(setup.codec, setup.segments(), setup.recipe.train, budget, self.trainer, setup.world)

    def _check(self) -> Generator[Event, None, bool]:
        """Measure the codec and save its model if it is to be kept; return whether it is."""
        snapshot, report = self.setup.snapshot(), self.state.report
        metrics = {"held_out_start": self.state.start, **snapshot.measure()}
        self.state, kept = self.state.after_check(metrics, LEEWAY if report.adversarial else 1.0)
        if kept:
            self.best = _saved(snapshot, metrics, self.path)
        yield Event("metrics", report.step, self.steps, metrics)
        yield Event("levels", report.step, self.steps, snapshot.level_use())
        if kept:
            yield Event("saved", report.step, self.steps, message=str(self.path))
        return kept

    def write_checkpoint(self) -> None:
        """Write a checkpoint if the run has a folder for it and anything to train."""
        if self.writer is not None and self.trainer is not None:
            state = dataclasses.replace(self.state, elapsed=time.monotonic() - self.began)
            self.writer.write(self.trainer.tensors(), state)

    def save_best(self) -> dict[str, float]:
        """Save the best model with the run's final metrics, curve, choice and recipe; return the metrics."""
        state = self.state
        metrics = {**state.metrics, "steps": state.report.step, "kept_step": state.kept}
        metrics["seconds"] = time.monotonic() - self.began
        recipe = self.setup.recipe.override(memory__detail=self.best.recipe.memory.detail)  # chosen for this model
        best = dataclasses.replace(self.best.with_header(metrics=metrics), recipe=recipe)
        best.with_header(curve=[list(point) for point in state.curve], choice=state.choice).save(self.path)
        return metrics


def _saved(snapshot: Snapshot, metrics: dict[str, float], path: Path) -> SdaModel:
    """Save the snapshot's model and return it."""
    model = snapshot.model(metrics)
    model.save(path)
    return model


def _start(setup: TrainingSetup, path: Path, began: float) -> Generator[Event, None, _Run]:
    """Fit the closed form, save and measure it, and plan the rest of the run."""
    yield Event("progress", message=FITTING)
    choice = setup.choose()
    if choice.distances:
        yield Event("progress", message=choice.summary)
    setup = setup.by(choice.chosen)
    torch.manual_seed(setup.recipe.train.seed)  # a run that repeats the choice has the same random numbers from here on
    snapshot = setup.fit(choice.chosen)
    best = _saved(snapshot, {}, path)
    yield Event("saved", message=str(path))
    checking = time.monotonic()
    metrics = snapshot.measure()
    metrics["held_out_start"] = start = metrics["held_out"]
    best = best.with_header(metrics=metrics)
    best.save(path)
    yield Event("metrics", values=metrics)
    yield Event("levels", values=snapshot.level_use())

    now, train = time.monotonic(), setup.recipe.train
    changes, needed = _plan(seconds_for_steps(train.minutes, now - began), now - checking, setup)
    setup = dataclasses.replace(setup, recipe=setup.recipe.override(**changes))
    budget = None if train.steps is not None else max(60 * train.minutes, time.monotonic() - began + needed)
    elapsed, sounds = time.monotonic() - began, corpus_fingerprint(setup.sounds)
    curve = (curve_point(0, metrics),)
    state = RunState(setup.recipe, sounds, budget, elapsed, start, start, metrics, curve=curve, choice=choice.facts)
    trainer = TrainerState(setup.codec, setup.recipe.train) if setup.recipe.train.steps else None
    return _Run(setup, path, best, state, trainer)


def _plan(seconds: float, check_seconds: float, setup: TrainingSetup) -> tuple[dict[str, int], float]:
    """Return steps, checks and threads as changes of the recipe, and the seconds that steps and checks will take.

    They are those of the recipe, or else as many as fit into the seconds.
    """
    train, all_threads = setup.recipe.train, own_threads(setup.world)
    fitting = MOST_CHECKS if train.steps is not None else int(CHECK_SHARE * seconds / max(check_seconds, 1e-9))
    checks = train.checks or min(max(1, fitting), MOST_CHECKS)
    steps, threads, needed = train.steps or 0, train.threads or all_threads, 0.0
    if train.steps is None and seconds > 0:
        checking = (checks + 1) * check_seconds
        choices = {train.threads} if train.threads else {1, all_threads}
        steps, threads, needed = plan_steps(setup, seconds, choices, checking)
        needed += checking
    return {"train.steps": steps, "train.checks": checks, "train.threads": threads}, needed


def _resume(setup: TrainingSetup, path: Path, tensors: dict[str, Tensor], state: RunState) -> _Run:
    """Restore a run from its checkpoint. Raises SdaError when the sounds in the folder have changed."""
    if corpus_fingerprint(setup.sounds) != state.sounds:
        raise SdaError("The sounds in the folder are not those that this run began with; start a new training.")
    recipe, threads = state.recipe, own_threads(setup.world)
    if setup.world.size > 1:  # it may have had the computer to itself
        recipe = recipe.override(train__threads=min(recipe.train.threads or threads, threads))
    setup = setup.with_recipe(recipe)
    try:
        # Loading draws random weights, so it comes before the RNG state is restored.
        best = SdaModel.load(path, str(setup.codec.mean.device))
    except SdaError:
        best = None
    trainer = TrainerState(setup.codec, state.recipe.train)
    trainer.restore(tensors)
    if best is None:  # its file is missing: fall back to the codec of the checkpoint
        snapshot = dataclasses.replace(setup, codec=copy.deepcopy(setup.codec)).snapshot()
        metrics = {"held_out_start": state.start, **snapshot.measure()}
        state = dataclasses.replace(state, closest=metrics["held_out"], metrics=metrics, kept=state.report.step)
        best = _saved(snapshot, metrics, path)
    return _Run(setup, path, best, state, trainer)
