"""The Gaussian that writes for models without codes: latents as a stationary Gaussian process.

Its mean and covariance are those of all frames of the recordings; each frame depends on the previous one by a linear
regression, fitted on frames that follow one another in one recording. In units of the covariance's axes the process is
z' = K z + e with e of covariance 1 - K K', so that for any fitted K every frame has covariance 1; since K shrinks its
input, no sound drifts away. Such a process is a texture: it has the recordings' spectra, levels and speed of change,
and no events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from sda_lib.codec.codec import Codec
from sda_lib.codec.placement import Placement
from sda_lib.memory.decode import Span, magnitudes
from sda_lib.memory.grains import Memory

# Smallest standard deviation of an axis relative to the widest; narrower axes are treated as flat and are not written.
NARROWEST = 1e-3
# Largest share of a frame that may remain in the next one; half of it is gone after 30 s at most.
STEADIEST = 0.999
# Given frames are clipped to this many standard deviations along each axis.
FARTHEST = 6.0
# Tolerance by which the norm of a step read from a file may exceed STEADIEST.
ROUNDING = 1e-4
# Seconds at a sound's beginning that define its level, and the maximum number of recordings measured.
LEVEL_SECONDS, LEVEL_RECORDINGS = 4.0, 32
# Quantiles of the recordings' levels between which new sounds begin; minimum distance in dB of these limits from the
# median.
USUAL, LEVEL_ROOM = (0.1, 0.9), 3.0
ANY_LEVEL = (-1000.0, 1000.0)
PARTS = ("mean", "spread", "step", "levels")


@dataclass(frozen=True, eq=False)
class Latents(Placement):
    """A sound of a model without codes.

    `values` [frame, dim] are its latents, with `hop` samples per frame; `length` is its number of samples at rate 1.
    `lead`, `fraction`, `gain` and `rate` as in `Codes`. Raises SdaError for properties that no sound can have.
    """

    values: Tensor
    length: int
    hop: int
    sample_rate: int
    lead: int = 0
    gain: float = 1.0
    rate: float = 1.0
    fraction: float = 0.0

    def __post_init__(self) -> None:
        self.check_placement()

    @property
    def frames(self) -> int:
        """Number of frames."""
        return len(self.values)


@dataclass(frozen=True, eq=False)
class Gaussian:
    """A stationary Gaussian process of latents. All arrays are float32.

    `mean` [dim]; `spread` [dim, dim], whose columns are the covariance's axes, each one standard deviation long; `step`
    [dim, dim], the regression K of a frame on the previous one along these axes; `levels` [2], the usual range in dB of
    the recordings' `decoded_level`.
    """

    mean: np.ndarray
    spread: np.ndarray
    step: np.ndarray
    levels: np.ndarray = field(default_factory=lambda: np.array(ANY_LEVEL, np.float32))

    @classmethod
    def fitted(cls, recordings: Sequence[Tensor]) -> Gaussian:
        """Fit the process in closed form to the latents [frame, dim] of recordings or pieces of them.

        Each has at least one frame.
        """
        rows = [one.double().cpu().numpy() for one in recordings]
        frames = np.concatenate(rows)
        mean = frames.mean(0)
        axes, widths = _axes(np.cov(frames.T, bias=True))
        units = [(one - mean) @ (axes * _reciprocal(widths)) for one in rows]
        return cls(*(one.astype(np.float32) for one in (mean, axes * widths, _step(units))))

    @classmethod
    def of_codec(cls, codec: Codec, recordings: Sequence[Tensor]) -> Gaussian:
        """Fit the process as `fitted` does, and measure the levels of the recordings."""
        some = recordings[:: -(-len(recordings) // LEVEL_RECORDINGS)]
        low, middle, high = np.quantile([decoded_level(codec, one) for one in some], (USUAL[0], 0.5, USUAL[1]))
        levels = min(low, middle - LEVEL_ROOM), max(high, middle + LEVEL_ROOM)
        return replace(cls.fitted(recordings), levels=np.array(levels, np.float32))

    @classmethod
    def of_memory(cls, memory: Memory) -> Gaussian:
        """Fit the process to the recordings of a memory, without the silence at their ends."""
        return cls.of_codec(memory.codec, [piece.latent for piece in memory.sounding_pieces])

    # --- writing

    def write(self, frames: int, temperature: float, generator: Generator, before: Tensor | None = None) -> Tensor:
        """Return `frames` new frames [frame, dim] that continue those `before`.

        Temperature scales the standard deviation: 1 is that of the recordings, 0 gives their mean (or the way back to
        it). Equal generator states give equal frames.
        """
        return self._latents(self._path(frames, temperature, generator, before))

    def level_excess(self, level: float) -> float:
        """Return by how many dB a level is outside the usual range, 0 within it."""
        low, high = self.levels.tolist()
        return max(low - level, level - high, 0.0)

    def fill(self, latent: Tensor, first: int, end: int, temperature: float, generator: Generator) -> Tensor:
        """Return latents [frame, dim] with frames first..end drawn given the frames on both sides.

        A path is drawn from the left, and its difference from the frame on the right is distributed over its frames
        according to their covariance with that frame, which makes it a draw of the conditional Gaussian (Matheron's
        rule).
        """
        path = self._path(end - first + 1, temperature, generator, latent[:first] if first else None)
        if end < len(latent):
            missed = self._units(latent[end : end + 1])[0] - path[-1]
            path[:-1] += self._shares(missed, end - first, bool(first))
        return torch.cat([latent[:first], self._latents(path[:-1]).to(latent), latent[end:]])

    def _path(self, frames: int, temperature: float, generator: Generator, before: Tensor | None) -> np.ndarray:
        """Return the frames of `write` along the axes, in standard deviations [frame, dim]."""
        draws = temperature * generator.standard_normal((frames, len(self.mean)))
        noise = draws @ self._innovation.T
        row = draws[0] if before is None else self.step @ self._units(before[-1:])[0] + noise[0]
        path = [row]
        for one in noise[1:]:
            path.append(self.step @ path[-1] + one)
        return np.stack(path)

    def _shares(self, missed: np.ndarray, count: int, follows: bool) -> np.ndarray:
        """Return the correction [frame, dim] of `count` frames for the difference `missed` [dim] of the next frame.

        With n = count + 1 and v = Var(frame n)^-1 missed, frame t = 1 … count takes Cov(frame t, frame n) v. With a
        given frame 0 (`follows`) these are 1 - K^n K'^n and K'^(n - t) - K^t K'^n; without one, 1 and K'^(n - t).
        """
        step, size = self.step.astype(np.float64), count + 1
        whole = np.linalg.matrix_power(step, size) * follows
        toward = np.linalg.pinv(np.eye(len(step)) - whole @ whole.T, hermitian=True) @ missed
        return _orbit(step.T, toward, count)[::-1] - _orbit(step, whole.T @ toward, count)

    @cached_property
    def _innovation(self) -> np.ndarray:
        """Return a root of the innovation covariance 1 - K K'."""
        left, kept, _ = np.linalg.svd(self.step.astype(np.float64))
        return left * np.sqrt((1 - kept**2).clip(0))

    def _units(self, latent: Tensor) -> np.ndarray:
        """Return latents [frame, dim] along the axes, in standard deviations."""
        widths = np.linalg.norm(self.spread, axis=0)
        away = latent.double().cpu().numpy() - self.mean
        return (away @ (self.spread * _reciprocal(widths) ** 2)).clip(-FARTHEST, FARTHEST)

    def _latents(self, units: np.ndarray) -> Tensor:
        """Return the latents [frame, dim] of units [frame, dim]."""
        return torch.from_numpy((self.mean + units @ self.spread.T).astype(np.float32))

    # --- files

    def tensors(self) -> dict[str, Tensor]:
        """Return the arrays by name as tensors, for a file."""
        return {name: torch.from_numpy(getattr(self, name)) for name in PARTS}

    @classmethod
    def of_tensors(cls, tensors: Mapping[str, Tensor]) -> Gaussian:
        """Restore a Gaussian from `tensors`.

        Raises KeyError when one is missing, and ValueError when values are not finite or the process would grow.
        """
        found = [tensors[name].float().cpu().numpy() for name in PARTS]
        if not all(np.isfinite(one).all() for one in found):
            raise ValueError("not numbers")
        if np.linalg.norm(found[2], 2) > STEADIEST + ROUNDING:
            raise ValueError("a process that grows")
        return cls(*found)


