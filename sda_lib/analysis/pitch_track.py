"""Pitch from magnitudes: the autocorrelation of every window, divided by that of the window function (Boersma, 1993).

An autocorrelation is the transform of a power spectrum and needs no phases, so recordings and decoded magnitudes are
measured alike. The windows are short: pitches below LOWEST are not found, or are found an octave or more above.
"""

from __future__ import annotations

import torch
from torch import Tensor

# Range of pitch in Hz.
LOWEST, HIGHEST = 100.0, 2000.0
# Minimum height of the autocorrelation of a window with a pitch; noise stays below it.
CLEAR = 0.6
# The pitch is the shortest lag whose peak is at least this share of the highest one's (McLeod & Wyvill, 2005).
FIRST = 0.8
# One of this many spectra is analyzed.
EVERY = 4
# Minimum share of spectra with a pitch for a sound to have one.
FEWEST = 0.3


def pitch_track(magnitudes: Tensor, window: Tensor, sample_rate: int) -> Tensor:
    """Return the pitch [spectrum] in log2 Hz of magnitudes [bin, spectrum]; NaN where there is none.

    `window` [time] is the window function of the spectra.
    """
    found = torch.full(magnitudes.shape[1:], torch.nan, device=magnitudes.device)
    correlation = torch.fft.irfft(magnitudes.T.square())
    correlation = correlation / correlation[:, :1].clamp_min(1e-12) / _autocorrelation(window).to(found.device)
    first = int(sample_rate / HIGHEST)
    last = min(int(sample_rate / LOWEST) + 1, len(window) // 2 - 1)
    before, here, after = (correlation[:, first + by : last + by] for by in (-1, 0, 1))
    peaks = torch.where((here > before) & (here >= after), here, 0.0)
    if not peaks.numel():
        return found
    highest = peaks.amax(1, keepdim=True)
    lag = first + (peaks >= FIRST * highest.clamp_min(1e-9)).float().argmax(1)
    clear = highest[:, 0] > CLEAR
    return torch.where(clear, (sample_rate / lag).log2(), found)


def median_pitch(found: Tensor) -> float:
    """Return the median of a pitch track [spectrum], 0 when too few spectra have a pitch."""
    clear = found[found.isfinite()]
    return float(clear.median()) if len(clear) and len(clear) >= FEWEST * len(found) else 0.0


def _autocorrelation(window: Tensor) -> Tensor:
    """Return the autocorrelation [lag] of the window function, one at lag 0."""
    correlation = torch.fft.irfft(torch.fft.rfft(window).abs().square())
    return (correlation / correlation[0]).clamp_min(1e-3)
