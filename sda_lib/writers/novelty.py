"""Novelty: how far new codes deviate from the recordings, by shorter runs and by noise on the latents.

Short runs make new jumps; smooth noise on the latents, quantized again, makes new codes while the sound stays near the
recordings. The second degrades realism less, so the control shortens runs first and then adds noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from sda_lib.codec.bottlenecks import Bottleneck
from sda_lib.codec.codes import Codes
from sda_lib.config import CodecConfig
from sda_lib.memory.key_table import typical_distance

# Mean run in seconds at novelty 0, and from 0.5 on.
LONGEST_RUN, MIDDLE_RUN = 3.0, 0.25
# Amount of noise at novelty 1, relative to `noise_scale`.
NOISE = 0.6
# Frames over which the noise is averaged.
SMOOTH = 21


class CodeSpace(Protocol):
    """What writing needs of a codec: the vectors of codes, and the search for the codes of a latent."""

    @property
    def mean(self) -> Tensor:
        """Mean latent [dim]."""

    @property
    def bottleneck(self) -> Bottleneck:
        """Bottleneck with codes."""

    @property
    def config(self) -> CodecConfig:
        """Configuration, for the beam of the search."""


def mean_run(novelty: float, middle: float = MIDDLE_RUN) -> float:
    """Return the mean run in seconds that a walk follows a recording; `middle` from novelty 0.5 on."""
    return LONGEST_RUN * (middle / LONGEST_RUN) ** min(2 * novelty, 1.0)


def noise_amount(novelty: float) -> float:
    """Return the amount of noise relative to `noise_scale`."""
    return NOISE * max(0.0, 2 * novelty - 1)


def noise_scale(latents: np.ndarray, recording: np.ndarray) -> np.ndarray:
    """Return the standard deviation [dim] of noise on latents [grain, dim] of the recordings [grain].

    It is distributed over the dimensions as the latents are. Its length is the geometric mean of theirs and of the
    typical distance between recordings: by the first alone, sounds copy where recordings differ much from each other;
    by the second, where most of them are alike.
    """
    deviation = latents.std(0)
    unit = typical_distance(torch.from_numpy(latents), torch.from_numpy(recording))
    return deviation * np.sqrt(unit / max(float(np.linalg.norm(deviation)), 1e-9))


def code_latents(codec: CodeSpace, indices: np.ndarray) -> np.ndarray:
    """Return the latents [frame, dim] of codes [level, frame]."""
    return codec.bottleneck.embed(torch.tensor(indices, device=codec.mean.device)).cpu().numpy()


@torch.no_grad()
def add_noise(codec: CodeSpace, codes: Codes, deviation: np.ndarray, generator: Generator) -> Codes:
    """Return the codes of latents with smooth noise of the given standard deviation [dim] added.

    A frame's codes change only if others are closer to its moved latent. The search is greedy, which is several times
    faster.
    """
    smooth = smooth_noise(codes.frames, len(deviation), generator)
    moved = code_latents(codec, codes.indices) + smooth * deviation
    return codes.with_indices(requantized(codec, codes.indices, moved))


def smooth_noise(frames: int, dim: int, generator: Generator) -> np.ndarray:
    """Return noise [frame, dim] of standard deviation 1, averaged over SMOOTH frames."""
    white = generator.standard_normal((frames + SMOOTH - 1, dim))
    summed = np.cumsum(np.pad(white, ((1, 0), (0, 0))), axis=0)
    return (summed[SMOOTH:] - summed[:-SMOOTH]) / np.sqrt(SMOOTH)


@torch.no_grad()
def requantized(codec: CodeSpace, indices: np.ndarray, moved: np.ndarray, beam: int = 1) -> np.ndarray:
    """Return codes [level, frame] for latents [frame, dim]: the given `indices`, unless those found are closer."""
    wanted = torch.tensor(moved, dtype=codec.mean.dtype, device=codec.mean.device)
    latent = codec.bottleneck.embed(torch.tensor(indices, device=wanted.device))
    other = codec.bottleneck.search(wanted[None], beam)
    closer = (other.latent[0] - wanted).square().sum(1) < (latent - wanted).square().sum(1)
    return np.where(closer.cpu().numpy(), other.indices[0].cpu().numpy(), indices)


@torch.no_grad()
def resample_near(codec: CodeSpace, codes: Codes, temperatures: Sequence[float], generator: Generator) -> Codes:
    """Return codes resampled near the given ones, level by level.

    A code at distance d has weight exp(-(d / t s)^2 / 2), where t is the level's temperature and s the typical distance
    between a code and its nearest neighbor.
    """
    indices = codes.indices.copy()
    for level, temperature in enumerate(temperatures[: codes.levels]):
        if temperature > 0:
            book = codec.bottleneck.codebooks[level].cpu()
            squared = torch.cdist(book, book).square()
            size = squared.fill_diagonal_(torch.inf).min(1).values.median().clamp_min(1e-9)
            scores = (-0.5 * squared.fill_diagonal_(0) / (temperature**2 * size)).numpy()[indices[level]]
            indices[level] = (scores + generator.gumbel(size=scores.shape)).argmax(1)
    return codes.with_indices(indices)
