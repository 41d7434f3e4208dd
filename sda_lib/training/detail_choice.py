"""Choose how far the decoder alone trusts the spectral detail of recordings, by cross-validation among them.

Frames of every recording are decoded with detail of the other recordings only. The farthest trust is chosen that
brings them no further away than noise does, so that detail is off where it does not fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.codec.codec import Codec
from sda_lib.codec.losses import band_loss
from sda_lib.codec.transients import STEADY_SHARE
from sda_lib.config import Recipe
from sda_lib.memory.decode import RESTORED_BY_DETAIL, Span, magnitudes
from sda_lib.memory.exemplars import Detail, Exemplars
from sda_lib.memory.grains import Memory
from sda_lib.training.segments import FEWEST_FOR_SPLIT_BY_FILE

# Distances of trust that are compared, in typical distances.
SCALES = (0.35, 0.5, 0.7)
# Share by which other recordings may come out further away than with noise.
TOLERANCE = 0.02
# Frames that are decoded, and how many of them are consecutive.
FRAMES, RANGE = 320, 16
# Seconds around a frame whose grains it may not have where there are too few recordings to ban its own.
AROUND = 1.0


@torch.no_grad()
def with_detail(recipe: Recipe, codec: Codec, memory: Memory | None) -> Recipe:
    """Return the recipe of a model with its `memory.detail` chosen, unless it says one already."""
    if recipe.memory.detail is not None:
        return recipe
    return recipe.override(memory__detail=0.0 if memory is None else farthest_trust(codec, memory))


def farthest_trust(codec: Codec, memory: Memory) -> float:
    """Return the largest of SCALES whose loss is within the TOLERANCE; 0 if none is."""
    losses = cross_validated(codec, memory, SCALES)
    noise, *others = losses.tolist()
    kept = [scale for scale, loss in zip(SCALES, others, strict=True) if loss <= noise * (1 + TOLERANCE)]
    return max(kept, default=0.0)


def cross_validated(codec: Codec, memory: Memory, scales: Sequence[float]) -> Tensor:
    """Return the mean loss [1 + scale] of recordings decoded with noise, and with detail of others, by scale."""
    exemplars, found = Exemplars(memory, 1.0), []
    for part in _parts(memory):
        levels, noise = magnitudes(codec, part.latent, part.span)
        truth = torch.pow(10.0, memory.grains(part.grains, with_decoded=False).recorded)
        detail = exemplars.detail(part.latent, part.span.first, part.span.end, part.banned)
        shares = [torch.zeros_like(detail.trust), *(detail.trust ** (scale**-2) for scale in scales)]
        decoded = torch.stack([_decoded(codec, levels, noise, Detail(detail.residual, share)) for share in shares])
        found.append(torch.stack([band_loss(codec.spectral, one[None], truth[None]) for one in decoded]))
    return torch.stack(found).mean(0)


def _decoded(codec: Codec, levels: Tensor, noise: Tensor, detail: Detail) -> Tensor:
    """Return the log-magnitudes [channel, bin, k] between onsets."""
    boost = STEADY_SHARE * codec.attacks.missing * (1 - RESTORED_BY_DETAIL * detail.share)
    return levels + detail.with_noise(noise) + boost


@dataclass(frozen=True)
class _Part:
    """Consecutive frames of a recording: its `latent` [frame, dim], their span in it, and their grains [frame]."""

    latent: Tensor
    span: Span
    grains: Tensor
    same: Tensor
    """Which grains of the memory these frames may not have [grain]."""

    def banned(self, starts: Tensor) -> Tensor:
        return self.same[starts]


def _parts(memory: Memory) -> Iterator[_Part]:
    """Yield ranges spread evenly over the sounding frames of the recordings, FRAMES in all."""
    grain = torch.arange(len(memory), device=memory.keys.device)
    recording = memory.grain_recording
    first = F.pad(torch.bincount(recording).cumsum(0), (1, 0)).tolist()
    ranges = [
        (number, begin, min(begin + RANGE, end))
        for number, (start, end) in enumerate(pairwise(first))
        for begin in range(start, end, RANGE)
        if memory.sounding[begin]
    ]
    apart = AROUND * memory.codec.audio.sample_rate / memory.codec.config.hop
    alone = len(first) - 1 < FEWEST_FOR_SPLIT_BY_FILE
    for number, begin, end in ranges[:: max(1, len(ranges) * RANGE // FRAMES)]:
        same = recording == number
        if alone:
            same &= (grain > begin - apart) & (grain < end + apart)
        start = first[number]
        yield _Part(memory.keys[start : first[number + 1]], Span(begin - start, end - start), grain[begin:end], same)
