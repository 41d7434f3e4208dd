"""From latents to samples: codec magnitudes, the memory's share, phase, signal. Every step looks at few frames only."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

from sda_lib.models import memory as memory_module
from sda_lib.models.codec import Codec, griffin_lim
from sda_lib.models.memory import Grains, Match, Memory
from sda_lib.models.spectral import left_right

ROUNDS_WITH_GRAINS = 2
"""Griffin-Lim iterations when the phase starts from recorded grains."""
ROUNDS_ALONE = 16
"""Griffin-Lim iterations when the codec has to find the phase by itself."""
LOUDEST = 4.0
"""log10 magnitudes are kept below this, so that no code combination overflows."""


@torch.no_grad()
def synthesize(
    codec: Codec, memory: Memory | None, latent: Tensor, amount: float, first: int = 0
) -> tuple[Tensor, Match | None]:
    """Latents [frame, dim] -> (left/right samples [channel, frame * hop], the grains used or None).

    `amount` in 0..1 is how much of the recorded grains is heard; 0 or no memory is the codec alone. `first` is the
    place of the first latent in its sound.
    """
    calm = codec.texture.smooth(latent)
    levels = codec.log_magnitudes(calm[None])[0]
    noise = codec.texture(levels, calm, first)
    if memory is None or amount == 0:
        levels = levels + noise
        phase, rounds, match = scattered_phase(levels, first * codec.ratio), ROUNDS_ALONE, None
    else:
        match = memory.match(latent)
        grains = memory.grains(match.grain)
        levels = (
            levels + amount * recall(levels, grains, match, codec.ratio) + noise * uncovered(match, amount, codec.ratio)
        )
        phase, rounds = grains.phase, ROUNDS_WITH_GRAINS
    magnitudes = torch.pow(10.0, levels.clamp_max(LOUDEST))
    return left_right(griffin_lim(codec.spectral, magnitudes, phase, rounds)), match


def recall(levels: Tensor, grains: Grains, match: Match, ratio: int) -> Tensor:
    """What the memory adds to log-magnitudes [channel, bin, k]: the grain itself where the frame is that grain, else
    what the codec misses at the grain, as far as the match is trusted."""
    confidence, identity = (one.repeat_interleave(ratio) for one in (match.confidence, match.identity))
    return torch.lerp(confidence * (grains.truth - grains.model), grains.truth - levels, identity)


def uncovered(match: Match, amount: float, ratio: int) -> Tensor:
    """How much of the noise stays per spectrum [k]: grains bring their own, in full where the frame is the grain."""
    share = (1 - (amount * match.confidence).square()).sqrt() * (1 - amount * match.identity)
    return share.repeat_interleave(ratio)


def reach(codec: Codec, with_grains: bool) -> int:
    """How many frames away from a changed code the signal can still change; beyond, it is bit-identical."""
    overlap = codec.config.n_fft // codec.config.step - 1
    rounds = ROUNDS_WITH_GRAINS if with_grains else ROUNDS_ALONE
    spread = -(-(rounds + 1) * overlap // codec.ratio)
    return max(codec.magnitude_reach + codec.texture.reach, memory_module.REACH if with_grains else 0) + spread


def scattered_phase(like: Tensor, first: int = 0) -> Tensor:
    """Random unit phases [channel, bin, k] by place alone, so that an edit elsewhere changes nothing here."""
    channels, bins, count = like.shape
    table = _phase_table(channels, bins).to(like.device)
    return table[torch.arange(first, first + count, device=like.device) % len(table)].permute(1, 2, 0)


@cache
def _phase_table(channels: int, bins: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    angles = 2 * torch.pi * torch.rand(997, channels, bins, generator=generator)
    return torch.polar(torch.ones_like(angles), angles)
