"""Grains as codes: so the writers of codes write for models that have latents alone.

Every grain of the recordings is a code of a single level, and its latent is the code's vector. What is written with
such codes are passages of the recordings and jumps between them; the latents are read from the grains afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sda_lib.codec.bottlenecks import Bottleneck, Quantized
from sda_lib.codec.codes import Codes
from sda_lib.config import CodecConfig
from sda_lib.distances import squared_distances
from sda_lib.memory.grains import Memory
from sda_lib.prior.gaussian import Latents

# Frames compared with all grains at once.
FRAMES_AT_ONCE = 256


class GrainBottleneck(Bottleneck):
    """A bottleneck of one level whose codebook are the latents [grain, dim] of grains."""

    discrete = True

    def __init__(self, config: CodecConfig, latents: Tensor) -> None:
        super().__init__(config)
        self.codebooks = latents[None]

    def embed(self, table: Tensor, muted: Sequence[int] = ()) -> Tensor:
        """Return the latents [frame, dim] of grains [1, frame]."""
        return self.codebooks[0][table[0]]

    def search(self, latent: Tensor, beam: int) -> Quantized:
        """Return grains infinitely far away: no other grain replaces one that a walk has chosen.

        A nearer one would break the passage of a recording, and latents need no rounding to grains.
        """
        grains = torch.zeros(1, 1, latent.shape[1], dtype=torch.int64, device=latent.device)
        return Quantized(torch.full_like(latent, torch.inf), grains, latent.new_zeros(()))

    def nearest(self, latent: Tensor) -> Tensor:
        """Return the nearest grain [frame] of each latent [frame, dim]."""
        parts = latent.split(FRAMES_AT_ONCE)
        return torch.cat([squared_distances(part, self.codebooks[0]).argmin(1) for part in parts])


@dataclass(frozen=True)
class GrainCodec:
    """What a writer needs of a codec, with grains as codes (novelty.CodeSpace)."""

    mean: Tensor
    bottleneck: GrainBottleneck
    config: CodecConfig

    @classmethod
    def of(cls, memory: Memory) -> GrainCodec:
        """Return the codec of a memory's grains."""
        config = memory.codec.config
        return cls(memory.keys.mean(0), GrainBottleneck(config, memory.keys), config)

    def codes_of(self, sound: Latents) -> Codes:
        """Return the grains nearest to latents as codes of the same length and placement."""
        grains = self.bottleneck.nearest(sound.values.to(self.mean))[None].cpu().numpy()
        size = self.bottleneck.codebooks.shape[1]
        return Codes(grains, size, sound.hop, sound.sample_rate, sound.length, **sound.placement)

    def latents_of(self, indices: np.ndarray) -> Tensor:
        """Return the latents [frame, dim] of grains [1, frame]."""
        return self.bottleneck.embed(torch.tensor(indices, device=self.mean.device))
