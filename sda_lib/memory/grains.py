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

from sda_lib.codec.codec import Codec
from sda_lib.codec.rvq import squared_distance
from sda_lib.codec.stft import FLOOR, modulus

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
TRUST = 0.4
"""How far (in typical distances) what a grain adds is trusted."""
RECOGNIZED = 0.1
"""A sound whose latent is this near (in typical distances) to what was heard of a grain is the grain: rounding to 16
bits moves a latent by up to 0.08, and 99 of 100 grains are further than that from the next one."""
EXACT, EXACT_DISCOUNT, EXACT_UP_TO = 0.1, 0.95, 5.0
"""Within EXACT typical distances a grain is preferred over one that only suits its surroundings better; beyond so many
times that, not at all."""
ALIKE = 0.01
"""What it costs (in typical distances, squared) that on one side of a frame or of its grain there is nothing, and on
that of the other there is something: where a loop comes again, its copy in the middle is not its beginning."""
RECOGNIZED_AT_ONCE = 256
"""Frames that are compared with all grains at once."""
GOING_ON = 0.7
"""And this near if it goes on from such a frame as the recording does."""
TABLE_COLUMNS = 16384
"""Grains that are compared at once."""
ROUNDING = 1.0001
"""What sums may be off."""
GROUP = 16
"""Of so many grains the nearest tells whether one of them can be the best."""
FAR = 1e30
"""The squared distance of places where no grain stands."""


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
    """The chosen grains, each [channel, bin, spectrum]: true log-magnitudes, the codec's own, complex spectra. A
    spectrum's bins stand in a row."""

    truth: Tensor
    model: Tensor
    spectra: Tensor

    @property
    def phase(self) -> Tensor:
        """Unit phases."""
        return self.spectra / modulus(self.spectra)


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

        Without this, rounding that nobody hears could lead to other codes, and a recording not back to itself. Rounding
        moves a latent most where a recording has died away; so beside a recognized frame, the grain that goes on with
        the recording there is recognized from farther.
        """
        nearest = [squared_distance(part, self.latents).min(1) for part in latent.split(RECOGNIZED_AT_ONCE)]
        squared, grain = (torch.cat(rows) for rows in zip(*nearest, strict=True))
        known = squared < (RECOGNIZED * self.width) ** 2
        known, grain = self._led_on(latent, known, grain, 1)
        known, grain = (one.flip(0) for one in self._led_on(latent.flip(0), known.flip(0), grain.flip(0), -1))
        return torch.where(known, self.codes[:, grain], codes)

    def _led_on(self, latent: Tensor, known: Tensor, grain: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """Which of latents [frame, dim] are known, and their grains, both [frame], with those frames that go on from a
        known one as the recording does, by `step` grains a frame."""
        place = torch.arange(len(known), device=known.device)
        last = torch.where(known, place, -1).cummax(0).values
        start = grain[last.clamp_min(0)]
        led = start + step * (place - last)
        inside, led = (led >= 0) & (led < len(self)), led.clamp(0, len(self) - 1)
        alike = (latent - self.latents[led]).square().sum(1) < (GOING_ON * self.width) ** 2
        alike &= inside & (last >= 0) & (self.whole[self.file[led]] == self.whole[self.file[start]])
        strange = torch.where(known | alike, -1, place).cummax(0).values
        found = ~known & (strange < last)
        return known | found, torch.where(found, led, grain)

    @torch.no_grad()
    def match(self, latent: Tensor) -> Match:
        """The best grain for each of the latents [frame, dim], judged with REACH neighbors on either side."""
        found = [table.best(latent, self.width) for table in self._tables]
        rated, around, grain = (torch.stack(rows) for rows in zip(*found, strict=True))
        first = rated.argmin(0, keepdim=True)
        around, grain = (rows.gather(0, first)[0] for rows in (around, grain))
        distance = (latent - self.keys[grain]).square().sum(1).sqrt()  # the table's is off where latents are large
        confidence = torch.exp(-0.5 * around / (TRUST * self.width) ** 2)
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
        rows = modulus(spectra).clamp_min(FLOOR).log10_(), self._model(chosen), spectra
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

    keys [dim + 2, column] are prepared so that one product gives squared distances, FAR in blank columns; share
    [2 * REACH + 1, inner] is the weight of a column's neighbors, 0 where no grain stands, and grain [inner] its
    number. Inner columns are all but the first and last REACH, a multiple of GROUP.
    """

    keys: Tensor
    share: Tensor
    grain: Tensor

    @classmethod
    def of(cls, keys: Tensor, file: Tensor) -> KeyTable:
        """From keys [grain, dim] and the number of the stretch of recording that each is of."""
        place = torch.arange(len(keys), device=keys.device) + REACH * (file + 1)
        inner = int(place[-1]) + 1 - REACH
        inner += -inner % GROUP
        prepared = keys.new_zeros(keys.shape[1] + 2, inner + 2 * REACH)
        prepared[-1] = FAR
        prepared[:, place] = torch.cat([-2 * keys.T, torch.ones_like(keys[None, :, 0]), keys.square().sum(1)[None]])
        there = prepared[-2].unfold(0, inner, 1)  # row o: whether a grain stands o - REACH columns on
        grain = torch.zeros(inner, dtype=torch.long, device=keys.device)
        grain[place - REACH] = torch.arange(len(keys), device=keys.device)
        return cls(prepared, there * keys.new_tensor(WEIGHTS)[:, None], grain)

    def split(self) -> tuple[KeyTable, ...]:
        """In parts of at most TABLE_COLUMNS inner columns, so that many grains take no more memory than some."""
        parts = []
        for first in range(0, len(self.grain), TABLE_COLUMNS):
            own = slice(first, first + TABLE_COLUMNS)
            around = slice(first, first + TABLE_COLUMNS + 2 * REACH)
            rows = self.keys[:, around], self.share[:, own], self.grain[own]
            parts.append(KeyTable(*(one.contiguous() for one in rows)))
        return tuple(parts)

    def best(self, latent: Tensor, width: float) -> tuple[Tensor, Tensor, Tensor]:
        """For each of latents [frame, dim] the best column's rating, how badly its surroundings fit (squared),
        and its grain, all [frame]. `width` is the typical distance.

        A rating is no lower than the column's own share of it. So the surroundings are looked at only where the nearest
        column of all, itself rated, leaves a chance: at some of a thousand. What is looked at changes no result."""
        squared, frames = self.squared_distance(latent), torch.arange(len(latent), device=latent.device)
        in_groups = squared[:, REACH:-REACH].unflatten(1, (GROUP, -1))  # a group's columns are far from one another
        least = in_groups.amin(1)
        group = least.min(1).indices
        column = group + least.shape[1] * in_groups[frames, :, group].min(1).indices
        bound = sum(WEIGHTS) * ROUNDING * self.rated(squared, frames, column, width)[0]
        bound.clamp_(min=(EXACT_UP_TO * EXACT * width) ** 2)
        frame, group = (least <= bound[:, None]).nonzero(as_tuple=True)
        which, place = (in_groups[frame, :, group] <= bound[frame, None]).nonzero(as_tuple=True)
        frame, column = frame[which], group[which] + least.shape[1] * place
        found = self.rated(squared, frame, column, width)
        pick = first_least(found[0], column, frame, len(latent))
        return *(one[pick] for one in found), self.grain[column[pick]]

    def squared_distance(self, latent: Tensor) -> Tensor:
        """Of latents [frame, dim] from all columns, [frame, column], up to rounding (which may be below 0)."""
        power = latent.square().sum(1, keepdim=True)
        return torch.cat([latent, power, torch.ones_like(power)], 1) @ self.keys

    def rated(self, squared: Tensor, frame: Tensor, column: Tensor, width: float) -> tuple[Tensor, Tensor]:
        """For pairs of a frame and an inner column [pair], from squared distances [frame, column]: the rating, and how
        badly the surroundings fit (the weighted mean along the diagonal; a neighbor counts CAP at most). One sum and
        one product at a time, which are the same wherever a pair stands."""
        flat, cap = squared.flatten(), (CAP * width) ** 2
        place = frame * squared.shape[1] + column + REACH
        own = flat[place].clamp_min(0)
        total, whole, unlike = own * WEIGHTS[REACH], torch.full_like(own, WEIGHTS[REACH]), torch.zeros_like(own)
        for offset, weight in zip(range(-REACH, REACH + 1), WEIGHTS, strict=True):
            if offset == 0:
                continue
            there = (frame + offset >= 0) & (frame + offset < len(squared))
            recorded = self.share[REACH + offset][column]
            share, unlike = recorded * there, unlike + (recorded - weight * there).abs()
            neighbor = flat[(place + offset * (squared.shape[1] + 1)).clamp_(0, len(flat) - 1)].clamp_(0, cap)
            total, whole = total + share * neighbor, whole + share
        around = total / whole
        return around * discount(own, width) + unlike * (ALIKE * width**2 / sum(WEIGHTS)), around