def gaussian_shapes(dim: int) -> dict[str, list[int]]:
    """Return the shapes of a Gaussian's tensors by name."""
    return {"mean": [dim], "spread": [dim, dim], "step": [dim, dim], "levels": [2]}


@torch.no_grad()
def decoded_level(codec: Codec, latent: Tensor) -> float:
    """Return the mean power in dB, up to a constant, of the decoded beginning of latents [frame, dim]."""
    frames = round(LEVEL_SECONDS * codec.audio.sample_rate / codec.config.hop)
    latent = latent[: max(1, frames)].to(codec.mean)
    levels, noise = magnitudes(codec, latent, Span(0, len(latent)))
    return float(10 * torch.pow(10.0, 2 * (levels + noise)[0]).sum(0).mean().clamp_min(1e-30).log10())


def _orbit(step: np.ndarray, start: np.ndarray, count: int) -> np.ndarray:
    """Return `start` [dim] after 1, 2 … `count` steps [count, dim]."""
    rows = [start]
    for _ in range(count):
        rows.append(step @ rows[-1])
    return np.stack(rows[1:])


def _reciprocal(widths: np.ndarray) -> np.ndarray:
    """Return 1 / widths, 0 where a width is 0."""
    return np.divide(1.0, widths, out=np.zeros_like(widths), where=widths > 0)


def _step(units: Sequence[np.ndarray]) -> np.ndarray:
    """Return the regression [dim, dim] of a frame on the previous one, from units [frame, dim] of every recording.

    It is normalized by the covariance of frames with a neighbor, shrunk where these are few, and limited to STEADIEST.
    """
    before, after = (np.concatenate(rows) for rows in zip(*((one[:-1], one[1:]) for one in units), strict=True))
    count, dim = before.shape
    if not count:
        return np.zeros((dim, dim))
    root = _inverse_root((before.T @ before + after.T @ after) / (2 * count))
    left, kept, right = np.linalg.svd(root @ (after.T @ before / count) @ root)
    return left * (kept * count / (count + dim)).clip(0, STEADIEST) @ right


def _inverse_root(covariance: np.ndarray) -> np.ndarray:
    """Return the symmetric inverse root of a covariance [dim, dim], zero along its flat axes."""
    axes, widths = _axes(covariance)
    return axes * _reciprocal(widths) @ axes.T


def _axes(covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the axes [dim, axis] of a covariance and their standard deviations [axis], 0 for flat ones."""
    variances, axes = np.linalg.eigh(covariance)
    widths = np.sqrt(variances.clip(0))
    widths[widths < NARROWEST * widths[-1]] = 0.0
    return axes, widths
