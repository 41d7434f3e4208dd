"""Transients: detect onsets in magnitudes, and restore their level and phases.

A decoder of log-magnitudes predicts medians, so sounds outside the corpus decode too quiet, most audibly at onsets;
`TransientRestoration.missing` holds that loss. The phases of a percussive sound's spectra are aligned at the onset,
which phases propagated along partials are not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sda_lib.analysis.onset_strength import local_maxima
from sda_lib.codec.phase import random_angles

# log10 of amplitude (16 dB) by which the level rises over a few spectra at an onset.
RISE = 0.8
# Least rise over the two spectra around the steepest spectrum of an onset.
SLOPE = RISE / 3
# log10 of the RMS magnitude (about -66 dB below full-scale white noise) below which there are no onsets.
QUIETEST = -2.0
# log10 of amplitude below the loudest surrounding spectrum at which levels are clipped.
DEEPEST = 1.5
# Spectra before and after the steepest one whose levels determine the onset's position.
BACK, AHEAD = 3, 4
# Spectra on either side within which only the steepest one is an onset.
APART = 3
# Resolution of onset positions, in samples.
GRID = 32
# Template onsets: samples in which the amplitude falls by 1/e, and power of the preceding background (peak 1).
DECAYS, BACKGROUNDS = (64.0, 512.0, 2048.0, 16384.0), (3e-2, 1e-3)
# Samples before and after the onset; the phases of spectra centered within are aligned.
BEFORE, AFTER = 384, 256
# Random share of those phases at bin 0 and from that bin on: at 0 every onset would be a click, at 1 noise.
DISPERSION, DISPERSED_FROM = (0.2, 0.8), 20
# Shares of the missing level that are restored at onsets and between them, where more would raise the mel distance. It
# is measured with the codes nearest to the latents; codes found by decoding lose less.
ONSET_SHARE, STEADY_SHARE = 1 / 2, 1 / 6
# log10 of amplitude (1.2 dB) by which onsets are raised in addition, for their loss of level and alignment.
STRESS = 0.06
# Largest missing level that is restored, log10 of amplitude (4 dB).
MOST_MISSING = 0.2
# Range below the loudest spectrum in which the missing level is measured, log10 of amplitude.
MEASURED_RANGE = 2.0


@dataclass(frozen=True)
class Transients:
    """The onsets in a stretch of spectra, by spectrum [k].

    `aligned`: whether its phases are aligned at an onset; `seen`: whether an onset lies in its window; `offset`:
    position of the onset in samples from the window's first; `seed`: a number of the onset that depends on its position
    in the sound.
    """

    aligned: Tensor
    seen: Tensor
    offset: Tensor
    seed: Tensor

    def __getitem__(self, spectra: slice) -> Transients:
        return Transients(self.aligned[spectra], self.seen[spectra], self.offset[spectra], self.seed[spectra])

    def angles(self, where: Tensor, channels: int, bins: int) -> Tensor:
        """Return phases [channel, n, bin] of percussive sounds at these onsets, for n spectra chosen by `where` [k]."""
        offset, seed, bin_ = self.offset[where], self.seed[where], torch.arange(bins, device=where.device)
        n_fft = 2 * (bins - 1)
        turns = (bin_ * offset[:, None]) % n_fft
        low, high = DISPERSION
        share = low + (high - low) * (bin_ / DISPERSED_FROM).clamp_max(1)
        random = share * (random_angles(seed, channels, bins) - math.pi)
        return (random - (2 * math.pi / n_fft) * turns[:, None]).transpose(0, 1)


class TransientRestoration(nn.Module):
    """Find onsets and restore their level.

    `missing` is log10 of the amplitude that sounds outside the corpus lose.
    """

    missing: Tensor

    def __init__(self, n_fft: int, step: int) -> None:
        super().__init__()
        self.n_fft, self.step = n_fft, step
        self.register_buffer("missing", torch.zeros(()))

    @property
    def reach(self) -> int:
        """Number of spectra on either side of a spectrum that can change the onsets found there."""
        return APART + max(BACK, AHEAD) + -(-self.n_fft // self.step)

    def find(self, level: Tensor, first: int) -> Transients:
        """Return the onsets in spectra of this level [k].

        `first` is the position of the first spectrum in its sound.
        """
        steepest = steepest_spectra(level, first == 0)
        centers = torch.arange(len(level), device=level.device) * self.step + self.step // 2
        place = centers[steepest] + self._place(level, steepest, first)
        if not len(place):
            none = torch.zeros_like(centers, dtype=torch.bool)
            return Transients(none, none, centers, centers)
        away = centers[:, None] - place
        nearest = away.abs().argmin(1)
        away = away.gather(1, nearest[:, None])[:, 0]
        aligned, seen = (away >= -BEFORE) & (away <= AFTER), away.abs() < self.n_fft // 2
        return Transients(aligned, seen, self.n_fft // 2 - away, steepest[nearest] + first)

    def _place(self, level: Tensor, steepest: Tensor, first: int) -> Tensor:
        """Return the samples from the center of the steepest spectra to the onset.

        It is the offset of the template whose levels in the surrounding windows match best up to gain. A sound's first
        onset is not before its beginning.
        """
        shapes, offsets = (one.to(level.device) for one in onset_templates(self.n_fft, self.step))
        around = surroundings(level)[steepest]
        spectra = steepest[:, None] + torch.arange(-BACK, AHEAD + 1, device=level.device)
        known = (spectra >= 0).to(level.dtype) if first == 0 else torch.ones_like(around)
        apart = (around[:, None] - shapes) * known[:, None]
        cost = apart.square().sum(-1) - apart.sum(-1).square() / known.sum(1, keepdim=True)
        if first == 0:
            center = steepest * self.step + self.step // 2
            cost = cost.masked_fill(center[:, None] + offsets < 0, torch.inf)
        return offsets[cost.argmin(1)]

    def level_boost(self, transients: Transients) -> Tensor:
        """Return the level to add to every spectrum's log10 magnitudes [k]."""
        return torch.where(transients.seen, ONSET_SHARE * self.missing + STRESS, STEADY_SHARE * self.missing)

    @torch.no_grad()
    def fit(self, decoded: Sequence[Tensor], truths: Sequence[Tensor]) -> None:
        """Measure `missing` from log10 magnitudes [channel, bin, k], decoded and true.

        They must be of sounds that the codec was not fitted on.
        """
        levels = ([rms_level(torch.pow(10.0, one)) for one in sounds] for sounds in (truths, decoded))
        pairs = zip(*levels, strict=True)
        lost = torch.cat([(truth - one)[truth > truth.max() - MEASURED_RANGE] for truth, one in pairs])
        self.missing.copy_(lost.mean().clamp(0, MOST_MISSING))


