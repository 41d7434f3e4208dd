"""Onsets in spectra: onset strength of magnitudes, which recordings and decoded sounds both have, and its peaks."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

# Bins whose magnitudes are averaged.
BAND_BINS = 8
# log10: range below the loudest band within which changes of level count.
RANGE = 2.5
# Spectra over which a rise is measured.
RISE_SPECTRA = 2
# Minimum height of an onset above the mean strength around it, in log10 magnitude.
HEIGHT = 0.08
# Seconds: an onset is the strongest within NEAR on either side, and is compared with the mean within AROUND.
NEAR, AROUND = 0.04, 0.15


def onset_strength(magnitudes: Tensor) -> Tensor:
    """Return the rise of level [spectrum] of magnitudes [bin, spectrum], in log10, mean over bands.

    The beginning of a sound rises from silence.
    """
    bands = F.avg_pool1d(magnitudes.T[None], BAND_BINS, ceil_mode=True)[0].T
    log_magnitudes = (bands / bands.max().clamp_min(1e-9)).clamp_min(10**-RANGE).log10()
    before = F.pad(log_magnitudes, (RISE_SPECTRA, 0), value=-RANGE)[:, : log_magnitudes.shape[1]]
    return (log_magnitudes - before).clamp_min(0).mean(0)


def onset_heights(strength: Tensor, rate: float) -> Tensor:
    """Return the height [spectrum] of onsets above the mean of the strength [spectrum] around them; 0 elsewhere.

    `rate` is the number of spectra per second.
    """
    reach = round(AROUND * rate)
    mean = F.avg_pool1d(strength[None], 2 * reach + 1, 1, reach, count_include_pad=False)[0]
    peaks = local_maxima(strength, round(NEAR * rate)) & (strength > mean + HEIGHT)
    return torch.where(peaks & ~F.pad(peaks, (1, 0))[:-1], strength - mean, 0.0)  # the first of equal neighbors


def local_maxima(values: Tensor, reach: int) -> Tensor:
    """Return which values [n] none of the `reach` values on either side exceeds."""
    return values >= F.max_pool1d(values[None], 2 * reach + 1, 1, reach)[0]
