"""Pitch from magnitudes: the autocorrelation of every window, divided by that of the window function (Boersma, 1993).

An autocorrelation is the transform of a power spectrum and needs no phases, so recordings and decoded magnitudes are
measured alike. The windows are short: pitches below LOWEST are not found, or are found an octave or more above.
"""

from __future__ import annotations

import torch
from torch import Tensor

from sda_lib.codec.stft import Spectral

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


def pitches(magnitudes: Tensor, spectral: Spectral) -> Tensor:
    """Return the pitch [spectrum] in log2 Hz of magnitudes [bin, spectrum]; NaN where there is none."""
    found = torch.full(magnitudes.shape[1:], torch.nan, device=magnitudes.device)
    correlation = torch.fft.irfft(magnitudes.T.square())
    correlation = correlation / correlation[:, :1].clamp_min(1e-12) / _of_window(spectral).to(found.device)
    first = int(spectral.sample_rate / HIGHEST)
    last = min(int(spectral.sample_rate / LOWEST) + 1, spectral.n_fft // 2 - 1)
    before, here, after = (correlation[:, first + by : last + by] for by in (-1, 0, 1))
    peaks = torch.where((here > before) & (here >= after), here, 0.0)
    if not peaks.numel():
        return found
    highest = peaks.amax(1, keepdim=True)
    lag = first + (peaks >= FIRST * highest.clamp_min(1e-9)).float().argmax(1)
    clear = highest[:, 0] > CLEAR
    return torch.where(clear, (spectral.sample_rate / lag).log2(), found)


def median_pitch(found: Tensor) -> float:
    """Return the median of pitches [spectrum], 0 when too few spectra have one."""
    clear = found[found.isfinite()]
    return float(clear.median()) if len(clear) and len(clear) >= FEWEST * len(found) else 0.0


def _of_window(spectral: Spectral) -> Tensor:
    """Return the autocorrelation [lag] of the window function, one at lag 0."""
    correlation = torch.fft.irfft(torch.fft.rfft(spectral.window).abs().square())
    return (correlation / correlation[0]).clamp_min(1e-3)
