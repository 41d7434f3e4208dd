"""The bottleneck `vae`: latents of bounded information.

Closed form, networks and memory are the same as with codes. Continuous latents can't be edited as codes; they measure
the cost of quantization, reproduce the corpus, and can be moved by sliders. New ones are drawn from a Gaussian model
(gaussian.py).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from sda_lib.codec.bottlenecks import Bottleneck, Quantized, no_indices, zeroed
from sda_lib.config import CodecConfig

# Initial standard deviation of the posterior, relative to the root mean square of all latents.
NOISE = 0.1
# Least standard deviation of the prior in a dimension, relative to the widest one, for dimensions that the data does
# not fill.
LEAST_SCALE = 1e-3


class Variational(Bottleneck):
    """A Gaussian posterior around the latent with a Gaussian prior (Kingma & Welling 2014).

    In every dimension the prior is as wide as the PCA's latents, so that KL counts nats on one scale from the first
    step. The posterior's spread is one learned number per dimension plus a linear head that starts at zero: at first
    the same absolute noise everywhere (and the prior's own where that is narrower), which is what reverse water-filling
    gives a Gaussian source (Cover & Thomas, Elements of Information Theory, 10.3.3).
    """

    scale: Tensor
    draws: Tensor

    def __init__(self, config: CodecConfig) -> None:
        super().__init__(config)
        self.register_buffer("scale", torch.ones(config.latent_dim))
        self.register_buffer("draws", torch.zeros((), dtype=torch.int64), persistent=False)
        self.log_sigma = nn.Parameter(torch.zeros(config.latent_dim))
        self.head = zeroed(nn.Linear(config.latent_dim, config.latent_dim, bias=False))

    def forward(self, latent: Tensor, depth: Tensor | None = None, part: tuple[int, int] = (0, 1)) -> Quantized:
        """Draw from the posterior of [batch, frame, dim]; the loss is the KL divergence [dim] in nats."""
        mean = latent / self.scale
        log_sigma = self.log_sigma + self.head(mean)
        kl = 0.5 * (mean.square() + (2 * log_sigma).exp() - 1) - log_sigma
        drawn = latent + self.scale * log_sigma.exp() * self._noise(latent, *part)
        return Quantized(drawn, no_indices(latent), kl.flatten(0, -2).mean(0))

    def _noise(self, like: Tensor, number: int, parts: int) -> Tensor:
        """Return standard normal noise seeded by the number of draws so far: part `number` of that of a whole batch.

        Draws of a copy therefore don't affect the original.
        """
        generator = torch.Generator().manual_seed(int(self.draws))
        self.draws += 1
        whole = torch.randn(parts * len(like), *like.shape[1:], generator=generator, dtype=like.dtype)
        return whole[number * len(like) :][: len(like)].to(like.device)

    @torch.no_grad()
    def fit(
        self,
        latent: Tensor,
        seed: int = 0,
        between: Tensor | None = None,
        recording: Tensor | None = None,
        half: Tensor | None = None,
    ) -> None:
        """Set the prior's width from [frame, dim] in closed form, and a small initial noise."""
        spread = latent.square().mean(0).sqrt()
        self.scale.copy_(spread.clamp_min(LEAST_SCALE * float(spread.max().clamp_min(1e-6))))
        noise = NOISE * float(spread.square().mean().sqrt())
        self.log_sigma.copy_((noise / self.scale).clamp(1e-4, 1.0).log())


def information_loss(kl: Tensor, free_bits: float) -> Tensor:
    """Return the sum of KL [dim] in nats, where each dimension has `free_bits` at no cost (Kingma et al. 2016)."""
    return kl.clamp_min(free_bits * math.log(2)).sum()
