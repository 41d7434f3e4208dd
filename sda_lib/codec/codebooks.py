"""Properties of a model's codes: distances, brightness, loudness, and the codes that add nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from sda_lib.codec.codec import CONTEXT, Codec
from sda_lib.codec.rvq import beam_search
from sda_lib.distances import squared_distances

# Least difference to a brighter or louder neighbor, as a share of the level's whole range of brightness or loudness.
NOTICEABLE = 1 / 16
# log10 of the magnitude relative to the loudest bin above which a bin counts for brightness.
AUDIBLE = -4.0


@dataclass(frozen=True, eq=False)
class Codebooks:
    """A model's codes. `uses` [level, code] counts how often the corpus uses each of them."""

    codec: Codec
    uses: np.ndarray

    @cached_property
    def vectors(self) -> np.ndarray:
        """Codebook vectors, float32 [level, code, dim]; a latent is the sum of one per level."""
        return self.codec.bottleneck.codebooks.cpu().numpy()

    @property
    def levels(self) -> int:
        return self.vectors.shape[0]

    @property
    def size(self) -> int:
        return self.vectors.shape[1]

    @cached_property
    def neutral(self) -> np.ndarray:
        """Codes of all levels [level] that together add the least."""
        return self.neutral_of(slice(0, self.levels))

    def neutral_of(self, levels: slice) -> np.ndarray:
        """Return the codes of some levels [level] that together add the least.

        Vectors of generic levels have similar lengths, none near zero, but can cancel each other.
        """
        books = torch.from_numpy(self.vectors[levels])
        return beam_search(torch.zeros(1, books.shape[2]), books, self.codec.config.beam)[0].numpy()

    @cached_property
    def silence(self) -> np.ndarray:
        """Codes [level] of the quietest frame that the first level can represent."""
        codes = self.neutral.copy()
        codes[0] = self.loudness[0].argmin()
        return codes

    @property
    def brightness(self) -> np.ndarray:
        """Spectral centroid in Hz [level, code] of a held frame with all other levels neutral."""
        return self._measures[0]

    @property
    def loudness(self) -> np.ndarray:
        """Level in dB [level, code] of a held frame with all other levels neutral."""
        return self._measures[1]

    @cached_property
    def distances(self) -> np.ndarray:
        """Euclidean distances between the codes of each level [level, code, code]."""
        return np.sqrt(squared_distances(self.vectors, self.vectors))

    def spacing(self, level: int) -> float:
        """Return the median distance of a level's codes to their nearest neighbor."""
        others = self.distances[level] + np.diag(np.full(self.size, np.inf))
        return max(float(np.median(others.min(1))), 1e-9)

    def alike(self, level: int, code: int) -> np.ndarray:
        """Return a level's other codes [code - 1], most similar to this code first."""
        order = self.distances[level][code].argsort(kind="stable")
        return order[order != code]

    def neighbor(self, level: int, by: str, up: bool) -> np.ndarray:
        """Return for every code of a level its nearest code that is noticeably brighter (or louder) [code].

        Unless `up`, the nearest darker (quieter) code. A code without such a neighbor maps to itself.
        """
        measure = (self.brightness if by == "brightness" else self.loudness)[level]
        least = NOTICEABLE * max(float(np.ptp(measure)), 1e-9)
        more = (measure[None] - measure[:, None]) * (1 if up else -1) >= least
        found = np.where(more, self.distances[level], np.inf).argmin(1)
        return np.where(more.any(1), found, np.arange(self.size))

    def places(self, level: int) -> np.ndarray:
        """Return a level's codes projected on their two principal components, within -1..1 [code, 2]."""
        centered = self.vectors[level] - self.vectors[level].mean(0)
        if self.size < 2 or centered.shape[1] < 2:
            return np.zeros((self.size, 2))
        _, _, axes = np.linalg.svd(centered, full_matrices=False)
        axes = axes[:2] * np.sign(axes[:2].sum(1, keepdims=True) + 1e-12)  # the sign of an axis is arbitrary; fix it
        found = np.zeros((self.size, 2))
        found[:, : len(axes)] = centered @ axes.T
        return found / max(float(np.abs(found).max()), 1e-9)

    def embed(self, indices: np.ndarray, levels: slice = slice(None)) -> np.ndarray:
        """Return the sum of the vectors of some levels of codes [level, frame], float32 [frame, dim]."""
        return partial_latents(self.vectors, indices, range(self.levels)[levels])

    def nearest(self, latent: np.ndarray, indices: np.ndarray, levels: slice) -> np.ndarray:
        """Return codes [level, frame] for `levels` that bring the sum of all levels nearest to latents [frame, dim].

        The other levels keep the codes of `indices` [level, frame].
        """
        kept = self.embed(indices) - self.embed(indices, levels)
        wanted = torch.from_numpy((latent - kept).astype(np.float32))
        books = torch.from_numpy(self.vectors[levels])
        return beam_search(wanted, books, self.codec.config.beam).numpy().T

    @cached_property
    @torch.no_grad()
    def _measures(self) -> tuple[np.ndarray, np.ndarray]:
        """Centroid in Hz and level in dB of every code [level, code]."""
        around = self.embed(self.neutral[:, None])[0]
        found = []
        for book, neutral in zip(self.vectors, self.neutral, strict=True):
            latent = torch.from_numpy(book + (around - book[neutral])).to(self.codec.mean.device)
            held = latent[:, None].expand(-1, 2 * CONTEXT + 1, -1)
            middle = slice(CONTEXT * self.codec.ratio, (CONTEXT + 1) * self.codec.ratio)
            found.append(self._measured(self.codec.log_magnitudes(held)[..., middle]))
        brightness, loudness = zip(*found, strict=True)
        return np.stack(brightness), np.stack(loudness)

    def _measured(self, log_magnitudes: Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Return the centroid in Hz and the level in dB [code] of log10 magnitudes [code, channel, bin, spectrum]."""
        power = torch.pow(10.0, 2 * log_magnitudes).sum(1).mean(-1)  # of mid and side with equal weight
        hertz = torch.linspace(0, self.codec.audio.sample_rate / 2, power.shape[1], device=power.device)
        magnitude = torch.where(power > power.amax(1, keepdim=True) * 10 ** (2 * AUDIBLE), power, 0.0).sqrt()
        centroid = (magnitude * hertz).sum(1) / magnitude.sum(1).clamp_min(1e-12)
        return centroid.cpu().numpy(), 10 * power.mean(1).clamp_min(1e-20).log10().cpu().numpy()


def partial_latents(books: np.ndarray, indices: np.ndarray, levels: int | Iterable[int]) -> np.ndarray:
    """Return the sum [..., dim] of the vectors of some `levels` (a number: the first ones) of codes [level, ...].

    The codebooks are [level, code, dim].
    """
    total = np.zeros((*indices.shape[1:], books.shape[2]), np.float32)
    for level in range(levels) if isinstance(levels, int) else levels:
        total += books[level][indices[level]]
    return total
