"""Attacks: where a sound strikes, told from magnitudes alone, and what is done so that it is heard.

A decoder of log-magnitudes says medians, and sounds it was not made from come out quieter than they are, most audibly
where they strike; `Attacks.missing` knows by how much. And a struck sound's spectra line up in phase at the place of
the stroke, which phases propagated along partials know nothing of.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sda_lib.codec.phase import scattered_angles

RISE = 0.8
"""log10 of amplitude (16 dB) by which the level rises over a few spectra where a sound strikes."""
SLOPE = RISE / 3
"""Rise over the two spectra around it that the steepest spectrum has at least."""
QUIETEST = -2.0
"""log10 of the RMS magnitude (about -66 dB below full-scale white noise) below which nothing strikes."""
DEEPEST = 1.5
"""log10 of amplitude below the loudest spectrum around, further down than which no level is believed."""
BACK, AHEAD = 3, 4
"""Spectra before and after the steepest one whose levels tell the place of the stroke."""
APART = 3
"""Spectra on either side among which the steepest one counts."""
GRID = 32
"""Samples between two places that are told apart."""
DECAYS, BACKGROUNDS = (64.0, 512.0, 2048.0, 16384.0), (3e-2, 1e-3)
"""Strokes to compare with: samples in which the amplitude falls by 1/e, and power of what sounded before (peak 1)."""
BEFORE, AFTER = 384, 256
"""Samples before and after the stroke; the phases of spectra centered between are lined up."""
DISPERSION, DISPERSED_FROM = (0.2, 0.8), 20
"""Random share of those phases at bin 0 and from that bin on: at 0 every stroke would be a click, at 1 it is noise."""
STEADY_SHARE = 1 / 3
"""How much of the missing level is put back between strokes, where all of it would raise the mel distance."""
STRESS = 0.06
"""log10 of amplitude (1.2 dB) by which strokes are raised besides: what they lose in level and in alignment."""
MOST_MISSING = 0.2
"""log10 of amplitude (4 dB) of missing level that is put back at most."""
HEARD = 2.0
"""log10 of amplitude below the loudest spectrum down to which the missing level is measured."""


@dataclass(frozen=True)
class Strokes:
    """For every spectrum of a stretch [k]: whether its phases line up at a stroke, whether its window sees one, where
    that stroke is relative to the first sample of its window, and a number for the stroke by its place in the sound."""

    aligned: Tensor
    seen: Tensor
    offset: Tensor
    seed: Tensor

    def __getitem__(self, spectra: slice) -> Strokes:
        return Strokes(self.aligned[spectra], self.seen[spectra], self.offset[spectra], self.seed[spectra])

    def angles(self, where: Tensor, channels: int, bins: int) -> Tensor:
        """Phases [channel, n, bin] of sounds struck at these places, for the n spectra chosen by `where` [k]."""
        offset, seed, bin_ = self.offset[where], self.seed[where], torch.arange(bins, device=where.device)
        n_fft = 2 * (bins - 1)
        turns = (bin_ * offset[:, None]) % n_fft
        low, high = DISPERSION
        share = low + (high - low) * (bin_ / DISPERSED_FROM).clamp_max(1)
        random = share * (scattered_angles(seed, channels, bins) - math.pi)
        return (random - (2 * math.pi / n_fft) * turns[:, None]).transpose(0, 1)


class Attacks(nn.Module):
    """Finds strokes and puts back their level. `missing` is log10 of the amplitude that unheard sounds lose."""

    def __init__(self, n_fft: int, step: int) -> None:
        super().__init__()
        self.n_fft, self.step = n_fft, step
        self.register_buffer("missing", torch.zeros(()))

    @property
    def look(self) -> int:
        """Spectra on either side of one that can change what is found there."""
        return APART + max(BACK, AHEAD) + -(-self.n_fft // self.step)

    def find(self, level: Tensor, first: int) -> Strokes:
        """The strokes in spectra of that level [k], `first` the place of the first spectrum in its sound."""
        steepest = steepest_spectra(level, first == 0)
        centers = torch.arange(len(level), device=level.device) * self.step + self.step // 2
        place = centers[steepest] + self._place(level, steepest, first)
        if not len(place):
            none = torch.zeros_like(centers, dtype=torch.bool)
            return Strokes(none, none, centers, centers)
        away = centers[:, None] - place
        nearest = away.abs().argmin(1)
        away = away.gather(1, nearest[:, None])[:, 0]
        aligned, seen = (away >= -BEFORE) & (away <= AFTER), away.abs() < self.n_fft // 2
        return Strokes(aligned, seen, self.n_fft // 2 - away, steepest[nearest] + first)

    def _place(self, level: Tensor, steepest: Tensor, first: int) -> Tensor:
        """Samples from the center of the steepest spectra to the stroke: that of the stroke whose levels, in windows
        around, look most alike whatever the gain is. A sound's first stroke is not before its beginning."""
        shapes, offsets = (one.to(level.device) for one in stroke_shapes(self.n_fft, self.step))
        around = surroundings(level)[steepest]
        spectra = steepest[:, None] + torch.arange(-BACK, AHEAD + 1, device=level.device)
        known = (spectra >= 0).to(level.dtype) if first == 0 else torch.ones_like(around)
        apart = (around[:, None] - shapes) * known[:, None]
        cost = apart.square().sum(-1) - apart.sum(-1).square() / known.sum(1, keepdim=True)
        if first == 0:
            center = steepest * self.step + self.step // 2
            cost = cost.masked_fill(center[:, None] + offsets < 0, torch.inf)
        return offsets[cost.argmin(1)]

    def lift(self, strokes: Strokes) -> Tensor:
        """What is missing of every spectrum's log10 magnitudes [k]."""
        return torch.where(strokes.seen, self.missing + STRESS, STEADY_SHARE * self.missing)

    @torch.no_grad()
    def fit(self, decoded: Sequence[Tensor], truths: Sequence[Tensor]) -> None:
        """From log10 magnitudes [channel, bin, k] of sounds that the codec was not made from, decoded and true."""
        both = zip(truths, decoded, strict=True)
        pairs = [(level_of(torch.pow(10.0, truth)), level_of(torch.pow(10.0, one))) for truth, one in both]
        lost = torch.cat([(truth - one)[truth > truth.max() - HEARD] for truth, one in pairs])
        self.missing.copy_(lost.mean().clamp(0, MOST_MISSING))


