"""Continuous bottlenecks: latents that stay real numbers, as they are (`none`) or with a bounded information (`vae`).

They share everything else with the codes: closed form, networks, memory. There is nothing to edit in them; they say
what quantization costs, play one's own sounds, and sliders move them. New ones are written by a Gaussian (gaussian.py).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from sda_lib.codec.rvq import Quantized
from sda_lib.config import CodecConfig

NOISE = 0.1
"""The posterior's standard deviation at first, relative to the root mean square of all latents."""
LEAST_SCALE = 1e-3
"""The prior's standard deviation in a dimension that the data does not fill, relative to the widest one."""


class Continuous(nn.Module):
    """Latents pass as they are; a table of them is [..., dim, frame], as one of codes is [..., level, frame]."""

    discrete = False

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()

    def forward(self, latent: Tensor, depth: Tensor | None = None) -> Quantized:
        """[batch, frame, dim] unchanged; no indices, and a loss over no dimension."""
        return Quantized(latent, _no_indices(latent), latent.new_zeros(0))

    def search(self, latent: Tensor, beam: int) -> Quantized:
        """[batch, frame, dim] unchanged, outside training; the loss says that nothing is lost."""
        return Quantized(latent, _no_indices(latent), latent.new_zeros(()))

    def embed(self, table: Tensor, muted: object = ()) -> Tensor:
        """Latents [..., dim, frame] -> [..., frame, dim]."""
        return table.transpose(-1, -2)

    def employ(self, latent: Tensor, beam: int) -> Tensor:
        """The table of latents [frame, dim]: there are no codes that could be idle."""
        return latent.T

    def fit(self, latent: Tensor, seed: int = 0, between: Tensor | None = None, recording: object = None) -> None:
        """Closed form on [frame, dim]: there is nothing to fit."""


class Variational(Continuous):
    """A Gaussian posterior around the latent against a Gaussian prior (Kingma & Welling 2014).

    The prior is as wide as the PCA's latents are in every dimension, so that KL counts nats on one scale from the first
    step on. The posterior's spread is one learned number per dimension plus a linear head that starts at zero: at
    first the same absolute noise everywhere (and the prior's own where that is narrower), which is what reverse
    water-filling gives a Gaussian source (Cover & Thomas, Elements of Information Theory, 10.3.3).
    """

    def __init__(self, config: CodecConfig) -> None:
        super().__init__(config)
        self.register_buffer("scale", torch.ones(config.latent_dim))
        self.register_buffer("draws", torch.zeros((), dtype=torch.int64), persistent=False)
        self.log_sigma = nn.Parameter(torch.zeros(config.latent_dim))
        self.head = nn.Linear(config.latent_dim, config.latent_dim, bias=False)
        nn.init.zeros_(self.head.weight)

    def forward(self, latent: Tensor, depth: Tensor | None = None) -> Quantized:
        """[batch, frame, dim] -> a draw around it; loss is the KL divergence [dim] in nats."""
        mean = latent / self.scale
        log_sigma = self.log_sigma + self.head(mean)
        kl = 0.5 * (mean.square() + (2 * log_sigma).exp() - 1) - log_sigma
        drawn = latent + self.scale * log_sigma.exp() * self._noise(latent)
        return Quantized(drawn, _no_indices(latent), kl.flatten(0, -2).mean(0))

    def _noise(self, like: Tensor) -> Tensor:
        """Standard normal, by the number of draws so far: a copy that is tried out leaves this one's draws alone."""
        generator = torch.Generator().manual_seed(int(self.draws))
        self.draws += 1
        return torch.randn(like.shape, generator=generator, dtype=like.dtype).to(like.device)

    @torch.no_grad()
    def fit(self, latent: Tensor, seed: int = 0, between: Tensor | None = None, recording: object = None) -> None:
        """Closed form on [frame, dim]: the prior's width, and small noise."""
        spread = latent.square().mean(0).sqrt()
        self.scale.copy_(spread.clamp_min(LEAST_SCALE * float(spread.max().clamp_min(1e-6))))
        noise = NOISE * float(spread.square().mean().sqrt())
        self.log_sigma.copy_((noise / self.scale).clamp(1e-4, 1.0).log())


def information_loss(kl: Tensor, free_bits: float) -> Tensor:
    """KL [dim] in nats -> their sum, where every dimension has some bits for free (Kingma et al. 2016)."""
    return kl.clamp_min(free_bits * math.log(2)).sum()


def _no_indices(latent: Tensor) -> Tensor:
    """[batch, 0, frame]: a table of no levels."""
    return latent.new_zeros((latent.shape[0], 0, latent.shape[1]), dtype=torch.int64)
