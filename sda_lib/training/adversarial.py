"""The adversarial stage: a discriminator learns to tell recordings from decoded sound, and the codec to pass for real.

The losses are those of least-squares GANs (Mao et al. 2017) with feature matching (Kumar et al., "MelGAN", 2019). They
come on top of the magnitude losses, which stay as they are.

The discriminator hears waveforms: decoded magnitudes with the *true* phases of the segment, resynthesized by an inverse
STFT and analyzed again at three resolutions. So it can't complain about phases, which the codec does not make, and the
way from the decoder to it is short and differentiable. But phases carry magnitudes: of a closed-form model's levels,
which from bin to bin have 29 % of the roughness of the recordings, a new analysis of that waveform shows 84 % (fifty;
drums 28 and 84 %). So one more judge looks at the decoded magnitudes themselves.

Texture noise is left out here: it is measured on the trained codec, so it shrinks by what the codec learns to say.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.codec.codec import Codec
from sda_lib.codec.stft import Spectral, left_right, modulus
from sda_lib.config import TrainConfig
from sda_lib.memory.decode import LOUDEST
from sda_lib.training.discriminator import Discriminator, Heard, Maps, noise_magnitude

RATE, BETAS = 1e-3, (0.8, 0.99)
"""The discriminator's AdamW; its learning rate does not fall, so it stays ahead of a codec that slows down."""


class Adversary:
    """A discriminator, on the codec's device, and its optimizer; the same at every start with the same seed."""

    def __init__(self, codec: Codec, train: TrainConfig) -> None:
        self.spectral, self.train = codec.spectral, train
        with torch.random.fork_rng(devices=[]):  # so that a run's other random numbers don't depend on this stage
            torch.default_generator.manual_seed(train.seed)
            self.discriminator = Discriminator().to(codec.mean.device)
        self.optimizer = torch.optim.AdamW(self.discriminator.parameters(), lr=RATE, betas=BETAS)

    def loss(self, levels: Tensor, spectra: Tensor) -> Tensor:
        """Let the discriminator learn from a batch, then say what it holds against the decoder, weighted by the recipe.

        `levels` are decoded log10 magnitudes, `spectra` the true complex ones, both [batch, channel, bin, k].
        """
        real, fake = heard(self.spectral, spectra), heard(self.spectral, with_phase_of(spectra, levels))
        self.learn(real, fake.detached())
        self.discriminator.requires_grad_(False)
        wanted, found = self.discriminator(real), self.discriminator(fake)
        self.discriminator.requires_grad_(True)
        return self.train.adversarial * passing_loss(found) + self.train.feature_matching * matching_loss(wanted, found)

    def learn(self, real: Heard, fake: Heard) -> None:
        """One step of the discriminator."""
        loss = telling_loss(self.discriminator(real), self.discriminator(fake))
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


def with_phase_of(spectra: Tensor, levels: Tensor) -> Tensor:
    """Complex spectra of log10 magnitudes `levels` with the phases of other spectra of that shape."""
    return spectra * (torch.pow(10.0, levels.clamp_max(LOUDEST)) / modulus(spectra))


def heard(spectral: Spectral, spectra: Tensor) -> Heard:
    """Complex spectra [batch, channel, bin, k] of mid and side -> left and right waveforms [channel * batch, time], and
    the magnitudes of mid and side."""
    batch, channels = spectra.shape[:2]
    rows = spectra.flatten(0, 1).transpose(1, 2)
    signals = spectral.signal(rows).unflatten(0, (batch, channels))
    magnitudes = modulus(rows) / noise_magnitude(spectral.window)
    return Heard(left_right(signals.transpose(0, 1)).flatten(0, 1), magnitudes)


def telling_loss(real: Maps, fake: Maps) -> Tensor:
    """What the discriminator minimizes: scores of recordings near 1, of decoded sound near 0."""
    losses = [(1 - r[-1]).square().mean() + f[-1].square().mean() for r, f in zip(real, fake, strict=True)]
    return torch.stack(losses).mean()


def passing_loss(fake: Maps) -> Tensor:
    """What the codec minimizes: scores of decoded sound near 1."""
    return torch.stack([(1 - maps[-1]).square().mean() for maps in fake]).mean()


def matching_loss(real: Maps, fake: Maps) -> Tensor:
    """Feature matching: mean L1 between the layers' maps, relative to how large the recordings' are."""
    pairs = [pair for maps in zip(real, fake, strict=True) for pair in zip(maps[0][:-1], maps[1][:-1], strict=True)]
    return torch.stack([F.l1_loss(f, r) / r.abs().mean().clamp_min(1e-6) for r, f in pairs]).mean()