def level_of(magnitudes: Tensor) -> Tensor:
    """log10 of the RMS magnitude of every spectrum [k] of linear magnitudes [channel, bin, k]."""
    return 0.5 * magnitudes.square().mean((0, 1)).clamp_min(1e-8).log10()


def surroundings(level: Tensor) -> Tensor:
    """For every spectrum the levels from BACK before to AHEAD after [k, BACK + 1 + AHEAD], none below DEEPEST."""
    around = F.pad(level[None], (BACK, AHEAD), mode="replicate")[0].unfold(0, BACK + 1 + AHEAD, 1)
    return torch.maximum(around, around[:, BACK:].amax(1, keepdim=True) - DEEPEST)


def steepest_spectra(level: Tensor, begins: bool) -> Tensor:
    """Numbers of the spectra at which the level [k] rises most steeply and by enough; the first one of a sound that
    `begins` here too, when it is heard and nothing strikes at once."""
    around = surroundings(level)
    slope = around[:, BACK + 1] - around[:, BACK - 1]
    most = F.max_pool1d(slope[None], 2 * APART + 1, 1, APART)[0]
    top = around[:, BACK:].amax(1)
    rises = top - around[:, :BACK].amin(1) > RISE
    strikes = rises & (slope >= most) & (slope > SLOPE) & (top > QUIETEST)
    if begins:
        strikes[0] |= (top[0] > QUIETEST) & ~strikes[:APART].any()
    return strikes.nonzero()[:, 0]


@cache
def stroke_shapes(n_fft: int, step: int) -> tuple[Tensor, Tensor]:
    """log10 RMS levels [shape, BACK + 1 + AHEAD] of decaying strokes in Hann windows around, and where each stroke is
    relative to the center of window BACK, in samples [shape]."""
    power = torch.hann_window(n_fft).double().square()
    reach = n_fft // 2 - 2 * GRID
    offsets = torch.arange(-reach, reach + 1, GRID)
    time = torch.arange(4 * n_fft)
    starts = (torch.arange(-BACK, AHEAD + 1) * step - n_fft // 2) - offsets[:, None]  # of the windows, from the stroke
    inside = time[:n_fft] + starts[..., None]
    shapes = []
    for decay in DECAYS:
        sound = torch.exp(-2 * time / decay)
        seen = torch.where(inside >= 0, sound[inside.clamp(0, len(time) - 1)], 0.0).double() @ power
        seen = seen / seen.amax(1, keepdim=True)
        shapes += [0.5 * (seen + background).log10() for background in BACKGROUNDS]
    return torch.cat(shapes).float(), offsets.repeat(len(shapes))