def discount(squared: Tensor, width: float) -> Tensor:
    """What a rating is multiplied by for a column that is at this squared distance itself: 1 - EXACT_DISCOUNT at 0, 1
    beyond EXACT_UP_TO times EXACT. The power is a Gaussian but for a thousandth, made of nothing but products."""
    near = (1 - squared / (EXACT_UP_TO * EXACT * width) ** 2).clamp_min(0)
    fourth = near.square().square()
    return 1 - EXACT_DISCOUNT * (fourth * fourth * fourth)


def first_least(ratings: Tensor, column: Tensor, frame: Tensor, frames: int) -> Tensor:
    """Which of pairs [pair], in the order of their frames, has the lowest rating of each of so many frames [frame]; of
    equal ones the one with the first column."""
    least = torch.full((frames,), torch.inf, device=ratings.device).scatter_reduce_(0, frame, ratings, "amin")
    best = (ratings == least[frame]).nonzero()[:, 0]
    column, frame = column[best], frame[best]
    first = torch.full_like(least, torch.iinfo(torch.long).max, dtype=torch.long)
    first.scatter_reduce_(0, frame, column, "amin")
    return best[column == first[frame]]


@torch.no_grad()
def typical_distance(keys: Tensor, file: Tensor, sample: int = 1000) -> float:
    """The median distance of a key from the nearest one of another recording (or frame, if there is one file)."""
    picks = torch.linspace(0, len(keys) - 1, min(sample, len(keys)), device=keys.device).long()
    squared = squared_distance(keys[picks], keys)
    foreign = file[picks][:, None] != file[None]
    if not foreign.any():
        foreign = picks[:, None] != torch.arange(len(keys), device=keys.device)[None]
    least = squared.masked_fill(~foreign, float("inf")).min(1).values.sqrt()
    if len(keys) == 1:
        least = keys.square().sum(1).sqrt()  # no other frame to differ from
    return max(float(least.median()), 1e-6)


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
