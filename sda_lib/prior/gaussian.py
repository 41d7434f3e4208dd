"""The Gaussian that writes for a model without codes: latents as a stationary Gaussian process.

Its mean and covariance are those of all frames of the recordings; every frame follows from the one before by a linear
regression, fitted on frames that follow one another in one recording. In units of the covariance's own axes the process
is z' = K z + e with e of covariance 1 - K K', so that whatever K is fitted, every frame has covariance 1, and as K
shrinks what it is given, no sound drifts away. Such a process is a texture: it has the recordings' spectra, levels and
speed of change, and no events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from sda_lib.memory.decode import Span, magnitudes

if TYPE_CHECKING:
    from sda_lib.codec.codec import Codec
    from sda_lib.memory.grains import Memory

NARROWEST = 1e-3
"""The narrowest axis over the widest one; along narrower ones the recordings are flat, and so is what is written."""
STEADIEST = 0.999
"""The most that may be left of a frame in the next one: half of it is gone after 30 s at most."""
FARTHEST = 6.0
"""Standard deviations along an axis: a given frame that is farther out counts as one that isn't."""
ROUNDING = 1e-4
"""By how much a step out of a file may be longer than STEADIEST."""
LEVEL_SECONDS, LEVEL_RECORDINGS = 4.0, 32
"""How much of a sound's beginning tells how loud it is, and of how many recordings that is looked at."""
USUAL, LEVEL_ROOM = (0.1, 0.9), 3.0
"""Quantiles of the recordings' levels between which new sounds shall begin; dB around the middle one at the least."""
ANY_LEVEL = (-1000.0, 1000.0)
PARTS = ("mean", "spread", "step", "levels")


@dataclass(frozen=True, eq=False)
class Latents:
    """A sound of a model without codes: latents [frame, dim], a frame of `hop` samples each, and how many of these the
    sound has."""

    values: Tensor
    samples: int
    hop: int
    sample_rate: int

    @property
    def frames(self) -> int:
        return len(self.values)

    @property
    def frame_rate(self) -> float:
        """Frames per second."""
        return self.sample_rate / self.hop

    @property
    def seconds(self) -> float:
        return self.samples / self.sample_rate


