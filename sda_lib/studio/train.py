"""Training, written once from top to bottom: closed form, then the residual networks until the budget ends.

`learn` is a generator of events. After some seconds it has saved a playable model; it saves again whenever the sounds
it never trained on come back better; in the adversarial stage, a little worse will do (LEEWAY). Closing the generator
saves the best model so far and stops.
"""

from __future__ import annotations

import copy
import dataclasses
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from sda_lib.config import Recipe, TrainConfig
from sda_lib.models.codec import Codec
from sda_lib.models.continuous import information_loss
from sda_lib.models.losses import magnitude_loss
from sda_lib.models.spectral import modulus
from sda_lib.sound.corpus import Corpus
from sda_lib.studio.adversarial import Adversary
from sda_lib.studio.events import Event
from sda_lib.studio.lesson import Lesson
from sda_lib.studio.material import Segments

WARM_UP = 0.05
"""Share of the steps in which the learning rate rises."""
BETAS, LARGEST_GRADIENT = (0.8, 0.99), 1.0
REVIVE_EVERY, REVIVE_UNTIL = 25, 0.8
"""Dead codes are re-seeded this often (steps), until this share of the run."""
COLD_STEPS, TRIAL_STEPS = 5, 10
"""Steps on a throw-away copy: first some that only warm the machine up, then those whose time is measured."""
MOST_CHECKS, CHECK_SHARE = 8, 0.15
"""How often during a run the held-out sounds are measured and the model saved, unless that takes more of the time."""
PROGRESS_SECONDS = 0.5
FITTING = "fitting what needs no training"
LEEWAY = 1.1
"""How much farther than the closest model one of the adversarial stage may be and still be kept: what sounds real is
rarely what is closest."""
SLACK = 0.1
"""Share of its time budget that a run may be late before it hurries."""


def learn(corpus: Corpus, recipe: Recipe, path: Path, name: str, device: str = "cpu") -> Iterator[Event]:
    """Train on a corpus and keep the best model so far at `path`. Raises SdaError for what the user can mend.

    The time budget becomes a number of steps (and threads) after a short measurement; with both given, a run repeats
    exactly on the same device; on a GPU, up to the order of its sums.
    """
    began = time.monotonic()
    torch.manual_seed(recipe.train.seed)
    yield Event("progress", message="reading the sounds")
    lesson = Lesson.begin(corpus, recipe, name, device)
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
    budget = 60 * recipe.train.minutes - (now - began)
    lesson = dataclasses.replace(lesson, recipe=recipe.override(**_plan(budget, now - checking, lesson)))
    steps, step, threads = lesson.recipe.train.steps, 0, torch.get_num_threads()
    pace = Pace(steps, None if recipe.train.steps is not None else 60 * recipe.train.minutes, began)
    closest = start
    try:
        torch.set_num_threads(lesson.recipe.train.threads)
        for stride in optimize(lesson.codec, lesson.segments(), lesson.recipe.train, pace):
            step = stride.step
            yield Event("progress", step, steps, {"loss": stride.loss, "seconds_left": stride.seconds_left})
            if not stride.check:
                continue
            draft = lesson.settle()
            found = {"held_out_start": start, **draft.judged()}
            now = found["held_out"]
            yield Event("metrics", step, steps, found)
            yield Event("levels", step, steps, draft.level_use())
            if now < closest * (LEEWAY if stride.adversarial else 1.0):
                closest, metrics = min(closest, now), found
                best = draft.model(metrics)
                best.save(path)
                yield Event("saved", step, steps, message=str(path))
    finally:
        torch.set_num_threads(threads)
        metrics = {**metrics, "steps": step, "seconds": time.monotonic() - began}
        best = dataclasses.replace(best.with_metrics(metrics), recipe=lesson.recipe)
        best.save(path)
    yield Event("done", step, steps, metrics, f"{name} is ready at {path}")


@dataclass(frozen=True)
class Pace:
    """How far a run is, 0..1: by its steps; or by the clock, once it is more than SLACK behind its time budget.

    So a run that the machine keeps up with depends on its steps alone, and one that it doesn't still ends in time.
    """

    steps: int
    seconds: float | None
    began: float

    def progress(self, step: int) -> float:
        late = 0.0 if self.seconds is None else (time.monotonic() - self.began) / self.seconds - SLACK
        return min(1.0, max(step / self.steps, late))


@dataclass(frozen=True)
class Stride:
    """A word from the optimizer: the step it is at, that step's loss, the time left, whether to measure now, and
    whether the adversarial stage has begun."""

    step: int
    loss: float
    seconds_left: float
    check: bool
    adversarial: bool


