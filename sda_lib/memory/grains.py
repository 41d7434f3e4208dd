"""The corpus memory: the user's recordings as grains that the decoder uses.

Every code frame of the corpus has a key (its quantized latent) and a grain (its true spectra). Decoding looks up the
grain whose key, together with its neighbors in time, fits best; adds the codec's error there, scaled by a confidence
that falls with the distance; and starts from the grain's phase. Matching considers only a few frames, so an edit cannot
change sound far away, and a recording's own codes find exactly the recording.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import groupby

import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.codec.codec import Codec
from sda_lib.codec.stft import log_magnitude, modulus
from sda_lib.memory.key_table import KeyTable, typical_distance
from sda_lib.memory.pieces import Piece, recording_indices, sounding_grains, sounding_span

# Scale of the distance (in typical distances) within which a key is the grain itself, whatever its surroundings.
IDENTITY_SCALE = 0.3
# From this identity on a frame consists of its grain only.
FULL_IDENTITY = 0.999
# Scale of the distance (in typical distances) within which a grain's addition is trusted.
CONFIDENCE_SCALE = 0.8
# A latent this near (in typical distances) to the encoded latent of a grain is recognized as the grain: rounding to 16
# bits moves a latent by up to 0.08, and 99 of 100 grains are further than that from the next one.
RECOGNIZED = 0.1
# Frames compared with all grains at once.
RECOGNIZED_AT_ONCE = 256
# Limit of the distance (in typical distances) for frames that continue from a recognized frame as the recording does.
RECOGNIZED_NEXT = 0.7


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

    `recorded`: true log-magnitudes; `spectra`: complex spectra; `decoded`: the codec's log-magnitudes, None where they
    are not needed. The bins of a spectrum are contiguous in memory.
    """

    recorded: Tensor
    spectra: Tensor
    decoded: Tensor | None = None

    def phase(self, part: slice) -> Tensor:
        """Return the unit phases of a part of the spectra."""
        spectra = self.spectra[..., part]
        return spectra * modulus(spectra).reciprocal_()