@dataclass(frozen=True, eq=False)
class Gaussian:
    """mean [dim]; spread [dim, dim], whose columns are the covariance's axes, a standard deviation long; step
    [dim, dim], the regression K of a frame on the one before along these axes; levels [2], dB between which recordings
    usually begin as `level_of` says. All float32."""

    mean: np.ndarray
    spread: np.ndarray
    step: np.ndarray
    levels: np.ndarray = field(default_factory=lambda: np.array(ANY_LEVEL, np.float32))

    @classmethod
    def fitted(cls, recordings: Sequence[Tensor]) -> Gaussian:
        """Closed form on the latents [frame, dim] of every recording, or piece of one; of at least one frame."""
        rows = [one.double().cpu().numpy() for one in recordings]
        frames = np.concatenate(rows)
        mean = frames.mean(0)
        variances, axes = np.linalg.eigh(np.cov(frames.T, bias=True))
        widths = np.sqrt(variances.clip(0))
        widths[widths < NARROWEST * widths[-1]] = 0.0
        units = [(one - mean) @ (axes * _reciprocal(widths)) for one in rows]
        return cls(*(one.astype(np.float32) for one in (mean, axes * widths, _step(units))))

    @classmethod
    def of_codec(cls, codec: Codec, recordings: Sequence[Tensor]) -> Gaussian:
        """`fitted`, and how loud those recordings are."""
        some = recordings[:: -(-len(recordings) // LEVEL_RECORDINGS)]
        low, middle, high = np.quantile([level_of(codec, one) for one in some], (USUAL[0], 0.5, USUAL[1]))
        levels = min(low, middle - LEVEL_ROOM), max(high, middle + LEVEL_ROOM)
        return replace(cls.fitted(recordings), levels=np.array(levels, np.float32))

    @classmethod
    def of_memory(cls, memory: Memory) -> Gaussian:
        """Of the recordings that a memory holds."""
        return cls.of_codec(memory.codec, memory.latents.split(memory.lengths))

    # --- writing

    def write(self, frames: int, temperature: float, generator: Generator, before: Tensor | None = None) -> Tensor:
        """So many frames [frame, dim], which go on from those `before`. Temperature scales the standard deviation: 1 is
        the recordings' own, 0 their mean (or the way back there). Equal states of the generator give equal frames."""
        return self._latents(self._path(frames, temperature, generator, before))

    def off_level(self, level: float) -> float:
        """By how many dB a sound of that level is louder or quieter than is usual."""
        low, high = self.levels.tolist()
        return max(low - level, level - high, 0.0)

    def fill(self, latent: Tensor, first: int, end: int, temperature: float, generator: Generator) -> Tensor:
        """Latents [frame, dim] with frames first..end anew, as the process passes there given the frames on both sides.

        A path is drawn from the left, and what it misses on the right is shared out among its frames as their
        covariance with that place says, which makes it a draw of the conditional Gaussian (Matheron's rule)."""
        path = self._path(end - first + 1, temperature, generator, latent[:first] if first else None)
        if end < len(latent):
            missed = self._units(latent[end : end + 1])[0] - path[-1]
            path[:-1] += self._shares(missed, end - first, bool(first))
        return torch.cat([latent[:first], self._latents(path[:-1]).to(latent), latent[end:]])

    def _path(self, frames: int, temperature: float, generator: Generator, before: Tensor | None) -> np.ndarray:
        """What `write` gives, along the axes, in standard deviations [frame, dim]."""
        draws = temperature * generator.standard_normal((frames, len(self.mean)))
        noise = draws @ self._innovation.T
        row = draws[0] if before is None else self.step @ self._units(before[-1:])[0] + noise[0]
        path = [row]
        for one in noise[1:]:
            path.append(self.step @ path[-1] + one)
        return np.stack(path)

    def _shares(self, missed: np.ndarray, count: int, follows: bool) -> np.ndarray:
        """What each of `count` frames takes of what the frame after them misses [dim]: [frame, dim].

        With n = count + 1 and v = Var(frame n)^-1 missed, frame t = 1 … count takes Cov(frame t, frame n) v. Given a
        frame 0 these are 1 - K^n K'^n and K'^(n - t) - K^t K'^n, given none 1 and K'^(n - t)."""
        step, size = self.step.astype(np.float64), count + 1
        whole = np.linalg.matrix_power(step, size) * follows
        toward = np.linalg.pinv(np.eye(len(step)) - whole @ whole.T, hermitian=True) @ missed
        return _orbit(step.T, toward, count)[::-1] - _orbit(step, whole.T @ toward, count)

    @cached_property
    def _innovation(self) -> np.ndarray:
        """The root of what a step leaves open, 1 - K K'."""
        left, kept, _ = np.linalg.svd(self.step.astype(np.float64))
        return left * np.sqrt((1 - kept**2).clip(0))

    def _units(self, latent: Tensor) -> np.ndarray:
        """Latents [frame, dim] along the axes, in standard deviations."""
        widths = np.linalg.norm(self.spread, axis=0)
        away = latent.double().cpu().numpy() - self.mean
        return (away @ (self.spread * _reciprocal(widths) ** 2)).clip(-FARTHEST, FARTHEST)

    def _latents(self, units: np.ndarray) -> Tensor:
        return torch.from_numpy((self.mean + units @ self.spread.T).astype(np.float32))

    # --- files

    def tensors(self) -> dict[str, Tensor]:
        return {name: torch.from_numpy(getattr(self, name)) for name in PARTS}

    @classmethod
    def of_tensors(cls, tensors: Mapping[str, Tensor]) -> Gaussian:
        """The reverse of `tensors`; raises KeyError, or ValueError for what would not write sound."""
        found = [tensors[name].float().cpu().numpy() for name in PARTS]
        if not all(np.isfinite(one).all() for one in found):
            raise ValueError("not numbers")
        if np.linalg.norm(found[2], 2) > STEADIEST + ROUNDING:
            raise ValueError("a process that grows")
        return cls(*found)


def shapes(dim: int) -> dict[str, list[int]]:
    """Of a Gaussian's tensors."""
    return {"mean": [dim], "spread": [dim, dim], "step": [dim, dim], "levels": [2]}


@torch.no_grad()
def level_of(codec: Codec, latent: Tensor) -> float:
    """Mean power in dB of the spectra that the beginning of latents [frame, dim] decodes to, up to a constant."""
    frames = round(LEVEL_SECONDS * codec.audio.sample_rate / codec.config.hop)
    latent = latent[: max(1, frames)].to(codec.mean)
    levels, noise = magnitudes(codec, latent, Span(0, len(latent)))
    return float(10 * torch.pow(10.0, 2 * (levels + noise)[0]).sum(0).mean().clamp_min(1e-30).log10())


def _orbit(step: np.ndarray, start: np.ndarray, count: int) -> np.ndarray:
    """The start [dim] after 1, 2 … `count` steps [count, dim]."""
    rows = [start]
    for _ in range(count):
        rows.append(step @ rows[-1])
    return np.stack(rows[1:])


def _reciprocal(widths: np.ndarray) -> np.ndarray:
    """1 / widths, 0 for 0."""
    return np.divide(1.0, widths, out=np.zeros_like(widths), where=widths > 0)


def _step(units: Sequence[np.ndarray]) -> np.ndarray:
    """The regression of a frame on the one before [dim, dim], in units [frame, dim] of every recording: normalized by
    the covariance of the frames that have a neighbor, smaller where these are few, and made to shrink."""
    before, after = (np.concatenate(rows) for rows in zip(*((one[:-1], one[1:]) for one in units), strict=True))
    count, dim = before.shape
    if not count:
        return np.zeros((dim, dim))
    root = _inverse_root((before.T @ before + after.T @ after) / (2 * count))
    left, kept, right = np.linalg.svd(root @ (after.T @ before / count) @ root)
    return left * (kept * count / (count + dim)).clip(0, STEADIEST) @ right


def _inverse_root(covariance: np.ndarray) -> np.ndarray:
    """The symmetric inverse root of a covariance [dim, dim], nothing along axes on which it is flat."""
    variances, axes = np.linalg.eigh(covariance)
    widths = np.sqrt(variances.clip(0))
    widths[widths < NARROWEST * widths[-1]] = 0.0
    return axes * _reciprocal(widths) @ axes.T
