"""The corpus memory: the user's own recordings as grains that the decoder falls back on.

Every code frame of the corpus has a key (its quantized latent) and a grain (its true spectra). Decoding looks up the
grain whose key, together with its neighbors in time, fits best; adds what the codec had missed there, scaled by a
confidence that falls with the distance; and starts from the grain's phase. Matching looks at a few frames only, so an
edit can't change sound far away, and a recording's own codes find exactly the recording.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.models.codec import Codec
from sda_lib.models.quantize import squared_distance
from sda_lib.models.spectral import FLOOR, modulus

REACH = 2
"""Frames on either side that a match takes into account."""
WEIGHTS = (0.25, 0.5, 1.0, 0.5, 0.25)
"""How much each of those frames counts."""
CAP = 0.7
"""A neighbor can't fit worse than this (in typical distances), so that a hard cut doesn't spoil the frames at it."""
SAME = 0.3
"""A key this near (in typical distances) is the grain itself, whatever stands around it."""
WHOLLY = 0.999
"""From this identity on a frame is nothing but its grain."""
TRUST_LINEAR, TRUST_TRAINED = 0.7, 0.4
"""How far (in typical distances) what a grain adds is trusted: less, once the networks know better."""
RECOGNIZED = 0.1
"""A sound whose latent is this near (in typical distances) to what was heard of a grain is the grain: rounding to 16
bits moves a latent by up to 0.08, and 99 of 100 grains are further than that from the next one."""
EXACT, EXACT_DISCOUNT, EXACT_UP_TO = 0.1, 0.95, 5.0
"""Within EXACT typical distances a grain is preferred over one that only suits its surroundings better; beyond so many
times that, not at all."""
TABLE_COLUMNS = 3072
"""Grains that are compared at once."""


@dataclass(frozen=True)
class Match:
    """For every output frame: the grain's number, how far its key is, and two confidences in 0..1, all [frame].

    `confidence` scales what the codec misses there; `identity` says that the frame is that grain.
    """

    grain: Tensor
    distance: Tensor
    confidence: Tensor
    identity: Tensor

    def __getitem__(self, frames: slice) -> Match:
        return Match(*(getattr(self, one.name)[frames] for one in fields(self)))

    @classmethod
    def joined(cls, parts: Sequence[Match]) -> Match:
        """One after the other."""
        return cls(*(torch.cat([getattr(part, one.name) for part in parts]) for one in fields(cls)))


@dataclass(frozen=True)
class Grains:
    """The chosen grains, each [channel, bin, spectrum]: true log-magnitudes, the codec's own, unit phases. A spectrum's
    bins stand in a row."""

    truth: Tensor
    model: Tensor
    phase: Tensor


@dataclass(frozen=True)
class Piece:
    """A stretch of a recording: file name, where it begins there (seconds), mid/side samples [channel, frame * hop],
    what the encoder heard [frame, dim], and its codes [level, frame] (none for a continuous bottleneck)."""

    name: str
    offset: float
    samples: Tensor
    latent: Tensor
    codes: Tensor | None = None

    @property
    def frames(self) -> int:
        return len(self.latent)


class Memory:
    """Pieces of recordings at the codec's rate; keys and grains are made of them when needed."""

    def __init__(self, codec: Codec, pieces: Sequence[Piece]) -> None:
        self.codec, self.pieces = codec, tuple(pieces)
        self.lengths = tuple(piece.frames for piece in pieces)
        self.latents = torch.cat([piece.latent for piece in pieces])
        self.codes = torch.cat([piece.codes for piece in pieces], -1) if codec.bottleneck.discrete else None
        self.keys = self.latents if self.codes is None else codec.bottleneck.embed(self.codes)
        self.file = torch.repeat_interleave(torch.tensor(self.lengths)).to(self.keys.device)
        starts = torch.tensor([0, *self.lengths[:-1]]).cumsum(0).to(self.keys.device)
        self.position = torch.arange(len(self.keys), device=self.keys.device) - starts[self.file]
        self.whole = torch.tensor(wholes(pieces, codec.config.hop, codec.audio.sample_rate), device=self.keys.device)
        self.margin = (codec.config.n_fft - codec.config.step) // 2
        self.tape, self.tape_start = self._tape()
        self.width = typical_distance(self.keys, self.file)
        self.trust = TRUST_LINEAR if codec.is_linear else TRUST_TRAINED
        self._tables = KeyTable.of(self.keys, self.whole[self.file]).split()
        self._models: dict[int, Tensor] = {}

    def __len__(self) -> int:
        """Grains."""
        return len(self.keys)

    @property
    def seconds(self) -> float:
        """How much recorded sound it holds."""
        return len(self) * self.codec.config.hop / self.codec.audio.sample_rate

    def _tape(self) -> tuple[Tensor, Tensor]:
        """All recordings after one another with silence between, but none between pieces that follow one another in
        one; and where each grain's first window begins on it."""
        hop, gap = self.codec.config.hop, self.margin
        first, parts, starts = 0, [F.pad(self.pieces[0].samples[:, :0], (gap, 0))], []
        for number, piece in enumerate(self.pieces):
            if number and self.whole[number] != self.whole[number - 1]:
                parts.append(F.pad(piece.samples[:, :0], (2 * gap, 0)))
                first += 2 * gap
            parts.append(piece.samples)
            starts.append(first)
            first += piece.samples.shape[-1]
        parts.append(F.pad(self.pieces[-1].samples[:, :0], (gap, 0)))
        begins = torch.tensor(starts).to(self.keys.device)
        return torch.cat(parts, -1), begins[self.file] + self.position * hop

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

    def recognized(self, latent: Tensor, codes: Tensor) -> Tensor:
        """Codes [level, frame] of continuous latents [frame, dim], where a frame is a grain that grain's own.

        Without this, rounding that nobody hears could lead to other codes, and a recording not back to itself.
        """
        squared, grain = squared_distance(latent, self.latents).min(1)
        return torch.where(squared < (RECOGNIZED * self.width) ** 2, self.codes[:, grain], codes)

    @torch.no_grad()
    def match(self, latent: Tensor) -> Match:
        """The best grain for each of the latents [frame, dim], judged with REACH neighbors on either side."""
        found = [table.best(latent, self.width) for table in self._tables]
        rated, around, squared, grain = (torch.stack(rows) for rows in zip(*found, strict=True))
        first = rated.argmin(0, keepdim=True)
        around, distance, grain = (rows.gather(0, first)[0] for rows in (around, squared.sqrt(), grain))
        confidence = torch.exp(-0.5 * around / (self.trust * self.width) ** 2)
        identity = torch.exp(-0.5 * (distance / (SAME * self.width)) ** 2)
        return Match(grain, distance, confidence, identity)

    def is_recording(self, match: Match) -> bool:
        """Whether the frames are all grains themselves, one after the other in one recording."""
        steps = match.grain.diff().eq(1) & self.whole[self.file[match.grain]].diff().eq(0)
        return bool(steps.all() and (match.identity > WHOLLY).all())

    def recording(self, chosen: Tensor) -> Tensor:
        """Mid/side samples [channel, frame * hop] of grains that follow one another in a recording."""
        start = int(self.tape_start[chosen[0]]) + self.margin
        return self.tape[:, start : start + len(chosen) * self.codec.config.hop]

    @torch.no_grad()
    def grains(self, chosen: Tensor) -> Grains:
        """The chosen grains [frame], one after the other."""
        config, spectral = self.codec.config, self.codec.spectral
        pieces = self.tape.unfold(-1, config.hop + 2 * self.margin, 1)[:, self.tape_start[chosen]]
        windows = pieces.unfold(-1, config.n_fft, config.step) * spectral.window
        spectra = torch.fft.rfft(windows).flatten(1, 2)
        size = modulus(spectra)
        rows = size.clamp_min(FLOOR).log10_(), self._model(chosen), spectra * size.reciprocal()
        return Grains(*(one.transpose(-1, -2) for one in rows))

    def _model(self, chosen: Tensor) -> Tensor:
        """The codec's own log-magnitudes [channel, spectrum, bin] at the grains, in their recorded context."""
        ratio, parts = self.codec.ratio, []
        for file, position in zip(self.file[chosen].tolist(), self.position[chosen].tolist(), strict=True):
            if file not in self._models:
                self._models[file] = self._model_of(file)
            parts.append(self._models[file][:, position * ratio : (position + 1) * ratio])
        return torch.cat(parts, 1)

    def _model_of(self, file: int) -> Tensor:
        """The same for all of a piece; it sees as much of its neighbors in the recording as decoding would."""
        own = torch.arange(len(self), device=self.keys.device)[self.file == file]
        near = self.codec.magnitude_reach + self.codec.texture.reach
        first, end = max(0, int(own[0]) - near), min(len(self), int(own[-1]) + 1 + near)
        around = torch.arange(first, end, device=own.device)
        around = around[self.whole[self.file[around]] == self.whole[file]]
        calm = self.codec.texture.smooth(self.keys[around])
        skipped = int(own[0] - around[0]) * self.codec.ratio
        levels = self.codec.log_magnitudes(calm[None])[0].transpose(-1, -2)
        return levels[:, skipped : skipped + len(own) * self.codec.ratio]


