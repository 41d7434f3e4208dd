"""The corpus memory: the user's own recordings as grains that the decoder falls back on.

Every code frame of the corpus has a key (its quantized latent) and a grain (its true spectra). Decoding looks up the
grain whose key, together with its neighbors in time, fits best; adds what the codec had missed there, scaled by a
confidence that falls with the distance; and starts from the grain's phase. Matching looks at a few frames only, so an
edit can't change sound far away, and a recording's own codes find exactly the recording.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.models.codec import Codec
from sda_lib.models.spectral import FLOOR, modulus

REACH = 2
"""Frames on either side that a match takes into account."""
WEIGHTS = (0.25, 0.5, 1.0, 0.5, 0.25)
"""How much each of those frames counts."""
CAP = 0.7
"""A neighbor can't fit worse than this (in typical distances), so that a hard cut doesn't spoil the frames at it."""
SAME = 0.3
"""A key this near (in typical distances) is the grain itself, whatever stands around it."""
TRUST_LINEAR, TRUST_TRAINED = 0.7, 0.4
"""How far (in typical distances) what a grain adds is trusted: less, once the networks know better."""
EXACT, EXACT_DISCOUNT = 0.1, 0.95
"""Within EXACT typical distances a grain is preferred over one that only suits its surroundings better."""


@dataclass(frozen=True)
class Match:
    """For every output frame: the grain's number, how far its key is, and two confidences in 0..1, all [frame].

    `confidence` scales what the codec misses there; `identity` says that the frame is that grain.
    """

    grain: Tensor
    distance: Tensor
    confidence: Tensor
    identity: Tensor


@dataclass(frozen=True)
class Grains:
    """The chosen grains, each [channel, bin, spectrum]: true log-magnitudes, the codec's own, unit phases."""

    truth: Tensor
    model: Tensor
    phase: Tensor


@dataclass(frozen=True)
class Piece:
    """A stretch of a recording: file name, where it begins there (seconds), mid/side samples [channel, time]."""

    name: str
    offset: float
    samples: Tensor


class Memory:
    """Pieces of recordings with their codes; keys and grains are made of them when needed.

    Samples are of the codec's rate and `frames * hop` long; `tables` holds one per piece: codes [level, frame], or
    latents [dim, frame] when the bottleneck is continuous.
    """

    def __init__(self, codec: Codec, pieces: Sequence[Piece], tables: Sequence[Tensor]) -> None:
        self.codec, self.pieces, self.tables = codec, tuple(pieces), tuple(tables)
        self.lengths = tuple(one.shape[-1] for one in tables)
        self.keys = codec.bottleneck.embed(torch.cat(self.tables, -1))
        self.file = torch.repeat_interleave(torch.tensor(self.lengths)).to(self.keys.device)
        starts = torch.tensor([0, *self.lengths[:-1]]).cumsum(0).to(self.keys.device)
        self.position = torch.arange(len(self.keys), device=self.keys.device) - starts[self.file]
        self.margin = (codec.config.n_fft - codec.config.step) // 2
        self.tape, self.tape_start = self._tape()
        self.width = typical_distance(self.keys, self.file)
        self.trust = TRUST_LINEAR if codec.is_linear else TRUST_TRAINED
        self._models: dict[int, Tensor] = {}

    def __len__(self) -> int:
        """Grains."""
        return len(self.keys)

    @property
    def seconds(self) -> float:
        """How much recorded sound it holds."""
        return len(self) * self.codec.config.hop / self.codec.audio.sample_rate

    def _tape(self) -> tuple[Tensor, Tensor]:
        """All recordings after one another with silence between, and where each grain's first window begins on it."""
        hop = self.codec.config.hop
        padded = [F.pad(piece.samples, (self.margin, self.margin)) for piece in self.pieces]
        starts = torch.tensor([0, *(one.shape[-1] for one in padded[:-1])]).cumsum(0).to(self.keys.device)
        return torch.cat(padded, -1), starts[self.file] + self.position * hop

    def source(self, grain: int) -> tuple[str, float]:
        """The file's name and the position in seconds of a grain."""
        piece = self.pieces[int(self.file[grain])]
        return piece.name, piece.offset + float(
            self.position[grain]
        ) * self.codec.config.hop / self.codec.audio.sample_rate

    def loudness(self) -> Tensor:
        """RMS level of every grain in dB [grain], not below -100."""
        hop = self.codec.config.hop
        power = torch.cat([piece.samples.square().mean(0).reshape(-1, hop).mean(1) for piece in self.pieces])
        return 10 * power.clamp_min(1e-10).log10()

    @torch.no_grad()
    def match(self, latent: Tensor) -> Match:
        """The best grain for each of the latents [frame, dim], judged with REACH neighbors on either side."""
        squared = squared_distance(latent, self.keys)
        around = self._around(squared)
        exact = torch.exp(-0.5 * squared / (EXACT * self.width) ** 2)
        grain = (around * (1 - EXACT_DISCOUNT * exact)).argmin(1)
        around = around.gather(1, grain[:, None])[:, 0]
        distance = squared.gather(1, grain[:, None])[:, 0].sqrt()
        confidence = torch.exp(-0.5 * around / (self.trust * self.width) ** 2)
        identity = torch.exp(-0.5 * (distance / (SAME * self.width)) ** 2)
        return Match(grain, distance, confidence, identity)

    def _around(self, squared: Tensor) -> Tensor:
        """Squared distances [frame, grain] -> their weighted mean along the diagonal: how well the surroundings fit."""
        frames, grains = squared.shape
        capped = squared.clamp_max((CAP * self.width) ** 2)
        total, weight = torch.zeros_like(squared), torch.zeros_like(squared)
        for offset, share in zip(range(-REACH, REACH + 1), WEIGHTS, strict=True):
            rows, columns = _overlap(frames, offset), _overlap(grains, offset)
            if rows is None or columns is None:
                continue
            same = self.file[columns.here] == self.file[columns.there]
            part = squared if offset == 0 else capped
            total[rows.here, columns.here] += part[rows.there, columns.there] * (share * same)
            weight[rows.here, columns.here] += share * same
        return total / weight

    @torch.no_grad()
    def grains(self, chosen: Tensor) -> Grains:
        """The chosen grains [frame], one after the other."""
        config, spectral = self.codec.config, self.codec.spectral
        pieces = self.tape.unfold(-1, config.hop + 2 * self.margin, 1)[:, self.tape_start[chosen]]
        windows = pieces.unfold(-1, config.n_fft, config.step) * spectral.window
        spectra = torch.fft.rfft(windows).flatten(1, 2).transpose(-1, -2)
        size = modulus(spectra)
        return Grains(size.clamp_min(FLOOR).log10(), self._model(chosen), spectra / size)

    def _model(self, chosen: Tensor) -> Tensor:
        """The codec's own log-magnitudes [channel, bin, spectrum] at the grains, in their recorded context."""
        ratio, parts = self.codec.ratio, []
        for file, position in zip(self.file[chosen].tolist(), self.position[chosen].tolist(), strict=True):
            if file not in self._models:
                own = self.keys[self.file == file]
                self._models[file] = self.codec.log_magnitudes(own[None])[0]
            parts.append(self._models[file][..., position * ratio : (position + 1) * ratio])
        return torch.cat(parts, -1)


