"""From latents to samples: codec magnitudes, the memory's share, phase, signal.

A sound is made tile by tile. Tiles stand in fixed places and see a fixed stretch around them, so a tile is always
computed by the same operations on the same numbers: a window of a sound, an edited sound and a sound of any length are
bit-identical wherever their codes agree, in memory that does not grow with the sound.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from sda_lib.models import memory as memory_module
from sda_lib.models.attack import level_of
from sda_lib.models.codec import CONTEXT, Codec
from sda_lib.models.memory import Grains, Match, Memory
from sda_lib.models.phase import griffin_lim, propagated_phase
from sda_lib.models.spectral import left_right

QUALITIES = ("play", "export")
ROUNDS_WITH_GRAINS = {"play": 2, "export": 16}
"""Griffin-Lim iterations when the phase starts from recorded grains."""
ROUNDS_ALONE = {"play": 2, "export": 4}
"""Griffin-Lim iterations after phase propagation. More fit decoded magnitudes no better (docs/BENCHMARKS.md)."""
ANCHOR_SPACING = 32
"""Spectra between two anchors of phase propagation, as near as whole code frames allow."""
TILE_SAMPLES = 98304
"""Length of a tile; longer wastes more on small edits, shorter on the surroundings that every tile computes too."""
FOREIGN = 0.5
"""A frame that is less than this much a grain itself takes its phases from the stroke when it is struck."""
LOUDEST = 4.0
"""log10 magnitudes are kept below this, so that no code combination overflows."""


@dataclass(frozen=True)
class Span:
    """Code frames (or spectra, where it says so) first..end of a sound."""

    first: int
    end: int

    def wider(self, frames: int, limit: int) -> Span:
        """With so many more on either side, as far as the sound of `limit` has them."""
        return Span(max(0, self.first - frames), min(limit, self.end + frames))

    def slice_in(self, outer: Span, unit: int = 1) -> slice:
        """Where this span lies in an array of `outer` that has `unit` entries per frame."""
        return slice((self.first - outer.first) * unit, (self.end - outer.first) * unit)

    def onto(self, unit: int, limit: int) -> Span:
        """The smallest span from one multiple of `unit` to another around it; its end is `limit` at most."""
        return Span(self.first - self.first % unit, min(limit, self.end + -self.end % unit))

    def times(self, ratio: int) -> Span:
        """In spectra, where a frame has `ratio`."""
        return Span(self.first * ratio, self.end * ratio)

    def over(self, ratio: int) -> Span:
        """In frames, for spectra that are whole frames."""
        return Span(self.first // ratio, self.end // ratio)


@torch.no_grad()
def synthesize(
    codec: Codec,
    memory: Memory | None,
    latent: Tensor,
    amount: float,
    quality: str = "play",
    first: int = 0,
    end: int | None = None,
) -> tuple[Tensor, Match | None]:
    """Frames first..end of a sound's latents [frame, dim] -> (left/right samples [channel, frame * hop], the grains
    used or None).

    `amount` in 0..1 is how much of the recorded grains is heard; 0 or no memory is the codec alone.
    """
    wanted = Span(first, len(latent) if end is None else end)
    size = max(1, TILE_SAMPLES // codec.config.hop)
    whole = Span(wanted.first - wanted.first % size, min(len(latent), wanted.end - wanted.end % -size))
    tiles = [Span(start, min(start + size, len(latent))) for start in range(whole.first, whole.end, size)]
    make = _maker(memory, amount)
    samples, matches = zip(*(make(codec, memory, latent, amount, quality, tile) for tile in tiles), strict=True)
    samples = torch.cat(samples, -1)[:, wanted.slice_in(whole, codec.config.hop)]
    return samples, None if matches[0] is None else Match.joined(matches)[wanted.slice_in(whole)]


@torch.no_grad()
def synthesize_early(
    codec: Codec, memory: Memory | None, latent: Tensor, amount: float, first: int, end: int
) -> Tensor:
    """Frames first..end as `synthesize` makes them for play, but only up to rounding: without the rest of their tiles,
    and so in less time. Left/right samples [channel, frame * hop]."""
    return _maker(memory, amount)(codec, memory, latent, amount, "play", Span(first, end))[0]


def reach(codec: Codec, with_grains: bool, quality: str = "play") -> int:
    """How many frames away from a changed code the signal can still change; beyond, it is bit-identical."""
    look, near = codec.attacks.look, codec.magnitude_reach + codec.texture.reach
    if with_grains:
        return max(near, memory_module.REACH) + -(-(look + _spread(codec, ROUNDS_WITH_GRAINS[quality])) // codec.ratio)
    return near + _anchor_frames(codec) + -(-(look + 1 + _spread(codec, ROUNDS_ALONE[quality])) // codec.ratio)


def magnitudes(codec: Codec, latent: Tensor, span: Span) -> tuple[Tensor, Tensor]:
    """The codec's log10 magnitudes [channel, bin, k] of a span of a sound's latents [frame, dim], and the noise that
    belongs on them."""
    outer = span.wider(max(codec.magnitude_reach, CONTEXT), len(latent))
    seen = outer.wider(codec.texture.reach, len(latent))
    calm = codec.texture.smooth(latent[seen.first : seen.end])[outer.slice_in(seen)]
    levels = codec.log_magnitudes(calm[None])[0][..., span.slice_in(outer, codec.ratio)]
    return levels, codec.texture(levels, calm[span.slice_in(outer)], span.first)


def recall(levels: Tensor, grains: Grains, match: Match, ratio: int) -> Tensor:
    """What the memory adds to log-magnitudes [channel, bin, k]: the grain itself where the frame is that grain, else
    what the codec misses at the grain, as far as the match is trusted."""
    confidence, identity = (one.repeat_interleave(ratio) for one in (match.confidence, match.identity))
    return torch.lerp(confidence * (grains.truth - grains.model), grains.truth - levels, identity)


def uncovered(match: Match, amount: float, ratio: int) -> Tensor:
    """How much of the noise stays per spectrum [k]: grains bring their own, in full where the frame is the grain."""
    share = (1 - (amount * match.confidence).square()).sqrt() * (1 - amount * match.identity)
    return share.repeat_interleave(ratio)


def _maker(memory: Memory | None, amount: float) -> Callable[..., tuple[Tensor, Match | None]]:
    """What makes a tile's samples."""
    return _codec_tile if memory is None or amount == 0 else _grain_tile


