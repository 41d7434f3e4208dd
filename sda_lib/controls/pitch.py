"""Pitch of magnitudes: the autocorrelation of every window, over that of the window function (Boersma, 1993).

An autocorrelation is the transform of a power spectrum, so it needs no phases, and recordings and decoded magnitudes
are measured alike. The windows are short: pitches under LOWEST are not found, or found an octave or more above.
"""

from __future__ import annotations

import torch
from torch import Tensor

from sda_lib.codec.stft import Spectral

LOWEST, HIGHEST = 100.0, 2000.0
"""Hz."""
CLEAR = 0.6
"""Height of the autocorrelation from which on a window has a pitch; noise stays below it."""
FIRST = 0.8
"""The pitch is the shortest lag whose peak is at least this share of the highest one's (McLeod & Wyvill, 2005)."""
EVERY = 4
"""Of so many spectra one is looked at."""
FEWEST = 0.3
"""Share of the spectra that have to have a pitch, or the sound has none."""


def pitches(magnitudes: Tensor, spectral: Spectral) -> Tensor:
    """log2 Hz [spectrum] of magnitudes [bin, spectrum]; NaN where there is none."""
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


def pitch_of(found: Tensor) -> float:
    """The middle of pitches [spectrum] as `pitches` gives them; 0 when too few spectra have one."""
    clear = found[found.isfinite()]
    return float(clear.median()) if len(clear) and len(clear) >= FEWEST * len(found) else 0.0


def _of_window(spectral: Spectral) -> Tensor:
    """Autocorrelation of the window function [lag], one at lag 0."""
    correlation = torch.fft.irfft(torch.fft.rfft(spectral.window).abs().square())
    return (correlation / correlation[0]).clamp_min(1e-3)
