"""Controls: what a person may ask of a new sound over its time, measured alike in recordings and in decoded magnitudes.

A control is asked for as a number 0..1, a quantile of what stretches of the corpus' own recordings measure. So 0 and 1
are the corpus' extremes, whatever the corpus is, and nobody asks for what it does not have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.errors import SdaError
from sda_lib.models.memory import Memory
from sda_lib.models.spectral import Spectral, modulus

CONTROLS = {
    "density": "how much happens: onsets per second and the share of time that sounds",
    "pulse": "how regularly it strikes",
    "brightness": "where the spectrum's weight lies",
    "loudness": "the level of what sounds",
}
STRETCH, STRIDE = 2.0, 0.5
"""Seconds of a recording that are measured at once, and from one such stretch to the next."""
SILENT_DB, ACTIVE_DB = -120.0, 40.0
"""Levels under the first are silence; what is within ACTIVE_DB of the loudest spectrum sounds."""
GROUP = 8
"""Bins whose magnitudes are averaged before onsets are looked for."""
ONSET_RANGE = 2.5
"""log10: how far under the loudest band changes of level count."""
RISE_SPECTRA = 2
ONSET_HEIGHT = 0.08
"""log10 magnitude by which an onset's mean rise stands out from what is around it."""
ONSET_NEAR, ONSET_AROUND = 0.04, 0.15
"""Seconds: no larger rise this near; compared with the mean rise this far around."""
SLOWEST, FASTEST = 1.0, 0.08
"""Seconds between strokes that count as a pulse."""
MANY_ONSETS = 3.0
"""log2(1 + onsets per second) that count as much as sounding all the time does."""


@torch.no_grad()
def measure(magnitudes: Tensor, spectral: Spectral) -> dict[str, float]:
    """Every control's own measure of magnitudes [bin, spectrum]: density (log onsets per second plus active share),
    pulse (height of the autocorrelation of rises, -1..1), brightness (octaves over 1 Hz), loudness (dB)."""
    rate = spectral.sample_rate / spectral.step
    power = magnitudes.square()
    level = 10 * (power.sum(0) + 1e-16).log10()
    active = (level > level.max() - ACTIVE_DB) & (level > SILENT_DB)
    if not active.any():
        return {"density": 0.0, "pulse": 0.0, "brightness": 0.0, "loudness": SILENT_DB}
    octaves = torch.arange(spectral.bins, device=power.device).mul(spectral.sample_rate / spectral.n_fft)
    octaves = octaves.clamp_min(20.0).log2()[:, None]
    rises = rise(magnitudes)
    onsets = onset_count(rises, rate) * rate / len(level)
    return {
        "density": float(np.log2(1 + onsets)) / MANY_ONSETS + float(active.float().mean()),
        "pulse": pulse(rises, rate),
        "brightness": float((magnitudes * octaves).sum() / magnitudes.sum()),
        "loudness": float(10 * power.sum(0)[active].mean().log10()),
    }


def rise(magnitudes: Tensor) -> Tensor:
    """[spectrum]: by how much levels rise, mean over bands; the sound's beginning rises from silence."""
    bands = F.avg_pool1d(magnitudes.T[None], GROUP, ceil_mode=True)[0].T
    levels = (bands / bands.max().clamp_min(1e-9)).clamp_min(10**-ONSET_RANGE).log10()
    before = F.pad(levels, (RISE_SPECTRA, 0), value=-ONSET_RANGE)[:, : levels.shape[1]]
    return (levels - before).clamp_min(0).mean(0)


def onset_count(rises: Tensor, rate: float) -> int:
    """Peaks of the rises [spectrum] that stand out."""
    near, around = (2 * round(seconds * rate) + 1 for seconds in (ONSET_NEAR, ONSET_AROUND))
    highest = F.max_pool1d(rises[None], near, 1, near // 2)[0]
    mean = F.avg_pool1d(rises[None], around, 1, around // 2, count_include_pad=False)[0]
    peaks = (rises >= highest) & (rises > mean + ONSET_HEIGHT)
    return int((peaks & ~F.pad(peaks, (1, 0))[:-1]).sum())


def pulse(rises: Tensor, rate: float) -> float:
    """The highest peak of the autocorrelation of rises [spectrum] between FASTEST and SLOWEST; 0 for short sounds."""
    first, last = round(FASTEST * rate), min(round(SLOWEST * rate), len(rises) // 2)
    if last <= first + 2:
        return 0.0
    centered = rises - rises.mean()
    spectrum = torch.fft.rfft(centered, 2 * len(rises))
    found = torch.fft.irfft(spectrum.abs().square())[: last + 1]
    found = found / torch.arange(len(rises), len(rises) - last - 1, -1, device=found.device) * len(rises)
    return float((found[first:].max() / found[0].clamp_min(1e-9)).clamp(-1, 1))


@dataclass(frozen=True, eq=False)
class Ranges:
    """What the recordings measure: for every control the values of all stretches, ascending, and every grain's own
    quantile among them [grain], that of the stretch it stands in the middle of."""

    values: Mapping[str, np.ndarray]
    ranks: Mapping[str, np.ndarray]

    @classmethod
    @torch.no_grad()
    def of(cls, memory: Memory) -> Ranges:
        config, spectral = memory.codec.config, memory.codec.spectral
        frames = max(1, round(STRETCH * spectral.sample_rate / config.hop))
        stride = max(1, round(STRIDE * spectral.sample_rate / config.hop))
        found, owner = [], []
        for piece in memory.pieces:
            sizes = modulus(spectral.stft(piece.samples[:1]))[0]
            first = np.arange(0, max(1, piece.frames - frames + stride), stride)
            ratio = config.hop // config.step
            stretches = [sizes[:, start * ratio : (start + frames) * ratio] for start in first]
            middles = np.minimum(first + frames / 2, piece.frames)
            nearest = np.abs(np.arange(piece.frames)[:, None] + 0.5 - middles).argmin(1)
            owner.append(len(found) + nearest)
            found += [measure(one, spectral) for one in stretches if one.shape[1]]
        owners = np.concatenate(owner)
        raw = {name: np.array([one[name] for one in found])[owners] for name in CONTROLS}
        values = {name: np.sort(one) for name, one in raw.items()}
        return cls(values, {name: quantile(values[name], one) for name, one in raw.items()})

    def miss(self, asked: Mapping[str, float]) -> np.ndarray:
        """[grain] how far the grain's stretch is from what is asked for, summed over controls."""
        return sum(np.abs(self.ranks[name] - amount) for name, amount in asked.items())

    def heard(self, measured: Mapping[str, float]) -> dict[str, float]:
        """Measures as quantiles of the corpus."""
        return {name: float(quantile(self.values[name], np.array(value))) for name, value in measured.items()}


def quantile(values: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Which share of ascending values lies below each of `of`, equal ones counting half."""
    return (np.searchsorted(values, of, "left") + np.searchsorted(values, of, "right")) / (2 * len(values))


def checked(asked: Mapping[str, float]) -> dict[str, float]:
    """Controls that exist, in 0..1. Raises SdaError."""
    for name, amount in asked.items():
        if name not in CONTROLS:
            raise SdaError(f"There is no control {name!r}; there are {', '.join(CONTROLS)}.")
        if not 0 <= amount <= 1:
            raise SdaError(f"The control {name} goes from 0 to 1, not {amount:g}.")
    return dict(asked)