class Memory:
    """Pieces of recordings at the codec's rate; grains are computed from them when needed.

    `piece` [grain]: number of each grain's piece; `position` [grain]: its frame within the piece; `recording_index`
    [piece] and `grain_recording` [grain]: number of the recording; `sounding` [grain]: whether it is not in the silence
    at a recording's ends; `unit`: typical distance between keys of different pieces, silence aside.
    """

    def __init__(self, codec: Codec, pieces: Sequence[Piece]) -> None:
        self.codec, self.pieces = codec, tuple(pieces)  # their samples become parts of the tape below
        self.lengths = tuple(piece.frames for piece in pieces)
        self.latents = torch.cat([piece.latent for piece in pieces])
        self.codes: Tensor | None = None
        if codec.bottleneck.discrete:
            self.codes = torch.cat([piece.codes for piece in pieces if piece.codes is not None], -1)
        self.keys: Tensor = self.latents if self.codes is None else codec.bottleneck.embed(self.codes)
        device = self.keys.device
        self.piece = torch.repeat_interleave(torch.tensor(self.lengths)).to(device)
        starts = torch.tensor([0, *self.lengths[:-1]]).cumsum(0).to(device)
        self.position = torch.arange(len(self.keys), device=device) - starts[self.piece]
        numbers = recording_indices(pieces, codec.config.hop, codec.audio.sample_rate)
        self.recording_index = torch.tensor(numbers, device=device)
        self.grain_recording = self.recording_index[self.piece]
        self.margin = (codec.config.n_fft - codec.config.step) // 2
        self.tape, self.tape_start = self._tape()
        self.sample_start = self.tape_start + self.margin
        self.pieces = self._pieces_on_tape()
        self.sounding = sounding_grains(
            pieces, numbers, codec.config.hop, codec.audio.sample_rate, codec.audio.trim
        ).to(device)
        self.unit = typical_distance(self.keys[self.sounding], self.piece[self.sounding])
        self._tables = KeyTable.of(self.keys, self.grain_recording).split()
        self._decoded: dict[int, Tensor] = {}
        # What `memory/joints` made last, by the grains before and after the border.
        self.joints: dict[tuple[int, int], Tensor] = {}

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
        silence = F.pad(self.pieces[0].samples[:, :0], (self.margin, 0))
        first, parts, starts = 0, [silence], []
        for number, piece in enumerate(self.pieces):
            if number and self.recording_index[number] != self.recording_index[number - 1]:
                parts += [silence, silence]
                first += 2 * self.margin
            parts.append(piece.samples)
            starts.append(first)
            first += piece.samples.shape[-1]
        begins = torch.tensor(starts).to(self.keys.device)
        return torch.cat([*parts, silence], -1), begins[self.piece] + self.position * self.codec.config.hop

    def _pieces_on_tape(self) -> tuple[Piece, ...]:
        """Return the pieces with samples that are parts of the tape, so that recordings are in memory once."""
        hop, at, found = self.codec.config.hop, 0, []
        for piece in self.pieces:
            first = int(self.sample_start[at])
            samples = self.tape[:, first : first + piece.frames * hop]
            found.append(replace(piece, samples=samples))
            at += piece.frames
        return tuple(found)

    @cached_property
    def sounding_pieces(self) -> list[Piece]:
        """The pieces without the silence at the ends of their recordings; silent ones are left out."""
        hop, rate = self.codec.config.hop, self.codec.audio.sample_rate
        return [
            piece.part(*sounding_span(own), hop, rate)
            for piece, own in zip(self.pieces, self.sounding.split(self.lengths), strict=True)
            if own.any()
        ]

    def source(self, grain: int) -> tuple[str, float]:
        """Return the file name and the position in seconds of a grain."""
        piece, position = self.pieces[int(self.piece[grain])], float(self.position[grain])
        return piece.name, piece.offset + position * self.codec.config.hop / self.codec.audio.sample_rate

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
        return codes if self.codes is None else self.with_own_codes(latent, codes, *self.nearest_latents(latent))

    def nearest_latents(self, latent: Tensor) -> tuple[Tensor, Tensor]:
        """Return whether latents [frame, dim] are recognized by themselves, and their nearest grains, both [frame]."""
        parts = latent.split(RECOGNIZED_AT_ONCE)
        nearest = [torch.addmm(self._latent_power, part, self.latents.T, alpha=-2).min(1) for part in parts]
        squared, grain = (torch.cat(rows) for rows in zip(*nearest, strict=True))
        return squared + latent.square().sum(1) < (RECOGNIZED * self.unit) ** 2, grain

    def with_own_codes(self, latent: Tensor, codes: Tensor, known: Tensor, grain: Tensor) -> Tensor:
        """Return codes [level, frame] with those of the grains [frame] of `known` frames [frame], and of the frames
        around them that continue the recording.
        """
        if self.codes is None or not known.any():
            return codes
        known, grain = self._continued(latent, known, grain, 1)
        known, grain = (one.flip(0) for one in self._continued(latent.flip(0), known.flip(0), grain.flip(0), -1))
        return torch.where(known, self.codes[:, grain], codes)

    @cached_property
    def _latent_power(self) -> Tensor:
        """The squared length of every grain's latent [grain]."""
        return self.latents.square().sum(1)

    def _continued(self, latent: Tensor, known: Tensor, grain: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """Return which of latents [frame, dim] are known, and their grains, both [frame].

        Frames that continue from a known one as the recording does, by `step` grains per frame, are known as well.
        """
        place = torch.arange(len(known), device=known.device)
        last = torch.where(known, place, -1).cummax(0).values
        start = grain[last.clamp_min(0)]
        following = start + step * (place - last)
        inside, following = (following >= 0) & (following < len(self)), following.clamp(0, len(self) - 1)
        near = (latent - self.latents[following]).square().sum(1) < (RECOGNIZED_NEXT * self.unit) ** 2
        near &= inside & (last >= 0) & (self.grain_recording[following] == self.grain_recording[start])
        unknown = torch.where(known | near, -1, place).cummax(0).values
        found = ~known & (unknown < last)
        return known | found, torch.where(found, following, grain)

    @torch.no_grad()
    def match(self, latent: Tensor) -> Match:
        """Return the best grain for each of the latents [frame, dim], compared with REACH neighbors on either side."""
        found = [table.best(latent, self.unit) for table in self._tables]
        rated, around, grain = (torch.stack(rows) for rows in zip(*found, strict=True))
        first = rated.argmin(0, keepdim=True)
        around, grain = (rows.gather(0, first)[0] for rows in (around, grain))
        distance = (latent - self.keys[grain]).square().sum(1).sqrt()  # more exact than the table for large latents
        confidence = torch.exp(-0.5 * around / (CONFIDENCE_SCALE * self.unit) ** 2)
        identity = torch.exp(-0.5 * (distance / (IDENTITY_SCALE * self.unit)) ** 2)
        return Match(grain, distance, confidence, identity)

    def follows(self, before: Tensor, after: Tensor) -> Tensor:
        """Return [n] whether grains `after` are the successors of grains `before` in their recordings."""
        return (before + 1 == after) & (self.grain_recording[before] == self.grain_recording[after])

    def around(self, grain: Tensor, offset: int, half: int) -> Tensor:
        """Return mid/side samples [n, channel, 2 * half] around the sample `offset` of each grain.

        Beyond a recording's ends they are silent.
        """
        spans = self.recording_span[self.grain_recording[grain]]
        samples = self.tape.new_zeros(len(grain), len(self.tape), 2 * half)
        starts = (self.sample_start[grain] + offset - half).tolist()
        for one, start, (first, end) in zip(samples, starts, spans.tolist(), strict=True):
            low, high = max(start, first), max(first, min(start + 2 * half, end))
            one[:, low - start : high - start] = self.tape[:, low:high]
        return samples

    @cached_property
    def recording_span(self) -> Tensor:
        """The first sample of each recording on the tape, and the one after its last [recording, 2]."""
        ends = torch.bincount(self.grain_recording).cumsum(0)
        first = self.sample_start[F.pad(ends[:-1], (1, 0))]
        return torch.stack([first, self.sample_start[ends - 1] + self.codec.config.hop], 1)

    def sections(self, chosen: Tensor) -> Tensor:
        """Return the samples of the chosen grains [frame] with their margins [channel, frame, hop + 2 * margin]."""
        size = self.codec.config.hop + 2 * self.margin
        return self.tape.unfold(-1, size, 1)[:, self.tape_start[chosen]]

    def samples(self, chosen: Tensor) -> Tensor:
        """Return the mid/side samples [channel, grain, hop] of the chosen grains [grain]."""
        hop = self.codec.config.hop
        return self.tape[:, (self.tape_start[chosen] + self.margin)[:, None] + torch.arange(hop, device=chosen.device)]

    def decoded(self, chosen: Tensor) -> Tensor:
        """Return the codec's log-magnitudes [channel, bin, spectrum] at the chosen grains [grain]."""
        return self._decoded_at(chosen).transpose(-1, -2)

    @torch.no_grad()
    def grains(self, chosen: Tensor, sections: Tensor | None = None, with_decoded: bool = True) -> Grains:
        """Return the chosen grains [frame] in sequence, with other samples [channel, frame, time] if given.

        The samples of a frame are as `sections` returns them. The codec's log-magnitudes are left out unless
        `with_decoded`.
        """
        config, spectral = self.codec.config, self.codec.spectral
        sections = self.sections(chosen) if sections is None else sections
        windows = sections.unfold(-1, config.n_fft, config.step) * spectral.window
        spectra = torch.fft.rfft(windows).flatten(1, 2)
        rows = [log_magnitude(spectra), spectra, *([self._decoded_at(chosen)] if with_decoded else [])]
        return Grains(*(one.transpose(-1, -2) for one in rows))

    def _decoded_at(self, chosen: Tensor) -> Tensor:
        """Return the codec's log-magnitudes [channel, spectrum, bin] at the grains, in their recorded context."""
        ratio, parts = self.codec.ratio, []
        for piece, position in zip(self.piece[chosen].tolist(), self.position[chosen].tolist(), strict=True):
            if piece not in self._decoded:
                self._decoded[piece] = self._decoded_piece(piece)
            parts.append(self._decoded[piece][:, position * ratio : (position + 1) * ratio])
        return torch.cat(parts, 1)

    def _decoded_piece(self, piece: int) -> Tensor:
        """Return the codec's log-magnitudes of a whole piece, with the context that decoding would use."""
        own = (self.piece == piece).nonzero()[:, 0]
        near = self.codec.magnitude_reach + self.codec.texture.reach
        first, end = max(0, int(own[0]) - near), min(len(self), int(own[-1]) + 1 + near)
        around = torch.arange(first, end, device=own.device)
        around = around[self.grain_recording[around] == self.recording_index[piece]]
        smooth = self.codec.texture.smooth(self.keys[around])
        skipped = int(own[0] - around[0]) * self.codec.ratio
        magnitudes = self.codec.log_magnitudes(smooth[None])[0].transpose(-1, -2)
        return magnitudes[:, skipped : skipped + len(own) * self.codec.ratio]
