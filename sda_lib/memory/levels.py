"""Levels of sounds before they are decoded: how loud latents will be, with the memory's contribution.

Neither phases nor the recordings' spectra are needed: of a grain only its recorded and its decoded levels in bands
count. Moves of a sound change its true level by as much to within 1 dB (docs/DECISIONS.md), at a fraction of the cost
of decoding.
"""

from __future__ import annotations

import math
from functools import cached_property

import torch
from torch import Tensor

from sda_lib.analysis.loudness import k_gain
from sda_lib.codec.codec import Codec
from sda_lib.codec.noise import band_shapes
from sda_lib.codec.stft import hann_window
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
        bands = own = self._decoded(squares, smooth)
        foreign = torch.ones_like(latent[:, 0])
        if self.memory is not None:
            match = self.memory.match(latent)
            recorded, decoded = self._grain_levels(match.grain)
            bands = own + torch.lerp(match.confidence * (recorded - decoded), recorded - own, match.identity)
            foreign = 1 - match.identity
        level = _total(bands)
        return torch.pow(10.0, 2 * (level + self._limited(squares, (level - _total(own))[0], foreign)))

    def _decoded(self, squares: Tensor, latent: Tensor) -> Tensor:
        """Return log10 of the weighted amplitudes [weighting, band, frame] of squared magnitudes [channel, bin, k] and
        their noise."""
        power = (
            (self._bands @ squares).unflatten(-1, (-1, self.codec.ratio)).mean(-1).unflatten(1, (len(WEIGHTINGS), -1))
        )
        depth = self.codec.config.noise * self.codec.texture.depth(latent)
        noise = torch.exp(NOISE_POWER * depth.square()).transpose(1, 2)[:, None]
        return 0.5 * (power * noise).sum(0).clamp_min(FLOOR).log10()

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
        return self._weights(self.codec.spectral.bins).flatten(0, 1)

    def _weights(self, bins: int) -> Tensor:
        """Return the weights in bands of the power at `bins` evenly spaced frequencies [weighting, band, bin]."""
        rate, device = self.codec.audio.sample_rate, self.codec.mean.device
        gain = torch.from_numpy(k_gain(bins, rate)).to(self.codec.mean)
        return torch.stack([gain.pow(weighting) for weighting in WEIGHTINGS])[:, None] * band_shapes(bins, rate).to(
            device
        )

    @cached_property
    def _table(self) -> Tensor:
        """Recorded and decoded log10 amplitudes of the grains in bands [2, weighting, band, grain], NaN where not yet
        measured."""
        shape = 2, len(WEIGHTINGS), len(self.codec.texture.bands), len(self.memory or ())
        return torch.full(shape, torch.nan, device=self.codec.mean.device)

    def _grain_levels(self, grain: Tensor) -> Tensor:
        """Return the recorded and the decoded levels of grains [2, weighting, band, frame] in log10 of amplitude."""
        unknown = grain[self._table[0, 0, 0, grain].isnan()].unique()
        if len(unknown) and self.memory is not None:
            squares = _squares(self.memory.decoded(unknown))
            decoded = self._decoded(squares, self.memory.keys[unknown])
            self._table[..., unknown] = torch.stack([self._recorded(unknown), decoded])
        return self._table[..., grain]

    def _recorded(self, grain: Tensor) -> Tensor:
        """Return log10 of the weighted amplitudes of grains' samples in bands [weighting, band, grain], in units of the
        spectra.

        Windowed spectra share the power among the bands, so that strong bands do not leak into weak ones.
        """
        assert self.memory is not None
        spectral, samples = self.codec.spectral, self.memory.samples(grain)
        whole, windowed = (
            torch.fft.rfft(one).abs().square().sum(0)
            for one in (samples, samples * hann_window(samples.shape[-1]).to(samples))
        )
        shared = windowed * (whole.sum(1) / windowed.sum(1).clamp_min(FLOOR))[:, None]
        scale = spectral.window.square().sum() * spectral.window.numel() / self.codec.config.hop**2
        return 0.5 * ((self._weights(shared.shape[-1]) @ shared.T) * scale).clamp_min(FLOOR).log10()


def _total(levels: Tensor) -> Tensor:
    """Return log10 of the amplitude [weighting, frame] of log10 amplitudes in bands [weighting, band, frame]."""
    return 0.5 * torch.pow(10.0, 2 * levels).sum(1).log10()


def _squares(levels: Tensor) -> Tensor:
    """Return squared magnitudes of log10 magnitudes, limited to LOUDEST."""
    return (levels.clamp_max(LOUDEST) * (2 * math.log(10))).exp_()