def optimize(codec: Codec, segments: Segments, train: TrainConfig, pace: Pace) -> Iterator[Stride]:
    """Take the pace's steps on the codec's networks and codebooks; says something about twice a second.

    `train.checks` times, spread over the run and at its end, a stride asks for a measurement.
    """
    checks = train.checks or 1
    if not pace.steps:
        return  # an optimizer alone takes a second to load
    generator = torch.Generator().manual_seed(train.seed)
    weights = [*codec.encoder.parameters(), *codec.bottleneck.parameters(), *codec.decoder.parameters()]
    optimizer = torch.optim.AdamW(weights, lr=train.learning_rate, betas=BETAS, fused=True)
    adversary = Adversary(codec, train) if train.adversarial else None
    began = last_word = time.monotonic()
    step, progress = 0, 0.0
    while progress < 1.0:
        step, before, progress = step + 1, progress, pace.progress(step + 1)
        for group in optimizer.param_groups:
            group["lr"] = train.learning_rate * schedule(progress)
        attempt = _attempt(codec, segments, train, generator)
        adversarial = adversary is not None and progress > train.adversarial_from
        loss = attempt.loss + adversary.loss(attempt.levels, attempt.spectra) if adversarial else attempt.loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, LARGEST_GRADIENT)
        optimizer.step()
        follows = codec.bottleneck.discrete and train.codebook_decay < 1
        if follows and step % REVIVE_EVERY == 0 and progress < REVIVE_UNTIL:
            codec.bottleneck.revive(attempt.latent.flatten(0, 1), generator)
        now = time.monotonic()
        check = int(progress * checks) > int(before * checks)
        if check or now - last_word > PROGRESS_SECONDS:
            last_word = now
            yield Stride(step, float(loss.detach()), (now - began) * (1 - progress) / progress, check, adversarial)


@dataclass(frozen=True)
class Attempt:
    """What a batch came back as: its loss, latents [batch, frame, dim], decoded log-magnitudes `levels` and true
    complex spectra, both [batch, channel, bin, k]."""

    loss: Tensor
    latent: Tensor
    levels: Tensor
    spectra: Tensor


def _attempt(codec: Codec, segments: Segments, train: TrainConfig, generator: torch.Generator) -> Attempt:
    """A batch there and back; the codebooks have been moved on with it."""
    mel, spectra = segments.draw(train.batch, generator)
    latent = codec.latent(codec.features(mel))
    quantized = codec.bottleneck(latent, _depth(train, codec.config.levels, generator).to(latent.device))
    levels = codec.log_magnitudes(quantized.latent)
    loss = magnitude_loss(codec.spectral, levels, modulus(spectra))
    if codec.bottleneck.discrete:
        if train.codebook_decay < 1:
            codec.bottleneck.track(latent.detach(), quantized.indices, train.codebook_decay)
        loss = loss + train.commitment * quantized.loss
    else:
        loss = loss + train.kl_weight * information_loss(quantized.loss, train.free_bits)
    return Attempt(loss, latent.detach(), levels, spectra)


def _depth(train: TrainConfig, levels: int, generator: torch.Generator) -> Tensor:
    """Quantizer dropout: how many levels each segment of the batch may use [batch]."""
    fewer = torch.randint(1, levels + 1, (train.batch,), generator=generator)
    return torch.where(torch.rand(train.batch, generator=generator) < train.quantizer_dropout, fewer, levels)


def schedule(progress: float) -> float:
    """Learning rate over its peak at a share of the run: a short rise, then half a cosine to zero."""
    return min(1.0, progress / WARM_UP) * 0.5 * (1 + math.cos(math.pi * progress))


def _plan(seconds: float, check_seconds: float, lesson: Lesson) -> dict[str, int]:
    """Steps, checks and threads for the recipe: those it names, else what is found to fit into the seconds.

    Two threads on a machine that other programs keep busy can be much slower than one, so a trial on throw-away copies
    tries both.
    """
    train, all_threads = lesson.recipe.train, torch.get_num_threads()
    fitting = MOST_CHECKS if train.steps is not None else int(CHECK_SHARE * seconds / check_seconds)
    checks = train.checks or min(max(1, fitting), MOST_CHECKS)
    if train.steps is not None or seconds <= 0:
        return {"train.steps": train.steps or 0, "train.checks": checks, "train.threads": train.threads or all_threads}
    began = time.monotonic()
    choices = {train.threads} if train.threads else {1, all_threads}
    spent = {threads: step_seconds(lesson, threads) for threads in sorted(choices)}
    threads = min(spent, key=spent.get)
    left = seconds - (time.monotonic() - began) - (checks + 1) * check_seconds
    return {"train.steps": max(0, round(left / spent[threads])), "train.checks": checks, "train.threads": threads}


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
