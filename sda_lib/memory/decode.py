"""Decode latents to samples: codec magnitudes, the memory's contribution, phase, signal.

A sound is decoded tile by tile. Tiles have fixed positions and a fixed context, so a tile is always computed by the
same operations on the same numbers: a window of a sound, an edited sound and a sound of any length are bit-identical
wherever their codes agree, in memory that does not grow with the sound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.codec.codec import CONTEXT, Codec
from sda_lib.codec.frames import Frames
from sda_lib.codec.phase import griffin_lim, propagated_phase
from sda_lib.codec.stft import left_right, power_of_ten
from sda_lib.codec.transients import Transients, rms_level
from sda_lib.memory.exemplars import Exemplars
from sda_lib.memory.grains import Grains, Match, Memory
from sda_lib.memory.joints import RecordedPart, Stretch, joint_reach, recorded_stretch
from sda_lib.memory.key_table import REACH as MATCH_REACH

QUALITIES = ("play", "export")
# Griffin-Lim iterations. More than two improve decoded magnitudes with grains or detail of recordings, not others
# (docs/BENCHMARKS.md, docs/DECISIONS.md).
ROUNDS = {"play": 2, "export": 16}
# Spectra between two anchors of phase propagation, rounded to whole code frames.
ANCHOR_SPACING = 32
# Length of a tile in samples; longer tiles cost more on small edits, shorter ones more for the context of every tile.
TILE_SAMPLES = 131072
# A frame whose identity with its grain exceeds this takes the grain's phases. A grain that is merely near would add its
# own pitch (docs/BENCHMARKS.md).
PHASE_IDENTITY = 0.2
# Seconds of fade-in at a sound's beginning, as far as it is not a recording: the codec's output before the first sample
# is cut off, and the cut would click. The onsets of recordings are a little slower.
BEGIN_SECONDS = 1e-4
# Factor of how far the beginning is not a recording: one that is almost a recording clicks almost like a cut.
FADE = 4.0
# Share of the level restored by `codec/transients` that trusted residuals of recordings bring along.
RESTORED_BY_DETAIL = 0.5
# Upper limit of log10 magnitudes, so that no combination of codes overflows.
LOUDEST = 4.0


@dataclass(frozen=True)
class Span:
    """A range first..end of a sound's code frames, or of its spectra where noted."""

    first: int
    end: int

    def wider(self, frames: int, limit: int) -> Span:
        """Return the span extended by `frames` on either side, within a sound of length `limit`."""
        return Span(max(0, self.first - frames), min(limit, self.end + frames))

    def slice_in(self, outer: Span, unit: int = 1) -> slice:
        """Return the slice of this span in an array over `outer` with `unit` entries per frame."""
        return slice((self.first - outer.first) * unit, (self.end - outer.first) * unit)

    def onto(self, unit: int, limit: int, offset: int = 0) -> Span:
        """Return the smallest enclosing span between multiples of `unit` plus `offset`, within 0..`limit`."""
        first, end = self.first - (self.first - offset) % unit, self.end + (offset - self.end) % unit
        return Span(max(0, first), min(limit, end))

    def times(self, ratio: int) -> Span:
        """Return the span in spectra, with `ratio` spectra per frame."""
        return Span(self.first * ratio, self.end * ratio)

    def over(self, ratio: int) -> Span:
        """Return the span in frames, for a span of whole frames in spectra."""
        return Span(self.first // ratio, self.end // ratio)


# Level of a spectrum, as of `rms_level`, below which it is silence, and log10 of amplitude by which it then falls. It
# is that of noise at -102 dBFS, which is inaudible; codes of digital silence decode to less than that, but not to 0.
SILENCE, SILENCING = -3.8, 4.0


@torch.no_grad()
def synthesize(
    codec: Codec,
    memory: Memory | None,
    latent: Frames,
    amount: float,
    quality: str = "play",
    first: int = 0,
    end: int | None = None,
    exemplars: Exemplars | None = None,
) -> tuple[Tensor, Match | None]:
    """Decode frames first..end of a sound's latents [frame, dim].

    Return left/right samples [channel, frame * hop], and the grains used or None. `amount` in 0..1 is the share of the
    recorded grains; 0 or no memory gives the codec alone, with detail of the `exemplars` if there are any.
    """
    wanted = Span(first, len(latent) if end is None else end)
    size = max(1, TILE_SAMPLES // codec.config.hop)
    whole = Span(wanted.first - wanted.first % size, min(len(latent), wanted.end - wanted.end % -size))
    tiles = [Span(start, min(start + size, len(latent))) for start in range(whole.first, whole.end, size)]
    source = Source.of(memory, exemplars, amount)
    parts, matches = zip(*(_tile(codec, source, latent, quality, tile) for tile in tiles), strict=True)
    samples = torch.cat(parts, -1)[:, wanted.slice_in(whole, codec.config.hop)]
    return samples, None if matches[0] is None else Match.joined(matches)[wanted.slice_in(whole)]


@torch.no_grad()
def synthesize_early(
    codec: Codec,
    memory: Memory | None,
    latent: Frames,
    amount: float,
    first: int,
    end: int,
    exemplars: Exemplars | None = None,
) -> Tensor:
    """Decode frames first..end like `synthesize` for play, equal up to rounding but faster.

    Only these frames are decoded, without the rest of their tiles. Return left/right samples [channel, frame * hop].
    """
    return _tile(codec, Source.of(memory, exemplars, amount), latent, "play", Span(first, end))[0]


def reach(codec: Codec, with_grains: bool, quality: str = "play", exemplars: Exemplars | None = None) -> int:
    """Return how many frames away from a changed code the signal can change; beyond, it is bit-identical.

    `exemplars` are those that add detail, None at Source 1.
    """
    rounds = ROUNDS[quality]
    grain_reach = MATCH_REACH + joint_reach(codec) if with_grains else 0
    detail_reach = 0 if exemplars is None else exemplars.reach + codec.texture.reach
    near = max(codec.magnitude_reach + codec.texture.reach, grain_reach, detail_reach)
    return near + _anchor_frames(codec) + -(-(codec.attacks.reach + 1 + _spread(codec, rounds)) // codec.ratio)


def magnitudes(codec: Codec, latent: Frames, span: Span) -> tuple[Tensor, Tensor]:
    """Return log10 magnitudes [channel, bin, k] of a span of a sound's latents [frame, dim], and the noise to add."""
    outer = span.wider(max(codec.magnitude_reach, CONTEXT), len(latent))
    padded = outer.wider(codec.texture.reach, len(latent))
    smooth = codec.texture.smooth(latent[padded.first : padded.end])[outer.slice_in(padded)]
    levels = codec.log_magnitudes(smooth[None])[0][..., span.slice_in(outer, codec.ratio)]
    return levels, codec.texture(levels, smooth[span.slice_in(outer)], span.first)


def grain_addition(levels: Tensor, grains: Grains, match: Match, ratio: int) -> Tensor:
    """Return the memory's addition to log-magnitudes [channel, bin, k].

    Where the frame is the grain, it replaces them by the grain's; elsewhere it adds the codec's error at the grain,
    scaled by the confidence of the match. Grains without the codec's log-magnitudes are the frames.
    """
    own = grains.recorded - levels
    if grains.decoded is None:
        return own
    confidence, identity = (one.repeat_interleave(ratio) for one in (match.confidence, match.identity))
    return (grains.recorded - grains.decoded).mul_(confidence).lerp_(own, identity)


def remaining_noise(match: Match, amount: float, ratio: int) -> Tensor:
    """Return the share of the codec's noise that remains per spectrum [k].

    Grains contain noise of their own, and replace it fully where the frame is the grain.
    """
    share = (1 - (amount * match.confidence).square()).sqrt() * (1 - amount * match.identity)
    return share.repeat_interleave(ratio)


@dataclass(frozen=True)
class Source:
    """The recordings that decoding uses.

    `memory`: those whose grains are used, None at amount 0; `exemplars`: those whose detail is used, None at amount 1;
    `amount`: share of the grains, 0..1.
    """

    memory: Memory | None
    exemplars: Exemplars | None
    amount: float

    @classmethod
    def of(cls, memory: Memory | None, exemplars: Exemplars | None, amount: float) -> Source:
        """Leave out what has no effect at this amount."""
        return cls(memory if amount else None, exemplars if amount < 1 else None, amount)

    def detailed(self, latent: Frames, span: Span, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Replace noise [channel, bin, k] of a span of latents [frame, dim] by detail, as far as that is trusted.

        Return both together, and the share of the detail [k].
        """
        if self.exemplars is None:
            return noise, noise.new_zeros(noise.shape[-1])
        detail = self.exemplars.detail(latent, span.first, span.end)
        return detail.with_noise(noise).lerp_(noise, self.amount), (1 - self.amount) * detail.share


@dataclass(frozen=True)
class GrainContribution:
    """The memory's contribution to a range of a sound.

    `match` and `grains`: the grains and how well they fit; `foreign` [k]: how far each spectrum is from its grain, 0
    (only the grain) to 1; `own` [k]: whether its phases are the grain's.
    """

    match: Match
    grains: Grains
    foreign: Tensor
    own: Tensor

    @classmethod
    def of(cls, memory: Memory, match: Match, sections: Tensor, amount: float) -> GrainContribution:
        """Collect the grains of a match, whose samples are the `sections` [channel, frame, time]."""
        identity = match.identity.repeat_interleave(memory.codec.ratio)
        grains = memory.grains(match.grain, sections, with_decoded=not bool(match.identity.eq(1).all()))
        return cls(match, grains, 1 - amount * identity, identity > PHASE_IDENTITY)

    def added(self, levels: Tensor, noise: Tensor, amount: float) -> Tensor:
        """Return the addition to the codec's log-magnitudes [channel, bin, k], including the remaining noise."""
        ratio = levels.shape[-1] // len(self.match.grain)
        addition = grain_addition(levels, self.grains, self.match, ratio)
        return addition.mul_(amount).add_(remaining_noise(self.match, amount, ratio) * noise)

    def known_phases(self, part: slice) -> tuple[Tensor, Tensor] | None:
        """Return which spectra of a part take the grains' phases, and the phases; None if none does."""
        return (self.own[part], self.grains.phase(part)) if self.own[part].any() else None


def _tile(codec: Codec, source: Source, latent: Frames, quality: str, tile: Span) -> tuple[Tensor, Match | None]:
    """Return a tile's samples, and the grains used or None."""
    memory, amount = source.memory, source.amount
    ratio, count = codec.ratio, len(latent) * codec.ratio
    rounds = ROUNDS[quality]
    span = tile.times(ratio).wider(_spread(codec, rounds), count)  # in spectra, like the next two
    between = span.onto(*_anchors(codec, count))
    padded = between.wider(2, count)  # the last anchor, and one spectrum for its slope
    wide = between.wider(max(codec.attacks.reach, 2), count).onto(ratio, count).over(ratio)
    match = grains = recorded = None
    if memory is not None:
        near = wide.wider(joint_reach(codec), len(latent))
        match, stretch = _recorded(memory, latent, near)
        if amount == 1:
            recorded = RecordedPart.of(stretch, match, -(-_spread(codec, rounds) // ratio), tile.slice_in(near))
            if recorded.is_all:
                return left_right(recorded.samples), match[tile.slice_in(near)]
        match = match[wide.slice_in(near)]
        grains = GrainContribution.of(memory, match, stretch.sections(wide.slice_in(near)), amount)
    levels, noise = magnitudes(codec, latent, wide)
    noise, detail = source.detailed(latent, wide, noise)
    levels = (noise if grains is None else grains.added(levels, noise, amount)).add_(levels)
    sizes, whole, part = _linear(levels), wide.times(ratio), between.slice_in(wide.times(ratio))
    level = rms_level(sizes)
    transients = codec.attacks.find(level, whole.first)[part]
    foreign = torch.ones_like(level) if grains is None else grains.foreign
    boost = foreign[part] * (1 - RESTORED_BY_DETAIL * detail[part]) * codec.attacks.level_boost(transients)
    sunk = codec.excess(level[part] + boost) + SILENCING * (level[part] < SILENCE)
    sizes = sizes[..., part] * _linear(boost - foreign[part] * sunk)
    known = None if grains is None else grains.known_phases(part)
    phase = _phases(codec, levels[..., padded.slice_in(whole)], padded, between, transients, known)
    inside = span.slice_in(between)
    samples = griffin_lim(codec.spectral, sizes[..., inside], phase[..., inside], rounds)
    samples = samples[:, tile.times(ratio).slice_in(span, codec.config.step)]
    if tile.first == 0:
        samples = _faded_in(samples, min(1.0, FADE * float(foreign[0])), codec.audio.sample_rate)
    if recorded is not None:
        samples = torch.lerp(samples, recorded.samples, recorded.share)
    return left_right(samples), None if match is None else match[tile.slice_in(wide)]


def _recorded(memory: Memory, latent: Frames, span: Span) -> tuple[Match, Stretch]:
    """Return the grains of a span of a sound's latents [frame, dim], and the recorded samples behind them."""
    around = span.wider(MATCH_REACH, len(latent))
    match = memory.match(latent[around.first : around.end])[span.slice_in(around)]
    return match, recorded_stretch(memory, match)


def _phases(
    codec: Codec,
    levels: Tensor,
    padded: Span,
    between: Span,
    transients: Transients,
    known: tuple[Tensor, Tensor] | None,
) -> Tensor:
    """Return unit phases [channel, bin, k] of the spectra `between` two anchors.

    Phases that are `known` (which [k], and phases [channel, bin, k]) are kept, those at onsets are aligned, and all
    others are propagated from there and from the anchors by the log10 magnitudes of the spectra `padded`.
    """
    if known is not None and known[0].all():
        return known[1]
    own = torch.zeros_like(transients.aligned) if known is None else known[0]
    ends = own & ~(F.pad(own[1:], (0, 1)) & F.pad(own[:-1], (1, 0)))
    given = ends | transients.aligned & ~own
    angles = transients.angles(given, *levels.shape[:2])
    if known is not None:
        angles[:, ends[given]] = known[1][..., ends].angle().transpose(-1, -2)
    around = between.first - padded.first, padded.end - between.end
    spacing, _, offset = _anchors(codec, padded.end)
    given_angles = (given, angles) if given.any() else None
    made = propagated_phase(codec.spectral, levels, padded.first - offset, spacing, given_angles, around)
    return made if known is None else torch.where(own, known[1], made)


def _linear(levels: Tensor) -> Tensor:
    """Return magnitudes of log10 magnitudes, limited to LOUDEST."""
    return power_of_ten(levels.clamp_max(LOUDEST))


def _faded_in(samples: Tensor, foreign: float, sample_rate: int) -> Tensor:
    """Return the beginning [channel, time] of a sound, faded in as far as it is `foreign` (0..1) to a recording."""
    count = min(round(BEGIN_SECONDS * sample_rate), samples.shape[-1])
    rise = torch.sin(torch.linspace(0, math.pi / 2, count + 1, device=samples.device)[:count]).square()
    return torch.cat([samples[:, :count] * (1 - foreign * (1 - rise)), samples[:, count:]], -1)


def _spread(codec: Codec, rounds: int) -> int:
    """Return the number of spectra over which overlapping windows and Griffin-Lim iterations spread a change."""
    return (rounds + 1) * (codec.config.n_fft // codec.config.step - 1)


def _anchor_frames(codec: Codec) -> int:
    """Return the spacing of anchors in frames."""
    return max(1, ANCHOR_SPACING // codec.ratio)


def _anchors(codec: Codec, count: int) -> tuple[int, int, int]:
    """Return the spacing of anchors, the sound's end, and the position of the first anchor, in spectra.

    Anchors lie half their spacing from the tiles' ends, which are multiples of it, so that the nearest one beyond an
    end is as near as possible.
    """
    spacing = _anchor_frames(codec) * codec.ratio
    return spacing, count, spacing // 2
