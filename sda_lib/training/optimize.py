"""Gradient steps on a codec's networks and codebooks, as many as the budget allows."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from sda_lib.codec.codec import Codec
from sda_lib.codec.losses import magnitude_loss
from sda_lib.codec.rvq import ResidualVQ
from sda_lib.codec.stft import modulus
from sda_lib.codec.vae import information_loss
from sda_lib.config import Recipe, TrainConfig
from sda_lib.training.checkpoint import StepReport, corpus_fingerprint
from sda_lib.training.optimizer_shards import optimizer_shards
from sda_lib.training.segments import Segments
from sda_lib.training.state import TrainerState
from sda_lib.training.world import ALONE, END, World

# Share of the steps in which the learning rate rises.
WARM_UP = 0.05
LARGEST_GRADIENT = 1.0
# Steps between two re-seedings of unused codes, and the share of the run after which they end.
REVIVE_EVERY, REVIVE_UNTIL = 25, 0.8
PROGRESS_SECONDS = 0.5
# Share of its time budget by which a run may be late before it is shortened.
SLACK = 0.1
# Fewest steps of a run with a time budget, on any machine: two per check.
LEAST_STEPS = 16


@dataclass(frozen=True)
class StepBudget:
    """Progress of a run, 0..1: by steps, or by the clock once it is more than SLACK behind its time budget.

    A run that the machine keeps up with depends on its steps alone. A slower one still ends in time, but not before
    LEAST_STEPS: on a busy machine a run takes longer rather than ending untrained.
    """

    steps: int
    seconds: float | None
    began: float

    def progress(self, step: int) -> float:
        """Return the share of the run completed after `step` steps, 0..1."""
        late = 0.0 if self.seconds is None else (time.monotonic() - self.began) / self.seconds - SLACK
        return min(1.0, max(step / self.steps, min(late, step / LEAST_STEPS)))


def optimize(
    codec: Codec,
    segments: Segments,
    train: TrainConfig,
    budget: StepBudget,
    trainer: TrainerState | None = None,
    world: World = ALONE,
) -> Iterator[StepReport]:
    """Train the codec's networks and codebooks for the budget's steps, or for those that `trainer` has left.

    Yields a report about twice a second. `train.checks` of them, spread over the run and at its end, request a check.
    The other processes of a `world` that this one leads take the same steps.
    """
    checks = train.checks or 1
    if not budget.steps:
        return  # creating an optimizer takes a second
    state = trainer or TrainerState(codec, train)
    began = reported = time.monotonic()
    first, check = state.progress, False
    with _followed(segments, train, state, world), shared_steps(state, world):
        while state.progress < 1.0:
            before, progress = state.progress, budget.progress(state.step + 1)
            world.tell_step(progress, renewed=check)
            loss = take_step(segments, train, state, progress, world, renewed=check)
            now = time.monotonic()
            check = int(progress * checks) > int(before * checks)
            if check or now - reported > PROGRESS_SECONDS:
                reported = now
                left = (now - began) * (1 - progress) / max(progress - first, 1e-9)
                yield StepReport(state.step, float(loss), left, check, is_adversarial(train, state))


@contextlib.contextmanager
def _followed(segments: Segments, train: TrainConfig, state: TrainerState, world: World) -> Iterator[None]:
    """Give the followers the state that they take steps from, and tell them when the last step was taken.

    After an error they are not told: they may be in the middle of a step, and notice that the leader is gone.
    """
    if world.size > 1:
        recipe = Recipe(state.codec.audio, state.codec.config, train=train)
        facts = {"recipe": recipe.to_json(), "sounds": corpus_fingerprint(segments.sounds)}
        world.send({**facts, "threads": torch.get_num_threads()}, state.tensors())
    try:
        yield
    except GeneratorExit:
        world.tell_step(END)
        raise
    world.tell_step(END)


@contextlib.contextmanager
def shared_steps(state: TrainerState, world: World) -> Iterator[None]:
    """Let the processes of a world share the steps of the codec's optimizer, where they have memory in common.

    All of them call it together, with the same state.
    """
    with optimizer_shards(state.optimizer, state.weights, world) as state.shards:
        try:
            yield
        finally:
            state.shards = None


def take_step(
    segments: Segments,
    train: TrainConfig,
    state: TrainerState,
    progress: float,
    world: World = ALONE,
    renewed: bool = False,
) -> Tensor:
    """Take one optimizer step to `progress` on a new batch, and return the loss.

    All processes of a world call it together. If the leader has `renewed` its codec since the last step (a check moves
    unused codes), the others take it over first.
    """
    codec = state.codec
    if renewed:
        world.copy_from_leader([*codec.parameters(), *codec.buffers()])
    state.step, state.progress = state.step + 1, progress
    for group in state.optimizer.param_groups:
        group["lr"] = train.learning_rate * learning_rate_factor(progress)
    loss, latent = _add_gradients(segments, train, state, world)
    loss = _follow_gradients(loss, train, state, world)
    tracked = _tracked(codec, train)
    if tracked is not None and state.step % REVIVE_EVERY == 0 and progress < REVIVE_UNTIL:
        tracked.revive(world.gather(latent), state.generator)
    return loss


def _follow_gradients(loss: Tensor, train: TrainConfig, state: TrainerState, world: World) -> Tensor:
    """Let the optimizer take a step with the mean gradients of all parts of a batch; return the mean of its losses."""
    gradients = [one.grad for one in state.weights if one.grad is not None]
    if train.accumulation > 1:
        for one in (loss, *gradients):
            one.div_(train.accumulation)
    if state.shards is not None:
        return state.shards.step(loss, LARGEST_GRADIENT)
    world.average([loss, *gradients])
    torch.nn.utils.clip_grad_norm_(state.weights, LARGEST_GRADIENT)
    state.optimizer.step()
    return loss


def _add_gradients(segments: Segments, train: TrainConfig, state: TrainerState, world: World) -> tuple[Tensor, Tensor]:
    """Add up the gradients of the parts of a new batch, one after the other, and let the codebooks follow the batch.

    Returns the sum of the parts' losses and their latents [batch * frame, dim]. One process with several parts has, to
    the last bit, the gradients of as many processes with one part each.
    """
    before = state.generator.get_state() if train.accumulation > 1 else None
    parts = []
    total: Tensor | None = None
    for part in range(train.accumulation):
        if before is not None:
            state.generator.set_state(before)  # every part is of the same batch
        batch = _run_batch(state.codec, segments, train, state.generator, world, part)
        loss = batch.loss
        if state.adversary is not None and is_adversarial(train, state):
            loss = loss + state.adversary.loss(batch.log_magnitudes, batch.spectra, world)
        if not part:
            for one in state.weights:
                one.grad = None  # as zero_grad, which takes 0.1 ms for that
        loss.backward()
        total = loss.detach() if total is None else total + loss.detach()
        parts.append((batch.latent, batch.indices))
    assert total is not None
    latent = torch.cat([one for one, _ in parts])
    if (tracked := _tracked(state.codec, train)) is not None:
        tracked.track(latent, torch.cat([one for _, one in parts]), train.codebook_decay, world.average)
    return total, latent.flatten(0, 1)


def is_adversarial(train: TrainConfig, state: TrainerState) -> bool:
    """Return whether the last step was one of the adversarial stage."""
    return state.adversary is not None and state.progress > train.adversarial_from


def _tracked(codec: Codec, train: TrainConfig) -> ResidualVQ | None:
    """Return the codebooks if they follow the data by moving averages."""
    books = codec.bottleneck
    return books if isinstance(books, ResidualVQ) and train.codebook_decay < 1 else None


@dataclass(frozen=True)
class StepResult:
    """Result of one batch.

    The loss, latents [batch, frame, dim], their codes [batch, level, frame] (of a codec that has some), decoded log10
    magnitudes, and the true complex spectra; the last two are [batch, channel, bin, k].
    """

    loss: Tensor
    latent: Tensor
    indices: Tensor
    log_magnitudes: Tensor
    spectra: Tensor


def _run_batch(
    codec: Codec,
    segments: Segments,
    train: TrainConfig,
    generator: torch.Generator,
    world: World = ALONE,
    part: int = 0,
) -> StepResult:
    """Encode and decode one of `train.accumulation` parts of a batch, and compute its loss.

    In a world of several processes it is a part of the process's share of the batch.
    """
    share, place = world.share(train.batch, part, train.accumulation)
    mel, spectra = segments.draw(train.batch, generator, share)
    latent = codec.latent(codec.features(mel))
    depths = _draw_depths(train, codec.config.levels, generator)[share].to(latent.device)
    quantized = codec.bottleneck(latent, depths, place)
    log_magnitudes = codec.log_magnitudes(quantized.latent)
    loss = magnitude_loss(codec.spectral, log_magnitudes, modulus(spectra))
    if codec.bottleneck.discrete:
        loss = loss + train.commitment * quantized.loss
    else:
        loss = loss + train.kl_weight * information_loss(world.mean(quantized.loss), train.free_bits)
    return StepResult(loss, latent.detach(), quantized.indices, log_magnitudes, spectra)


def _draw_depths(train: TrainConfig, levels: int, generator: torch.Generator) -> Tensor:
    """Draw how many levels each segment of the batch uses [batch] (quantizer dropout)."""
    fewer = torch.randint(1, levels + 1, (train.batch,), generator=generator)
    return torch.where(torch.rand(train.batch, generator=generator) < train.quantizer_dropout, fewer, levels)


def learning_rate_factor(progress: float) -> float:
    """Return the learning rate over its peak at `progress` 0..1: a short linear rise times half a cosine."""
    return min(1.0, progress / WARM_UP) * 0.5 * (1 + math.cos(math.pi * progress))
