"""Adversarial stage: a discriminator learns to distinguish recordings from decoded sound, the codec to pass as real.

The losses are those of least-squares GANs (Mao et al. 2017) with feature matching (Kumar et al., "MelGAN", 2019). They
are added to the magnitude losses, which remain unchanged.

The discriminator is given waveforms: decoded magnitudes with the *true* phases of the segment, resynthesized by an
inverse STFT and analyzed again at three resolutions. So it cannot penalize phases, which the codec does not produce,
and the path from the decoder to it is short and differentiable. But phases carry magnitudes: the magnitudes of a
closed-form model have 29 % of the recordings' roughness from bin to bin, whereas a new analysis of that waveform shows
84 % (fifty; drums 28 and 84 %). Therefore one more network scores the decoded magnitudes themselves.

Noise substitution is left out here: it is measured on the trained codec, so it shrinks by as much as the codec learns
to reproduce.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.codec.codec import Codec
from sda_lib.codec.stft import Spectral, left_right, modulus
from sda_lib.config import TrainConfig
from sda_lib.memory.decode import LOUDEST
from sda_lib.training.discriminator import Discriminator, DiscriminatorInput, Maps, noise_magnitude
from sda_lib.training.world import ALONE, World

# Learning rate and betas of the discriminator's AdamW; the learning rate is constant, so that the discriminator stays
# ahead of a codec whose learning rate falls.
RATE, BETAS = 1e-3, (0.8, 0.99)


class Adversary:
    """A discriminator on the codec's device and its optimizer; the initial weights depend on the seed alone."""

    def __init__(self, codec: Codec, train: TrainConfig) -> None:
        self.spectral, self.train = codec.spectral, train
        with torch.random.fork_rng(devices=[]):  # so that a run's other random numbers don't depend on this stage
            torch.default_generator.manual_seed(train.seed)
            self.discriminator = Discriminator().to(codec.mean.device)
        self.optimizer = torch.optim.AdamW(self.discriminator.parameters(), lr=RATE, betas=BETAS)

    def loss(self, log_magnitudes: Tensor, spectra: Tensor, world: World = ALONE) -> Tensor:
        """Train the discriminator on a batch, then return the decoder's adversarial loss with the recipe's weights.

        `log_magnitudes` are decoded (log10), `spectra` the true complex spectra, both [batch, channel, bin, k]. In a
        world of several processes they are the process's share of the batch, and the discriminator learns from all.
        """
        real = discriminator_input(self.spectral, spectra)
        fake = discriminator_input(self.spectral, with_phases_of(spectra, log_magnitudes))
        self.train_step(real, fake.detached(), world)
        self.discriminator.requires_grad_(False)
        wanted, found = self.discriminator(real), self.discriminator(fake)
        self.discriminator.requires_grad_(True)
        matching = self.train.feature_matching * feature_matching_loss(wanted, found, world)
        return self.train.adversarial * generator_loss(found) + matching

    def train_step(self, real: DiscriminatorInput, fake: DiscriminatorInput, world: World = ALONE) -> None:
        """Take one optimizer step of the discriminator."""
        loss = discriminator_loss(self.discriminator(real), self.discriminator(fake))
        self.optimizer.zero_grad()
        loss.backward()
        world.average([one.grad for one in self.discriminator.parameters() if one.grad is not None])
        self.optimizer.step()


def with_phases_of(spectra: Tensor, log_magnitudes: Tensor) -> Tensor:
    """Return complex spectra of log10 magnitudes with the phases of `spectra`, of the same shape."""
    return spectra * (torch.pow(10.0, log_magnitudes.clamp_max(LOUDEST)) / modulus(spectra))


def discriminator_input(spectral: Spectral, spectra: Tensor) -> DiscriminatorInput:
    """Convert mid/side spectra [batch, channel, bin, k] to the discriminator's input.

    That is left and right waveforms [channel * batch, time], and the magnitudes of mid and side relative to those of
    full-scale noise.
    """
    batch, channels = spectra.shape[:2]
    rows = spectra.flatten(0, 1).transpose(1, 2)
    signals = spectral.signal(rows).unflatten(0, (batch, channels))
    magnitudes = modulus(rows) / noise_magnitude(spectral.window)
    return DiscriminatorInput(left_right(signals.transpose(0, 1)).flatten(0, 1), magnitudes)


def discriminator_loss(real: Maps, fake: Maps) -> Tensor:
    """Return the discriminator's loss: scores of recordings should be 1, of decoded sound 0."""
    losses = [(1 - r[-1]).square().mean() + f[-1].square().mean() for r, f in zip(real, fake, strict=True)]
    return torch.stack(losses).mean()


def generator_loss(fake: Maps) -> Tensor:
    """Return the codec's loss: scores of decoded sound should be 1."""
    return torch.stack([(1 - maps[-1]).square().mean() for maps in fake]).mean()


def feature_matching_loss(real: Maps, fake: Maps, world: World = ALONE) -> Tensor:
    """Return the feature matching loss.

    It is the mean L1 distance between the layers' maps, relative to the mean magnitude of the recordings' maps in the
    batches of all processes.
    """
    pairs = [pair for maps in zip(real, fake, strict=True) for pair in zip(maps[0][:-1], maps[1][:-1], strict=True)]
    magnitudes = world.mean(torch.stack([r.abs().mean() for r, _ in pairs])).clamp_min(1e-6)
    return (torch.stack([F.l1_loss(f, r) for r, f in pairs]) / magnitudes).mean()