def _grain_tile(
    codec: Codec, memory: Memory, latent: Tensor, amount: float, quality: str, tile: Span
) -> tuple[Tensor, Match]:
    """A tile's samples, its phase from the memory's grains."""
    rounds = ROUNDS_WITH_GRAINS[quality]
    count, ratio = len(latent) * codec.ratio, codec.ratio
    span = tile.times(ratio).wider(_spread(codec, rounds), count)  # spectra
    wide = span.wider(codec.attacks.look, count).onto(ratio, count).over(ratio)
    seen = wide.wider(memory_module.REACH, len(latent))
    match = memory.match(latent[seen.first : seen.end])[wide.slice_in(seen)]
    inner = match[tile.slice_in(wide)]
    if amount == 1 and memory.is_recording(match):
        return left_right(memory.recording(inner.grain)), inner
    grains = memory.grains(match.grain)
    levels, noise = magnitudes(codec, latent, wide)
    grained = amount * recall(levels, grains, match, ratio) + uncovered(match, amount, ratio) * noise
    sizes = _linear(levels + grained)
    level = level_of(sizes)
    strokes = codec.attacks.find(level, wide.first * ratio)
    foreign = (1 - amount * match.identity).repeat_interleave(ratio)
    lift = foreign * codec.attacks.lift(strokes)
    sizes = sizes * _linear(lift - foreign * codec.excess(level + lift))
    phase = strokes.struck(grains.phase, foreign > FOREIGN)
    inside = span.slice_in(wide.times(ratio))
    return _signal(codec, sizes[..., inside], phase[..., inside], rounds, tile, span), inner


def _codec_tile(
    codec: Codec, _: Memory | None, latent: Tensor, __: float, quality: str, tile: Span
) -> tuple[Tensor, None]:
    """A tile's samples, its phase propagated between anchors."""
    rounds, ratio, spacing = ROUNDS_ALONE[quality], codec.ratio, _anchor_frames(codec) * codec.ratio
    count = len(latent) * ratio
    span = tile.times(ratio).wider(_spread(codec, rounds), count)  # spectra, and so are the next two
    between = span.onto(spacing, count)
    seen = between.wider(2, count)  # the anchor at the end, and one spectrum for its slope
    wide = between.wider(max(codec.attacks.look, 2), count).onto(ratio, count).over(ratio)
    levels, noise = magnitudes(codec, latent, wide)
    levels = levels + noise
    sizes, whole = _linear(levels), wide.times(ratio)
    level = level_of(sizes)
    strokes = codec.attacks.find(level, whole.first)[between.slice_in(whole)]
    lift = codec.attacks.lift(strokes)
    louder = lift - codec.excess(level[between.slice_in(whole)] + lift)
    sizes = sizes[..., between.slice_in(whole)] * _linear(louder)
    aligned, levels = strokes.aligned, levels[..., seen.slice_in(whole)]
    given = (aligned, strokes.angles(aligned, *levels.shape[:2])) if aligned.any() else None
    around = between.first - seen.first, seen.end - between.end
    phase = propagated_phase(codec.spectral, levels, seen.first, spacing, given, around)
    inside = span.slice_in(between)
    return _signal(codec, sizes[..., inside], phase[..., inside], rounds, tile, span), None


def _linear(levels: Tensor) -> Tensor:
    """Magnitudes for log10 magnitudes, none beyond what a sound can be."""
    return levels.clamp_max(LOUDEST).mul_(math.log(10)).exp_()


def _signal(codec: Codec, sizes: Tensor, phase: Tensor, rounds: int, tile: Span, span: Span) -> Tensor:
    """Left/right samples of the tile, from magnitudes and phases of the span of spectra around it."""
    samples = griffin_lim(codec.spectral, sizes, phase, rounds)
    return left_right(samples[:, tile.times(codec.ratio).slice_in(span, codec.config.step)])


def _spread(codec: Codec, rounds: int) -> int:
    """Spectra over which overlapping windows and Griffin-Lim iterations carry a change."""
    return (rounds + 1) * (codec.config.n_fft // codec.config.step - 1)


def _anchor_frames(codec: Codec) -> int:
    return max(1, ANCHOR_SPACING // codec.ratio)
