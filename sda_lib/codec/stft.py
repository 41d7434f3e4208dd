"""The STFT of codec and memory, aligned so that every code frame has a whole number of spectra.

Spectrum k is centered on sample (k + 1/2) * step, so `length` samples give exactly length / step spectra and a file's
first and last sample are covered like any other.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Magnitudes below this (about -148 dB under a full-scale sine) count as silence.
FLOOR = 1e-5
# Slaney's mel scale: Hz above which it is logarithmic, Hz per mel below, log of the frequency ratio per mel above.
KNEE, LINEAR, LOG_STEP = 1000.0, 200 / 3, np.log(6.4) / 27


class Spectral(nn.Module):
    """Window and mel bands for one setting. Signals are [channel, time], spectra [channel, bin, time]."""

    window: Tensor
    mel: Tensor

    def __init__(self, sample_rate: int, n_fft: int, step: int, bands: int) -> None:
        super().__init__()
        self.sample_rate, self.n_fft, self.step, self.bins = sample_rate, n_fft, step, n_fft // 2 + 1
        self.register_buffer("window", hann_window(n_fft), persistent=False)
        self.register_buffer("mel", mel_filters(self.bins, bands, sample_rate), persistent=False)

    @property
    def margin(self) -> int:
        """Number of samples by which the first and the last window extend beyond the stretch of their spectra."""
        return (self.n_fft - self.step) // 2

    def stft(self, signal: Tensor) -> Tensor:
        """Return the STFT of [channel, time] as complex [channel, bin, time / step]; time is a multiple of step."""
        return self.rows(signal).transpose(-1, -2)

    def stft_inside(self, signal: Tensor) -> Tensor:
        """Return the `stft` of a stretch given with its margins.

        [channel, margin + time + margin] -> [channel, bin, k].
        """
        return torch.fft.rfft(self._framed(signal)).transpose(-1, -2)

    def rows(self, signal: Tensor) -> Tensor:
        """Return the `stft` in the order in which it is computed, complex [channel, time / step, bin]."""
        return torch.fft.rfft(self._framed(F.pad(signal, (self.margin, self.margin))))

    def _framed(self, signal: Tensor) -> Tensor:
        return signal.unfold(-1, self.n_fft, self.step) * self.window

    def signal(self, rows: Tensor) -> Tensor:
        """Return the least-squares inverse of `rows`: complex [channel, k, bin] -> [channel, k * step]."""
        parts = self.n_fft // self.step
        channels, count, _ = rows.shape
        chunks = torch.fft.irfft(rows, self.n_fft).reshape(channels, count, parts, self.step)
        window = self.window.reshape(parts, self.step)
        out = chunks.new_zeros(channels, count + parts - 1, self.step)
        for part in range(parts):
            out[:, part : part + count].addcmul_(chunks[:, :, part], window[part])
        weight = _undo_overlap(self.n_fft, self.step, count).to(out.device)
        return out.mul_(weight).reshape(channels, -1)[..., self.margin : -self.margin]

    def log_mel(self, magnitudes: Tensor) -> Tensor:
        """Return log10 mel magnitudes [..., band, time] of magnitudes [..., bin, time]."""
        return (self.mel @ magnitudes).clamp_min(FLOOR).log10()


@lru_cache(maxsize=16)
def _undo_overlap(n_fft: int, step: int, count: int) -> Tensor:
    """Return the reciprocal of the squared windows' sum under `count` spectra, [count + n_fft / step - 1, step]."""
    parts = n_fft // step
    power = torch.hann_window(n_fft).square().reshape(parts, step)
    first = torch.arange(count + parts - 1)[:, None] - torch.arange(parts)
    covered = (first >= 0) & (first < count)
    return (covered.to(power.dtype) @ power).clamp_min_(1e-8).reciprocal_()


def hann_window(n_fft: int) -> Tensor:
    """Return a Hann window on the CPU, also under the meta device.

    Computing it on the meta device would load torch's compiler (120 MB).
    """
    with torch.device("cpu"):
        return torch.hann_window(n_fft)


def mel_filters(bins: int, bands: int, sample_rate: int) -> Tensor:
    """Return Slaney's mel filter bank, float32 [band, bin]: triangles of area 1 Hz.

    Small windows may have empty bands. It is the bank of `librosa.filters.mel` and of
    `torchaudio.functional.melscale_fbanks(norm="slaney", mel_scale="slaney")`, computed in float64, so that the result
    is bit-identical whatever is installed beside torch.
    """
    edges = _hertz(np.linspace(0.0, _mel(sample_rate / 2), bands + 2))
    widths, ramps = np.diff(edges)[:, None], edges[:, None] - np.linspace(0.0, sample_rate / 2, bins)
    triangles = np.minimum(-ramps[:-2] / widths[:-1], ramps[2:] / widths[1:]).clip(0)
    return torch.from_numpy((triangles * (2 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32))


def _mel(hertz: float) -> float:
    """Convert Hz to Slaney's mel scale: linear below 1 kHz, logarithmic above."""
    return hertz / LINEAR if hertz < KNEE else KNEE / LINEAR + np.log(hertz / KNEE) / LOG_STEP


def _hertz(mel: np.ndarray) -> np.ndarray:
    """Invert `_mel`."""
    return np.where(mel < KNEE / LINEAR, mel * LINEAR, KNEE * np.exp(LOG_STEP * (mel - KNEE / LINEAR)))


def log_magnitude(spectra: Tensor) -> Tensor:
    """Return log10 |spectra|, floored at FLOOR."""
    return modulus(spectra).clamp_min_(FLOOR).log10_()


def power_of_ten(exponent: Tensor) -> Tensor:
    """Return 10 to the power of an exponent, five times faster than torch.pow."""
    return (exponent * math.log(10)).exp_()


def modulus(spectra: Tensor) -> Tensor:
    """Return |spectra|, never zero; several times faster than the exact `abs` of complex numbers."""
    return squared_modulus(spectra).sqrt_()


def squared_modulus(spectra: Tensor) -> Tensor:
    """Return |spectra| squared, never zero."""
    squares = torch.view_as_real(spectra).square()
    return (squares[..., 0] + squares[..., 1]).add_(1e-16)


def mid_side(samples: Tensor) -> Tensor:
    """Convert left/right [channel, time] to mid/side; mono is returned unchanged. `left_right` is the inverse."""
    if samples.shape[0] == 1:
        return samples
    left, right = samples
    return torch.stack([(left + right) / 2, (left - right) / 2])


def left_right(samples: Tensor) -> Tensor:
    """Convert mid/side [channel, time] to left/right, the inverse of `mid_side`."""
    if samples.shape[0] == 1:
        return samples
    mid, side = samples
    return torch.stack([mid + side, mid - side])