def rms_level(magnitudes: Tensor) -> Tensor:
    """Return log10 of the RMS magnitude of every spectrum [k] of linear magnitudes [channel, bin, k]."""
    return 0.5 * magnitudes.square().mean((0, 1)).clamp_min(1e-8).log10()


def surroundings(level: Tensor) -> Tensor:
    """Return the levels from BACK before to AHEAD after every spectrum [k, BACK + 1 + AHEAD].

    Levels are clipped at DEEPEST below the loudest of those from the spectrum on.
    """
    around = F.pad(level[None], (BACK, AHEAD), mode="replicate")[0].unfold(0, BACK + 1 + AHEAD, 1)
    return torch.maximum(around, around[:, BACK:].amax(1, keepdim=True) - DEEPEST)


def steepest_spectra(level: Tensor, begins: bool) -> Tensor:
    """Return the numbers of the spectra at which the level [k] rises most steeply and by enough.

    If the sound `begins` here, its first spectrum is included when it is loud enough and no onset follows at once.
    """
    around = surroundings(level)
    slope = around[:, BACK + 1] - around[:, BACK - 1]
    top = around[:, BACK:].amax(1)
    rises = top - around[:, :BACK].amin(1) > RISE
    onsets = rises & local_maxima(slope, APART) & (slope > SLOPE) & (top > QUIETEST)
    if begins:
        onsets[0] |= (top[0] > QUIETEST) & ~onsets[:APART].any()
    return onsets.nonzero()[:, 0]


@cache
def onset_templates(n_fft: int, step: int) -> tuple[Tensor, Tensor]:
    """Return log10 RMS levels [shape, BACK + 1 + AHEAD] of decaying template onsets in Hann windows.

    Also returns each onset's position relative to the center of window BACK, in samples [shape].
    """
    power = torch.hann_window(n_fft).double().square()
    reach = n_fft // 2 - 2 * GRID
    offsets = torch.arange(-reach, reach + 1, GRID)
    time = torch.arange(4 * n_fft)
    starts = (torch.arange(-BACK, AHEAD + 1) * step - n_fft // 2) - offsets[:, None]  # window starts from the onset
    inside = time[:n_fft] + starts[..., None]
    shapes = []
    for decay in DECAYS:
        sound = torch.exp(-2 * time / decay)
        levels = torch.where(inside >= 0, sound[inside.clamp(0, len(time) - 1)], 0.0).double() @ power
        levels = levels / levels.amax(1, keepdim=True)
        shapes += [0.5 * (levels + background).log10() for background in BACKGROUNDS]
    return torch.cat(shapes).float(), offsets.repeat(len(shapes))
