"""How far new codes go from the recordings: the length of runs, and latents that stray a little.

Short runs make new turns; smooth noise on the latents, quantized again, makes new codes while the sound stays near what
was recorded. The second costs less of what makes the sound real, so the knob shortens runs first and then strays.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.random import Generator

from sda_lib.codec.codec import Codec
from sda_lib.codec.codes import Codes

LONGEST_RUN, MIDDLE_RUN = 3.0, 0.25
"""Mean run in seconds at novelty 0, and from 0.5 on."""
NOISE = 0.1
"""Standard deviation of the noise at novelty 1, in those of the corpus' latents."""
SMOOTH = 21
"""Frames that the noise is averaged over."""


def mean_run(novelty: float, middle: float = MIDDLE_RUN) -> float:
    """Seconds for which a walk follows a recording on average; `middle` of them from novelty 0.5 on."""
    return LONGEST_RUN * (middle / LONGEST_RUN) ** min(2 * novelty, 1.0)


def noise_amount(novelty: float) -> float:
    """How far latents stray, in standard deviations of the corpus'."""
    return NOISE * max(0.0, 2 * novelty - 1)


@torch.no_grad()
def shaken(codec: Codec, codes: Codes, deviation: np.ndarray, generator: Generator) -> Codes:
    """The codes of latents to which smooth noise of that standard deviation [dim] was added. A frame's codes change
    only when others are closer to where it was moved; the search is the greedy one, which is several times faster."""
    white = generator.standard_normal((codes.frames + SMOOTH - 1, len(deviation)))
    summed = np.cumsum(np.pad(white, ((1, 0), (0, 0))), axis=0)
    smooth = (summed[SMOOTH:] - summed[:-SMOOTH]) / np.sqrt(SMOOTH)
    latent = codec.bottleneck.embed(torch.tensor(codes.indices, device=codec.mean.device)).cpu().numpy()
    return codes.with_indices(requantized(codec, codes.indices, latent + smooth * deviation))


@torch.no_grad()
def requantized(codec: Codec, indices: np.ndarray, moved: np.ndarray, beam: int = 1) -> np.ndarray:
    """Codes [level, frame] for latents [frame, dim]: those that stand there, unless others are closer."""
    wanted = torch.tensor(moved, dtype=codec.mean.dtype, device=codec.mean.device)
    latent = codec.bottleneck.embed(torch.tensor(indices, device=wanted.device))
    other = codec.bottleneck.search(wanted[None], beam)
    closer = (other.latent[0] - wanted).square().sum(1) < (latent - wanted).square().sum(1)
    return np.where(closer.cpu().numpy(), other.indices[0].cpu().numpy(), indices)


@torch.no_grad()
def strayed(codec: Codec, codes: Codes, temperatures: Sequence[float], generator: Generator) -> Codes:
    """Codes drawn anew near those that stand there, level by level: with probability exp(-(d / t s)^2 / 2) for a code
    at distance d, where t is the level's temperature and s the typical distance of a code from the next one."""
    indices = codes.indices.copy()
    for level, temperature in enumerate(temperatures[: codes.levels]):
        if temperature > 0:
            book = codec.bottleneck.codebooks[level].cpu()
            squared = torch.cdist(book, book).square()
            size = squared.fill_diagonal_(torch.inf).min(1).values.median().clamp_min(1e-9)
            scores = (-0.5 * squared.fill_diagonal_(0) / (temperature**2 * size)).numpy()[indices[level]]
            indices[level] = (scores + generator.gumbel(size=scores.shape)).argmax(1)
    return codes.with_indices(indices)