def wholes(pieces: Sequence[Piece], hop: int, sample_rate: int) -> list[int]:
    """Of which whole stretch of a recording each piece is: those that follow one another share a number."""
    numbers = [0]
    for before, piece in pairwise(pieces):
        follows = abs(before.offset + before.frames * hop / sample_rate - piece.offset) < 0.5 * hop / sample_rate
        numbers.append(numbers[-1] + (not (follows and piece.name == before.name)))
    return numbers


@dataclass(frozen=True)
class KeyTable:
    """Keys laid out for matching: REACH blank columns before, between and after the files.

    keys [dim + 2, column] are prepared so that one product gives squared distances, 0 in blank columns; share
    [2 * REACH + 1, inner] is the weight of a column's neighbors, blank [inner] infinite where no grain stands and
    grain [inner] its number. Inner columns are all but the first and last REACH.
    """

    keys: Tensor
    share: Tensor
    blank: Tensor
    grain: Tensor

    @classmethod
    def of(cls, keys: Tensor, file: Tensor) -> KeyTable:
        """From keys [grain, dim] and the number of the stretch of recording that each is of."""
        place = torch.arange(len(keys), device=keys.device) + REACH * (file + 1)
        columns = int(place[-1]) + 1 + REACH
        prepared = keys.new_zeros(keys.shape[1] + 2, columns)
        prepared[:, place] = torch.cat([-2 * keys.T, torch.ones_like(keys[None, :, 0]), keys.square().sum(1)[None]])
        there = prepared[-2].unfold(0, columns - 2 * REACH, 1)  # row o: whether a grain stands o - REACH columns on
        share = there * keys.new_tensor(WEIGHTS)[:, None]
        share[REACH] = WEIGHTS[REACH]
        blank = torch.where(there[REACH] > 0, 0.0, torch.inf)
        grain = torch.zeros_like(blank, dtype=torch.long)
        grain[place - REACH] = torch.arange(len(keys), device=keys.device)
        return cls(prepared, share, blank, grain)

    def split(self) -> tuple[KeyTable, ...]:
        """In parts of at most TABLE_COLUMNS inner columns: what is made of one stays in the processor's cache."""
        parts = []
        for first in range(0, len(self.blank), TABLE_COLUMNS):
            own = slice(first, first + TABLE_COLUMNS)
            around = slice(first, first + TABLE_COLUMNS + 2 * REACH)
            parts.append(
                KeyTable(
                    self.keys[:, around].contiguous(),
                    self.share[:, own].contiguous(),
                    self.blank[own].contiguous(),
                    self.grain[own].contiguous(),
                )
            )
        return tuple(parts)

    def best(self, latent: Tensor, width: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """For each of latents [frame, dim] the best column's rating, how badly its surroundings and it itself fit, both
        squared distances, and its grain, all [frame]. `width` is the typical distance."""
        squared = self.squared_distance(latent)
        rated = self.around(squared, (CAP * width) ** 2)
        squared, sharp = squared[:, REACH:-REACH], -0.5 / (EXACT * width) ** 2
        row, column = (squared < (EXACT_UP_TO * EXACT * width) ** 2).nonzero(as_tuple=True)
        rated[row, column] *= 1 - EXACT_DISCOUNT * torch.exp(squared[row, column] * sharp)
        least, column = rated.min(1)
        own = squared.gather(1, column[:, None])[:, 0].clamp_min(0)
        around = least.clamp_min(0) / (1 - EXACT_DISCOUNT * torch.exp(own * sharp))
        return least, around, own, self.grain[column]

    def squared_distance(self, latent: Tensor) -> Tensor:
        """Of latents [frame, dim] from all columns, [frame, column], up to rounding (which may be below 0)."""
        power = latent.square().sum(1, keepdim=True)
        return torch.cat([latent, power, torch.ones_like(power)], 1) @ self.keys

    def around(self, squared: Tensor, cap: float) -> Tensor:
        """Squared distances [frame, column] -> their weighted mean along the diagonal, [frame, inner]: how well the
        surroundings fit; infinite where no grain stands. A neighbor counts `cap` at most."""
        frames, inner = len(squared), self.share.shape[1]
        capped, total = squared.clamp_max(cap), squared[:, REACH:-REACH] * WEIGHTS[REACH]
        for offset, share in enumerate(WEIGHTS):
            later = offset - REACH
            if later and abs(later) < frames:
                there = slice(max(0, -later), frames - max(0, later))
                neighbor = slice(max(0, later), frames + min(0, later))
                total[there].add_(capped[neighbor, offset : offset + inner], alpha=share)
        whole = self.share.sum(0)
        for frame in {*range(min(REACH, frames)), *range(max(0, frames - REACH), frames)}:
            first, end = max(0, REACH - frame), min(len(WEIGHTS), REACH + frames - frame)
            total[frame] *= whole / self.share[first:end].sum(0)
        return torch.addcmul(self.blank, total, whole.reciprocal())


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
