"""Levels of sounds before they are decoded: how loud latents will be, with the memory's contribution.

Neither phases nor the recordings' spectra are needed: of a grain only its recorded and its decoded level count. Moves
of a sound change its true level by as much to within 1 dB (docs/BENCHMARKS.md), at a tenth of the cost of decoding.
"""

from __future__ import annotations

import math
from functools import cached_property

import torch
from torch import Tensor

from sda_lib.analysis.loudness import k_gain
from sda_lib.codec.codec import Codec
from sda_lib.memory.decode import LOUDEST
from sda_lib.memory.grains import Memory

# Exponents of the K-weighting. At 1 the loudness (LUFS) is measured, at 0 the plain level (RMS): a sound that is as
# loud as before by one is not by the other, and half the weighting is at most half as far from either.
WEIGHTINGS = (0.0, 0.5)
# Power below which a frame is silent.
FLOOR = 1e-9
# Natural logarithm of the mean power of white noise over its median's.
NOISE_POWER = -math.log(math.log(2))


class LevelMeter:
    """Measures the levels of latents, decoded with the recordings in full or without a memory."""

    def __init__(self, codec: Codec, memory: Memory | None) -> None:
        self.codec, self.memory = codec, memory

    @torch.no_grad()
    def power(self, latent: Tensor) -> Tensor:
        """Return the power of every frame [weighting, frame] of a sound's latents [frame, dim], by WEIGHTINGS.

        Onsets are restored and the loudest spectra limited as the decoder does.
        """
        codec = self.codec
        smooth = codec.texture.smooth(latent)
        squares = _squares(codec.log_magnitudes(smooth[None])[0])
        level, change = self._decoded(squares, smooth), torch.zeros_like(latent[:, 0])[None]
        foreign = torch.ones_like(latent[:, 0])
        if self.memory is not None:
            match = self.memory.match(latent)
            recorded, decoded = self._grain_levels(match.grain)
            change = torch.lerp(match.confidence * (recorded - decoded), recorded - level, match.identity)
            foreign = 1 - match.identity
        return torch.pow(10.0, 2 * (level + change + self._limited(squares, change[0], foreign)))

    def _decoded(self, squares: Tensor, latent: Tensor) -> Tensor:
        """Return log10 of the weighted amplitude [weighting, frame] of squared magnitudes [channel, bin, k] and their
        noise."""
        power = (self._bands @ squares).unflatten(-1, (-1, self.codec.ratio)).mean(-1)
        power = power.unflatten(1, (len(WEIGHTINGS), -1)).permute(1, 0, 3, 2)
        depth = self.codec.config.noise * self.codec.texture.depth(latent)
        return 0.5 * (power * torch.exp(NOISE_POWER * depth.square())).sum((1, 3)).clamp_min(FLOOR).log10()

    def _limited(self, squares: Tensor, change: Tensor, foreign: Tensor) -> Tensor:
        """Return the mean change of level [frame] by restored onsets and by the limit of the loudest spectra."""
        attacks, ratio = self.codec.attacks, self.codec.ratio
        level = 0.5 * squares.mean((0, 1)).clamp_min(1e-8).log10() + change.repeat_interleave(ratio)
        foreign = foreign.repeat_interleave(ratio)
        boost = foreign * attacks.level_boost(attacks.find(level, 0))
        after = boost - foreign * self.codec.excess(level + boost)
        before, raised = (torch.pow(10.0, 2 * one).unflatten(0, (-1, ratio)).sum(1) for one in (level, level + after))
        return 0.5 * (raised / before).log10()

    @cached_property
    def _bands(self) -> Tensor:
        """The weight of every bin's power in the bands of the noise, by WEIGHTINGS [weighting * band, bin]."""
        return (self._weights(self.codec.spectral.bins)[:, None] * self.codec.texture.bands).flatten(0, 1)

    def _weights(self, bins: int) -> Tensor:
        """Return the weights of the power at `bins` evenly spaced frequencies [weighting, bin]."""
        gain = torch.from_numpy(k_gain(bins, self.codec.audio.sample_rate)).to(self.codec.mean)
        return torch.stack([gain.pow(weighting) for weighting in WEIGHTINGS])

    @cached_property
    def _table(self) -> Tensor:
        """Recorded and decoded log10 amplitudes of the grains [2, weighting, grain], NaN where not yet measured."""
        return torch.full((2, len(WEIGHTINGS), len(self.memory or ())), torch.nan, device=self.codec.mean.device)

    def _grain_levels(self, grain: Tensor) -> Tensor:
        """Return the recorded and the decoded level of grains [2, weighting, frame] in log10 of amplitude."""
        unknown = grain[self._table[0, 0, grain].isnan()].unique()
        if len(unknown) and self.memory is not None:
            squares = _squares(self.memory.decoded(unknown))
            decoded = self._decoded(squares, self.memory.keys[unknown])
            self._table[..., unknown] = torch.stack([self._recorded(unknown), decoded])
        return self._table[..., grain]

    def _recorded(self, grain: Tensor) -> Tensor:
        """Return log10 of the weighted amplitude of grains' samples [weighting, grain], in units of the spectra."""
        assert self.memory is not None
        spectral = self.codec.spectral
        power = torch.fft.rfft(self.memory.samples(grain)).abs().square()
        scale = spectral.window.square().sum() * spectral.window.numel() / self.codec.config.hop**2
        weighted = (power @ self._weights(power.shape[-1]).T).sum(0).T
        return 0.5 * (weighted * scale).clamp_min(FLOOR).log10()


def _squares(levels: Tensor) -> Tensor:
    """Return squared magnitudes of log10 magnitudes, limited to LOUDEST."""
    return (levels.clamp_max(LOUDEST) * (2 * math.log(10))).exp_()
