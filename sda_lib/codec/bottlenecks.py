"""What every bottleneck between encoder and decoder has: `Bottleneck`, and its result `Quantized`, both batch first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sda_lib.config import CodecConfig


@dataclass(frozen=True)
class Quantized:
    """Result of a bottleneck.

    `latent` [batch, frame, dim] is for the decoder, `indices` are [batch, level, frame], and `loss` pulls the encoder
    closer.
    """

    latent: Tensor
    indices: Tensor
    loss: Tensor


class Bottleneck(nn.Module):
    """The bottleneck `none`, which leaves latents as they are, and the base of the others.

    Every bottleneck has a table of latents: codes [..., level, frame] if it is `discrete`, else latents
    [..., dim, frame].
    """

    discrete = False
    codebooks: Tensor  # [level, code, dim], if discrete

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()

    def forward(self, latent: Tensor, depth: Tensor | None = None, part: tuple[int, int] = (0, 1)) -> Quantized:
        """Quantize [batch, frame, dim] for training; here unchanged, without indices, and with an empty loss.

        `part` says which part of how many equal ones of a batch it is, where several processes share it.
        """
        return Quantized(latent, no_indices(latent), latent.new_zeros(0))

    def search(self, latent: Tensor, beam: int) -> Quantized:
        """Quantize [batch, frame, dim] outside training; here unchanged, with a loss of zero."""
        return Quantized(latent, no_indices(latent), latent.new_zeros(()))

    def embed(self, table: Tensor, muted: Sequence[int] = ()) -> Tensor:
        """Convert a table to latents [..., frame, dim], without the `muted` levels."""
        return table.transpose(-1, -2)

    def reassign_dead(self, latent: Tensor, beam: int) -> Tensor:
        """Move codes that no frame uses to frames [frame, dim]; return the frames' table."""
        return latent.T

    def fit(
        self,
        latent: Tensor,
        seed: int = 0,
        between: Tensor | None = None,
        recording: Tensor | None = None,
        half: Tensor | None = None,
    ) -> None:
        """Fit to latents [frame, dim] in closed form; here there is nothing to fit."""


def no_indices(latent: Tensor) -> Tensor:
    """Return an empty table of indices, [batch, 0, frame]."""
    return latent.new_zeros((latent.shape[0], 0, latent.shape[1]), dtype=torch.int64)


def zeroed(layer: nn.Linear) -> nn.Linear:
    """Set a layer's weights and bias to zero, so that it adds nothing before it is trained."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer
