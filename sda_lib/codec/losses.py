"""Distances between sounds: the training loss, and the metrics for held-out recordings."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.stft import FLOOR, Spectral, mel_filters

# `exp` of a multiple is many times faster than `pow`.
LOG_10 = math.log(10)
METRIC_RATE = 44100
# Numbers of mel bands in the training loss.
LOSS_BANDS = (20, 40, 80, 160)
# (window in samples, mel bands) of the multi-scale mel distance.
WINDOWS = ((32, 5), (64, 10), (128, 20), (256, 40), (512, 80), (1024, 160), (2048, 320))


def magnitude_loss(spectral: Spectral, log_magnitudes: Tensor, truth: Tensor) -> Tensor:
    """Return the L1 distance of log10 magnitudes plus that of log10 mel bands, coarse and fine.

    `log_magnitudes` are log10 magnitudes, `truth` magnitudes, both [batch, channel, bin, k].
    """
    by_bin = (log_magnitudes - truth.clamp_min(FLOOR).log10()).abs().mean()
    return by_bin + band_loss(spectral, log_magnitudes, truth)


def band_loss(spectral: Spectral, log_magnitudes: Tensor, truth: Tensor) -> Tensor:
    """Return the L1 distance of log10 mel bands alone, coarse and fine, of the same as `magnitude_loss`."""
    found = _loss_bands(spectral.bins, spectral.sample_rate, log_magnitudes.device)
    filters, shares = (one.to(log_magnitudes.dtype) for one in found)
    mels = [(filters @ sizes).clamp_min(FLOOR).log10() for sizes in (torch.exp(log_magnitudes * LOG_10), truth)]
    return (mels[0] - mels[1]).abs().mean((0, 1, 3)) @ shares


@dataclass(frozen=True)
class TrueSpectra:
    """The spectra of a sound, as decoded ones are compared with them.

    Log10 magnitudes [channel, bin, k], and log10 of their mel bands [channel, band, k].
    """

    bins: Tensor
    bands: Tensor
    filters: Tensor
    shares: Tensor

    @classmethod
    def of(cls, spectral: Spectral, magnitudes: Tensor) -> TrueSpectra:
        """Return those with magnitudes [channel, bin, k]."""
        filters, shares = _loss_bands(spectral.bins, spectral.sample_rate, magnitudes.device)
        bins, bands = (one.clamp_min(FLOOR).log10() for one in (magnitudes, filters @ magnitudes))
        return cls(bins, bands, filters, shares)

    def distances(self, log_magnitudes: Tensor, bin_weight: float = 1.0) -> Tensor:
        """Return how far each spectrum of log10 magnitudes [batch, channel, bin, k] is, [batch, channel, k].

        As `magnitude_loss`, but the distance by bins has a weight.
        """
        by_bin = (log_magnitudes - self.bins).abs().mean(2)
        bands = (self.filters @ torch.exp(log_magnitudes * LOG_10)).clamp_min(FLOOR).log10()
        by_band = self.shares @ (bands - self.bands).abs()
        return bin_weight * by_bin + by_band


@cache
def _loss_bands(bins: int, sample_rate: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the filters of all LOSS_BANDS [band, bin] and the weight of each band.

    Every set of bands has a total weight of one.
    """
    filters = torch.cat([mel_filters(bins, bands, sample_rate) for bands in LOSS_BANDS])
    shares = torch.cat([torch.full((bands,), 1 / bands) for bands in LOSS_BANDS])
    return filters.to(device), shares.to(device)


def mel_distance(reference: AudioClip, estimate: AudioClip) -> float:
    """Return the multi-scale log-mel L1 distance of the mono mixes at 44.1 kHz; lower is closer, 0 is equal.

    As defined by Kumar et al., "High-Fidelity Audio Compression with Improved RVQGAN" (2023): windows 32..2048 with
    5..320 bands, hop a quarter of the window, magnitudes floored at 1e-5. The shorter sound is padded with silence.
    """
    a, b = (torch.tensor(clip.with_channels(1).resampled(METRIC_RATE).samples[0]) for clip in (reference, estimate))
    length = max(len(a), len(b))
    pair = torch.stack([torch.nn.functional.pad(one, (0, length - len(one))) for one in (a, b)])
    return sum(_log_mel_difference(pair, window, bands) for window, bands in WINDOWS)


def _log_mel_difference(pair: Tensor, window: int, bands: int) -> float:
    shape = torch.hann_window(window)
    spectra = torch.stft(pair, window, window // 4, window=shape, return_complex=True, pad_mode="constant").abs()
    first, second = (_metric_filters(window, bands) @ spectra).clamp_min(1e-5).log10()
    return float((first - second).abs().mean())


@cache
def _metric_filters(window: int, bands: int) -> Tensor:
    return mel_filters(window // 2 + 1, bands, METRIC_RATE)


def si_sdr(reference: AudioClip, estimate: AudioClip) -> float:
    """Return the scale-invariant signal-to-distortion ratio in dB over all channels; higher is closer.

    As defined by Le Roux et al. (2019).
    """
    length = min(reference.length, estimate.length)
    a, b = (torch.tensor(clip.samples[:, :length]).double().flatten() for clip in (reference, estimate))
    a, b = a - a.mean(), b - b.mean()
    target = (b @ a) / (a @ a).clamp_min(1e-12) * a
    return float(10 * torch.log10((target @ target + 1e-12) / ((b - target).square().sum() + 1e-12)))
