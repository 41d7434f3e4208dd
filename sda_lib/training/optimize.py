"""Optimizing: the steps on a codec's networks and codebooks, one after the other, as far as the pace says."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from sda_lib.codec.codec import Codec
from sda_lib.codec.losses import magnitude_loss
from sda_lib.codec.stft import modulus
from sda_lib.codec.vae import information_loss
from sda_lib.config import TrainConfig
from sda_lib.training.checkpoint import Stride
from sda_lib.training.segments import Segments
from sda_lib.training.state import Learner

WARM_UP = 0.05
"""Share of the steps in which the learning rate rises."""
LARGEST_GRADIENT = 1.0
REVIVE_EVERY, REVIVE_UNTIL = 25, 0.8
"""Dead codes are re-seeded this often (steps), until this share of the run."""
PROGRESS_SECONDS = 0.5
SLACK = 0.1
"""Share of its time budget that a run may be late before it hurries."""
LEAST_STEPS = 16
"""Steps that a run with a time budget takes at least, however slow the machine is: two to a check."""


@dataclass(frozen=True)
class Pace:
    """How far a run is, 0..1: by its steps; or by the clock, once it is more than SLACK behind its time budget.

    So a run that the machine keeps up with depends on its steps alone, and one that it doesn't still ends in time, but
    not before LEAST_STEPS: a machine that other programs keep busy delays a run, and doesn't replace it.
    """

    steps: int
    seconds: float | None
    began: float

    def progress(self, step: int) -> float:
        late = 0.0 if self.seconds is None else (time.monotonic() - self.began) / self.seconds - SLACK
        return min(1.0, max(step / self.steps, min(late, step / LEAST_STEPS)))


def optimize(
    codec: Codec, segments: Segments, train: TrainConfig, pace: Pace, learner: Learner | None = None
) -> Iterator[Stride]:
    """Take the pace's steps on the codec's networks and codebooks, or those that the learner has not taken yet; says
    something about twice a second.

    `train.checks` times, spread over the run and at its end, a stride asks for a measurement.
    """
    checks = train.checks or 1
    if not pace.steps:
        return  # an optimizer alone takes a second to load
    one = learner or Learner(codec, train)
    began = last_word = time.monotonic()
    first = one.progress
    while one.progress < 1.0:
        before, progress = one.progress, pace.progress(one.step + 1)
        one.step, one.progress = one.step + 1, progress
        for group in one.optimizer.param_groups:
            group["lr"] = train.learning_rate * schedule(progress)
        attempt = _attempt(codec, segments, train, one.generator)
        adversarial = one.adversary is not None and progress > train.adversarial_from
        loss = attempt.loss + one.adversary.loss(attempt.levels, attempt.spectra) if adversarial else attempt.loss
        one.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(one.weights, LARGEST_GRADIENT)
        one.optimizer.step()
        follows = codec.bottleneck.discrete and train.codebook_decay < 1
        if follows and one.step % REVIVE_EVERY == 0 and progress < REVIVE_UNTIL:
            codec.bottleneck.revive(attempt.latent.flatten(0, 1), one.generator)
        now = time.monotonic()
        check = int(progress * checks) > int(before * checks)
        if check or now - last_word > PROGRESS_SECONDS:
            last_word = now
            left = (now - began) * (1 - progress) / max(progress - first, 1e-9)
            yield Stride(one.step, float(loss.detach()), left, check, adversarial)


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