@dataclass(frozen=True)
class _Overlap:
    """Two slices of equal length: places `here`, and the places `there` at a fixed offset from them."""

    here: slice
    there: slice


def _overlap(size: int, offset: int) -> _Overlap | None:
    if abs(offset) >= size:
        return None
    return _Overlap(slice(max(0, -offset), size - max(0, offset)), slice(max(0, offset), size + min(0, offset)))


def squared_distance(a: Tensor, b: Tensor) -> Tensor:
    """[n, dim] and [m, dim] -> [n, m]."""
    return (a.square().sum(1)[:, None] + b.square().sum(1)[None] - 2 * a @ b.T).clamp_min(0)


@torch.no_grad()
def typical_distance(keys: Tensor, file: Tensor, sample: int = 1000) -> float:
    """The median distance of a key from the nearest one of another recording (or frame, if there is one file)."""
    picks = torch.linspace(0, len(keys) - 1, min(sample, len(keys)), device=keys.device).long()
    squared = squared_distance(keys[picks], keys)
    foreign = file[picks][:, None] != file[None]
    if not foreign.any():
        foreign = picks[:, None] != torch.arange(len(keys), device=keys.device)[None]
    return max(float(squared.masked_fill(~foreign, float("inf")).min(1).values.sqrt().median()), 1e-6)


PIECE_SECONDS = 30.0
"""Longer recordings are kept in pieces of this length, so that a choice among them is fine enough."""


def cut(name: str, samples: Tensor, hop: int, sample_rate: int) -> list[Piece]:
    """A recording [channel, frames * hop] as pieces of whole frames, none longer than PIECE_SECONDS."""
    longest = max(1, int(PIECE_SECONDS * sample_rate / hop)) * hop
    parts = samples.split(longest, dim=-1)
    return [Piece(name, number * longest / sample_rate, part) for number, part in enumerate(parts)]


def choose_diverse(summaries: Tensor, costs: Sequence[float], budget: float) -> list[int]:
    """Which rows of [n, dim] to keep within a budget: farthest-point order (Gonzalez 1985), returned in place order.

    At least one row is kept, and all of them when they fit.
    """
    chosen: list[int] = []
    gap = (summaries - summaries.mean(0)).square().sum(1)
    while len(chosen) < len(costs):
        room = budget - sum(costs[one] for one in chosen)
        fitting = [one for one in range(len(costs)) if one not in chosen and costs[one] <= room]
        if chosen and not fitting:
            break
        pick = max(fitting or range(len(costs)), key=lambda one: float(gap[one]))
        distance = (summaries - summaries[pick]).square().sum(1)
        gap = torch.minimum(gap, distance) if chosen else distance
        chosen.append(pick)
    return sorted(chosen)
