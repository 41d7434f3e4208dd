"""The corpus memory: the user's recordings as grains that the decoder uses.

Every code frame of the corpus has a key (its quantized latent) and a grain (its true spectra). Decoding looks up the
grain whose key, together with its neighbors in time, fits best; adds the codec's error there, scaled by a confidence
that falls with the distance; and starts from the grain's phase. Matching considers only a few frames, so an edit cannot
change sound far away, and a recording's own codes find exactly the recording.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import groupby, pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.codec.codec import Codec
from sda_lib.codec.stft import FLOOR, modulus
from sda_lib.distances import squared_distances

# Frames on either side that a match considers.
REACH = 2
# Weight of each of those frames.
WEIGHTS = (0.25, 0.5, 1.0, 0.5, 0.25)
# Maximum distance of a neighbor (in typical distances), so that a hard cut does not degrade the frames next to it.
CAP = 0.7
# Scale of the distance (in typical distances) within which a key is the grain itself, whatever its surroundings.
SAME = 0.3
# From this identity on a frame consists of its grain only.
WHOLLY = 0.999
# Scale of the distance (in typical distances) within which a grain's addition is trusted.
TRUST = 0.4
# A latent this near (in typical distances) to the encoded latent of a grain is recognized as the grain: rounding to 16
# bits moves a latent by up to 0.08, and 99 of 100 grains are further than that from the next one.
RECOGNIZED = 0.1
# Near EXACT typical distances, a grain is preferred over one that only fits the surroundings better; beyond EXACT_UP_TO
# times that, not at all.
EXACT, EXACT_DISCOUNT, EXACT_UP_TO = 0.1, 0.95, 5.0
# Cost (in typical distances, squared) of a frame with a neighbor where its grain has none, or the reverse: when a loop
# repeats, a repetition in the middle is not its beginning.
ALIKE = 0.01
# Frames compared with all grains at once.
RECOGNIZED_AT_ONCE = 256
# Limit of the distance (in typical distances) for frames that continue from a recognized frame as the recording does.
GOING_ON = 0.7
# Grains compared at once.
TABLE_COLUMNS = 16384
# Tolerance factor for rounding of sums.
ROUNDING = 1.0001
# Grains per group; the nearest grain of a group shows whether the group can contain the best one.
GROUP = 16
# Squared distance of columns without a grain.
FAR = 1e30


@dataclass(frozen=True)
class Match:
    """The grain of every output frame; all tensors are [frame].

    `grain`: its number; `distance`: distance to its key; `confidence` 0..1: scale of the codec's error at the grain;
    `identity` 0..1: how far the frame is the grain itself.
    """

    grain: Tensor
    distance: Tensor
    confidence: Tensor
    identity: Tensor

    def __getitem__(self, frames: slice) -> Match:
        return Match(*(getattr(self, one.name)[frames] for one in fields(self)))

    @classmethod
    def joined(cls, parts: Sequence[Match]) -> Match:
        """Concatenate matches."""
        return cls(*(torch.cat([getattr(part, one.name) for part in parts]) for one in fields(cls)))


@dataclass(frozen=True)
class Grains:
    """The chosen grains, each [channel, bin, spectrum].

    `truth`: true log-magnitudes; `model`: the codec's log-magnitudes; `spectra`: complex spectra. The bins of a
    spectrum are contiguous in memory.
    """

    truth: Tensor
    model: Tensor
    spectra: Tensor

    @property
    def phase(self) -> Tensor:
        """Return the unit phases."""
        return self.spectra / modulus(self.spectra)


@dataclass(frozen=True)
class Piece:
    """A piece of a recording.

    File name, offset in the file in seconds, mid/side samples [channel, frame * hop], encoder output `latent`
    [frame, dim], and codes [level, frame] (None for a continuous bottleneck).
    """

    name: str
    offset: float
    samples: Tensor
    latent: Tensor
    codes: Tensor | None = None

    @property
    def frames(self) -> int:
        return len(self.latent)


class Memory:
    """Pieces of recordings at the codec's rate; grains are computed from them when needed."""

    def __init__(self, codec: Codec, pieces: Sequence[Piece]) -> None:
        self.codec, self.pieces = codec, tuple(pieces)
        self.lengths = tuple(piece.frames for piece in pieces)
        self.latents = torch.cat([piece.latent for piece in pieces])
        self.codes = torch.cat([piece.codes for piece in pieces], -1) if codec.bottleneck.discrete else None
        self.keys = self.latents if self.codes is None else codec.bottleneck.embed(self.codes)
        self.file = torch.repeat_interleave(torch.tensor(self.lengths)).to(self.keys.device)
        starts = torch.tensor([0, *self.lengths[:-1]]).cumsum(0).to(self.keys.device)
        self.position = torch.arange(len(self.keys), device=self.keys.device) - starts[self.file]
        self.recording_index = torch.tensor(
            recording_indices(pieces, codec.config.hop, codec.audio.sample_rate), device=self.keys.device
        )
        self.margin = (codec.config.n_fft - codec.config.step) // 2
        self.tape, self.tape_start = self._tape()
        self.width = typical_distance(self.keys, self.file)
        self._tables = KeyTable.of(self.keys, self.recording_index[self.file]).split()
        self._models: dict[int, Tensor] = {}

    def __len__(self) -> int:
        """Return the number of grains."""
        return len(self.keys)

    @property
    def seconds(self) -> float:
        """Return the duration of the recordings in seconds."""
        return len(self) * self.codec.config.hop / self.codec.audio.sample_rate

    @property
    def recordings(self) -> list[list[Piece]]:
        """Return the pieces in their order, those that follow one another in a recording together."""
        numbered = zip(self.recording_index.tolist(), self.pieces, strict=True)
        return [[piece for _, piece in group] for _, group in groupby(numbered, key=lambda one: one[0])]

    def _tape(self) -> tuple[Tensor, Tensor]:
        """Return all recordings in sequence, and the start of each grain's first window in it.

        Silence separates them, except pieces that follow one another in one recording.
        """
        hop, gap = self.codec.config.hop, self.margin
        first, parts, starts = 0, [F.pad(self.pieces[0].samples[:, :0], (gap, 0))], []
        for number, piece in enumerate(self.pieces):
            if number and self.recording_index[number] != self.recording_index[number - 1]:
                parts.append(F.pad(piece.samples[:, :0], (2 * gap, 0)))
                first += 2 * gap
            parts.append(piece.samples)
            starts.append(first)
            first += piece.samples.shape[-1]
        parts.append(F.pad(self.pieces[-1].samples[:, :0], (gap, 0)))
        begins = torch.tensor(starts).to(self.keys.device)
        return torch.cat(parts, -1), begins[self.file] + self.position * hop

    def source(self, grain: int) -> tuple[str, float]:
        """Return the file name and the position in seconds of a grain."""
        piece = self.pieces[int(self.file[grain])]
        return piece.name, piece.offset + float(
            self.position[grain]
        ) * self.codec.config.hop / self.codec.audio.sample_rate

    def loudness(self) -> Tensor:
        """Return the RMS level of every grain in dB [grain], at least -100."""
        hop = self.codec.config.hop
        power = torch.cat([piece.samples.square().mean(0).reshape(-1, hop).mean(1) for piece in self.pieces])
        return 10 * power.clamp_min(1e-10).log10()

    def recognized(self, latent: Tensor, codes: Tensor) -> Tensor:
        """Return codes [level, frame], replaced by a grain's own where the latent [frame, dim] is recognized as it.

        Without this, inaudible rounding could lead to other codes, and a recording would not map back to itself.
        Rounding moves a latent most where a recording has died away; so next to a recognized frame, the grain that
        continues the recording is recognized from farther away.
        """
        nearest = [squared_distances(part, self.latents).min(1) for part in latent.split(RECOGNIZED_AT_ONCE)]
        squared, grain = (torch.cat(rows) for rows in zip(*nearest, strict=True))
        known = squared < (RECOGNIZED * self.width) ** 2
        known, grain = self._led_on(latent, known, grain, 1)
        known, grain = (one.flip(0) for one in self._led_on(latent.flip(0), known.flip(0), grain.flip(0), -1))
        return torch.where(known, self.codes[:, grain], codes)

    def _led_on(self, latent: Tensor, known: Tensor, grain: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """Return which of latents [frame, dim] are known, and their grains, both [frame].

        Frames that continue from a known one as the recording does, by `step` grains per frame, are known as well.
        """
        place = torch.arange(len(known), device=known.device)
        last = torch.where(known, place, -1).cummax(0).values
        start = grain[last.clamp_min(0)]
        led = start + step * (place - last)
        inside, led = (led >= 0) & (led < len(self)), led.clamp(0, len(self) - 1)
        alike = (latent - self.latents[led]).square().sum(1) < (GOING_ON * self.width) ** 2
        alike &= inside & (last >= 0) & (self.recording_index[self.file[led]] == self.recording_index[self.file[start]])
        strange = torch.where(known | alike, -1, place).cummax(0).values
        found = ~known & (strange < last)
        return known | found, torch.where(found, led, grain)

    @torch.no_grad()
    def match(self, latent: Tensor) -> Match:
        """Return the best grain for each of the latents [frame, dim], compared with REACH neighbors on either side."""
        found = [table.best(latent, self.width) for table in self._tables]
        rated, around, grain = (torch.stack(rows) for rows in zip(*found, strict=True))
        first = rated.argmin(0, keepdim=True)
        around, grain = (rows.gather(0, first)[0] for rows in (around, grain))
        distance = (latent - self.keys[grain]).square().sum(1).sqrt()  # more exact than the table for large latents
        confidence = torch.exp(-0.5 * around / (TRUST * self.width) ** 2)
        identity = torch.exp(-0.5 * (distance / (SAME * self.width)) ** 2)
        return Match(grain, distance, confidence, identity)

    def is_recording(self, match: Match) -> bool:
        """Return whether all frames are grains themselves, in sequence, in one recording."""
        steps = match.grain.diff().eq(1) & self.recording_index[self.file[match.grain]].diff().eq(0)
        return bool(steps.all() and (match.identity > WHOLLY).all())

    def recording(self, chosen: Tensor) -> Tensor:
        """Return mid/side samples [channel, frame * hop] of grains that follow one another in a recording."""
        start = int(self.tape_start[chosen[0]]) + self.margin
        return self.tape[:, start : start + len(chosen) * self.codec.config.hop]

    @torch.no_grad()
    def grains(self, chosen: Tensor) -> Grains:
        """Return the chosen grains [frame] in sequence."""
        config, spectral = self.codec.config, self.codec.spectral
        pieces = self.tape.unfold(-1, config.hop + 2 * self.margin, 1)[:, self.tape_start[chosen]]
        windows = pieces.unfold(-1, config.n_fft, config.step) * spectral.window
        spectra = torch.fft.rfft(windows).flatten(1, 2)
        rows = modulus(spectra).clamp_min(FLOOR).log10_(), self._model(chosen), spectra
        return Grains(*(one.transpose(-1, -2) for one in rows))

    def _model(self, chosen: Tensor) -> Tensor:
        """Return the codec's log-magnitudes [channel, spectrum, bin] at the grains, in their recorded context."""
        ratio, parts = self.codec.ratio, []
        for file, position in zip(self.file[chosen].tolist(), self.position[chosen].tolist(), strict=True):
            if file not in self._models:
                self._models[file] = self._model_of(file)
            parts.append(self._models[file][:, position * ratio : (position + 1) * ratio])
        return torch.cat(parts, 1)

    def _model_of(self, file: int) -> Tensor:
        """Return the codec's log-magnitudes of a whole piece, with the context that decoding would use."""
        own = torch.arange(len(self), device=self.keys.device)[self.file == file]
        near = self.codec.magnitude_reach + self.codec.texture.reach
        first, end = max(0, int(own[0]) - near), min(len(self), int(own[-1]) + 1 + near)
        around = torch.arange(first, end, device=own.device)
        around = around[self.recording_index[self.file[around]] == self.recording_index[file]]
        calm = self.codec.texture.smooth(self.keys[around])
        skipped = int(own[0] - around[0]) * self.codec.ratio
        levels = self.codec.log_magnitudes(calm[None])[0].transpose(-1, -2)
        return levels[:, skipped : skipped + len(own) * self.codec.ratio]


def recording_indices(pieces: Sequence[Piece], hop: int, sample_rate: int) -> list[int]:
    """Return the number of the recorded stretch that each piece belongs to.

    Pieces that follow one another in a recording share a number.
    """
    numbers = [0]
    for before, piece in pairwise(pieces):
        follows = abs(before.offset + before.frames * hop / sample_rate - piece.offset) < 0.5 * hop / sample_rate
        numbers.append(numbers[-1] + (not (follows and piece.name == before.name)))
    return numbers


@dataclass(frozen=True)
class KeyTable:
    """Keys arranged for matching, with REACH blank columns before, between and after the files.

    `keys` [dim + 2, column] are prepared so that one product gives squared distances, FAR in blank columns; `share`
    [2 * REACH + 1, inner] is the weight of a column's neighbors, 0 where there is no grain, and `grain` [inner] is its
    number. Inner columns are all but the first and last REACH, a multiple of GROUP.
    """

    keys: Tensor
    share: Tensor
    grain: Tensor

    @classmethod
    def of(cls, keys: Tensor, file: Tensor) -> KeyTable:
        """Build the table from keys [grain, dim] and the number of the recorded stretch of each."""
        place = torch.arange(len(keys), device=keys.device) + REACH * (file + 1)
        inner = int(place[-1]) + 1 - REACH
        inner += -inner % GROUP
        prepared = keys.new_zeros(keys.shape[1] + 2, inner + 2 * REACH)
        prepared[-1] = FAR
        prepared[:, place] = torch.cat([-2 * keys.T, torch.ones_like(keys[None, :, 0]), keys.square().sum(1)[None]])
        there = prepared[-2].unfold(0, inner, 1)  # row o: whether column + o - REACH has a grain
        grain = torch.zeros(inner, dtype=torch.long, device=keys.device)
        grain[place - REACH] = torch.arange(len(keys), device=keys.device)
        return cls(prepared, there * keys.new_tensor(WEIGHTS)[:, None], grain)

    def split(self) -> tuple[KeyTable, ...]:
        """Return parts of at most TABLE_COLUMNS inner columns, so that memory does not grow with the grains."""
        parts = []
        for first in range(0, len(self.grain), TABLE_COLUMNS):
            own = slice(first, first + TABLE_COLUMNS)
            around = slice(first, first + TABLE_COLUMNS + 2 * REACH)
            rows = self.keys[:, around], self.share[:, own], self.grain[own]
            parts.append(KeyTable(*(one.contiguous() for one in rows)))
        return tuple(parts)

    def best(self, latent: Tensor, width: float) -> tuple[Tensor, Tensor, Tensor]:
        """Return the rating, the squared distance of the surroundings and the grain of each latent's best column, all
        [frame].

        `latent` is [frame, dim], `width` the typical distance. A rating is at least the column's own contribution to
        it. So the surroundings are compared only where the nearest column's rating leaves room for a better one: at a
        few of a thousand. This selection does not change the result.
        """
        squared, frames = self.squared_distances(latent), torch.arange(len(latent), device=latent.device)
        in_groups = squared[:, REACH:-REACH].unflatten(1, (GROUP, -1))  # the columns of a group are far apart
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

    def squared_distances(self, latent: Tensor) -> Tensor:
        """Return squared distances [frame, column] of latents [frame, dim] from all columns.

        Rounding can make them negative.
        """
        power = latent.square().sum(1, keepdim=True)
        return torch.cat([latent, power, torch.ones_like(power)], 1) @ self.keys

    def rated(self, squared: Tensor, frame: Tensor, column: Tensor, width: float) -> tuple[Tensor, Tensor]:
        """Return ratings and squared distances of the surroundings for pairs of a frame and an inner column, both
        [pair].

        Both are computed from squared distances [frame, column]. The surroundings are the weighted mean along the
        diagonal, where a neighbor counts at most CAP. Sums and products are taken one at a time, so that they are the
        same at any position of a pair.
        """
        flat, cap = squared.flatten(), (CAP * width) ** 2
        place = frame * squared.shape[1] + column + REACH
        own = flat[place].clamp_min(0)
        total, recording_index, unlike = (
            own * WEIGHTS[REACH],
            torch.full_like(own, WEIGHTS[REACH]),
            torch.zeros_like(own),
        )
        for offset, weight in zip(range(-REACH, REACH + 1), WEIGHTS, strict=True):
            if offset == 0:
                continue
            there = (frame + offset >= 0) & (frame + offset < len(squared))
            recorded = self.share[REACH + offset][column]
            share, unlike = recorded * there, unlike + (recorded - weight * there).abs()
            neighbor = flat[(place + offset * (squared.shape[1] + 1)).clamp_(0, len(flat) - 1)].clamp_(0, cap)
            total, recording_index = total + share * neighbor, recording_index + share
        around = total / recording_index
        return around * discount(own, width) + unlike * (ALIKE * width**2 / sum(WEIGHTS)), around


def discount(squared: Tensor, width: float) -> Tensor:
    """Return the factor of the rating of a column at this squared distance.

    It is 1 - EXACT_DISCOUNT at 0, and 1 beyond EXACT_UP_TO times EXACT typical distances. The power approximates a
    Gaussian to a thousandth with products only.
    """
    near = (1 - squared / (EXACT_UP_TO * EXACT * width) ** 2).clamp_min(0)
    fourth = near.square().square()
    return 1 - EXACT_DISCOUNT * (fourth * fourth * fourth)


def first_least(ratings: Tensor, column: Tensor, frame: Tensor, frames: int) -> Tensor:
    """Return for each frame the index [frame] of its pair with the lowest rating.

    `ratings`, `column` and `frame` are [pair], in the order of the frames; of equal ratings, the first column is used.
    """
    least = torch.full((frames,), torch.inf, device=ratings.device).scatter_reduce_(0, frame, ratings, "amin")
    best = (ratings == least[frame]).nonzero()[:, 0]
    column, frame = column[best], frame[best]
    first = torch.full_like(least, torch.iinfo(torch.long).max, dtype=torch.long)
    first.scatter_reduce_(0, frame, column, "amin")
    return best[column == first[frame]]


@torch.no_grad()
def typical_distance(keys: Tensor, file: Tensor, sample: int = 1000) -> float:
    """Return the median distance of a key from the nearest one of another recording.

    With one file, it is the distance from the nearest other frame.
    """
    picks = torch.linspace(0, len(keys) - 1, min(sample, len(keys)), device=keys.device).long()
    squared = squared_distances(keys[picks], keys)
    foreign = file[picks][:, None] != file[None]
    if not foreign.any():
        foreign = picks[:, None] != torch.arange(len(keys), device=keys.device)[None]
    least = squared.masked_fill(~foreign, float("inf")).min(1).values.sqrt()
    if len(keys) == 1:
        least = keys.square().sum(1).sqrt()  # there is no other frame
    return max(float(least.median()), 1e-6)


# Maximum length of a piece; longer recordings are split, so that pieces can be chosen finely enough.
PIECE_SECONDS = 30.0


def choose_diverse(summaries: Tensor, costs: Sequence[float], budget: float) -> list[int]:
    """Return the rows of summaries [n, dim] to keep within a budget, in ascending order.

    Rows are chosen in farthest-point order (Gonzalez 1985). At least one row is kept, and all of them when they fit.
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
