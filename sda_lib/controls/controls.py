"""Controls: properties of a new sound that can be requested, measured alike in recordings and in decoded magnitudes.

A control is requested as a number 0..1, a quantile of the measures of excerpts of the corpus' recordings. 0 and 1 are
therefore the corpus' extremes, whatever the corpus is, and a request stays within its range.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sda_lib.analysis.onset_strength import onset_heights, onset_strength
from sda_lib.analysis.pitch_track import EVERY, FEWEST, median_pitch, pitch_track
from sda_lib.codec.stft import Spectral, modulus
from sda_lib.controls.beat import GrainOnsets
from sda_lib.controls.names import CONTROLS
from sda_lib.memory.grains import Memory

# Length in seconds of the excerpts of a recording that are measured, and the hop between them.
EXCERPT, EXCERPT_HOP = 2.0, 0.5
# Seconds after a grain that a walk which jumps there will probably play.
LOOK = 0.4
# Levels below SILENT_DB are silence; spectra within ACTIVE_DB of the loudest one are active.
SILENT_DB, ACTIVE_DB = -120.0, 40.0
# Largest and smallest period of a pulse in seconds.
SLOWEST, FASTEST = 1.0, 0.08
# The requestable pulses are half those of the recordings, half values spread evenly from 0 to REGULAR, the pulse of
# rhythmic sounds, with at least MIN_REGULAR of these, because one-shots have no pulse.
REGULAR, MIN_REGULAR = 0.6, 8
# Minimum share of a corpus' excerpts with a pitch for the control pitch to be available; error of a sound without one.
FEWEST_PITCHED, NO_PITCH = 0.3, 2.0
# log2(1 + onsets per second) that counts as much as continuous activity.
MANY_ONSETS = 3.0


@torch.no_grad()
def measure(magnitudes: Tensor, spectral: Spectral) -> dict[str, float]:
    """Return the measure of each control for magnitudes [bin, spectrum].

    density (log onsets per second plus active share), pulse (height of the autocorrelation of rises, -1..1), brightness
    (octaves above 1 Hz), loudness (dB), pitch (octaves above 1 Hz, 0 for none).
    """
    rate = spectral.sample_rate / spectral.step
    power = magnitudes.square()
    level = 10 * (power.sum(0) + 1e-16).log10()
    active = (level > level.max() - ACTIVE_DB) & (level > SILENT_DB)
    if not active.any():
        return {"density": 0.0, "pulse": 0.0, "brightness": 0.0, "loudness": SILENT_DB, "pitch": 0.0}
    octaves = _octaves(spectral, power.device)
    rises = onset_strength(magnitudes)
    onsets = int((onset_heights(rises, rate) > 0).sum()) * rate / len(level)
    return {
        "density": float(np.log2(1 + onsets)) / MANY_ONSETS + float(active.float().mean()),
        "pulse": pulse_strength(rises, rate),
        "brightness": float((magnitudes * octaves).sum() / magnitudes.sum()),
        "loudness": float(10 * power.sum(0)[active].mean().log10()),
        "pitch": median_pitch(_pitches(magnitudes[:, active], spectral)),
    }


def pulse_strength(rises: Tensor, rate: float) -> float:
    """Return the highest autocorrelation of rises [spectrum] at periods from FASTEST to SLOWEST; 0 for short sounds."""
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
    """Measurements of a corpus' recordings.

    `values`: for every control the measures of all excerpts, ascending; `ranks`: for every control the quantile 0..1
    of each grain [grain] among all grains, for the sound that begins there (NaN where it has no pitch, and in the
    silence at the ends of recordings); `onsets` of the
    grains; `pitched`: share of excerpts with a pitch.
    """

    values: Mapping[str, np.ndarray]
    ranks: Mapping[str, np.ndarray]
    onsets: GrainOnsets
    pitched: float = 1.0

    @classmethod
    @torch.no_grad()
    def of(cls, memory: Memory) -> Ranges:
        """Measure the recordings of a memory."""
        excerpts, grains, onsets = [], [], []
        for piece in memory.sounding_pieces:
            sizes = modulus(memory.codec.spectral.stft(piece.samples[:1]))[0]
            measured, per_grain = _of_recording(sizes, piece.frames, memory.codec.spectral)
            excerpts += measured
            grains.append(per_grain)
            onsets.append(_onsets(sizes, piece.frames, memory.codec.spectral))
        sounding = memory.sounding.cpu().numpy()
        raw = {name: _spread(sounding, np.concatenate([one[name] for one in grains]), np.nan) for name in CONTROLS}
        values = {name: np.sort([one[name] for one in excerpts if name in one]) for name in CONTROLS}
        tones = values["pitch"][values["pitch"] > 0]
        values["pitch"] = tones if len(tones) else np.zeros(1)
        regular = np.linspace(0, REGULAR, max(MIN_REGULAR, len(values["pulse"])))
        values["pulse"] = np.sort(np.concatenate([values["pulse"], regular]))
        ranks = {name: ranked(one) for name, one in raw.items()}
        grain_onsets = GrainOnsets(*(_spread(sounding, np.concatenate(one), 0.0) for one in zip(*onsets, strict=True)))
        return cls(values, ranks, grain_onsets, len(tones) / len(excerpts))

    def why_hidden(self, name: str) -> str:
        """Return why the recordings leave no choice for a control, in one sentence; empty for other controls."""
        if name == "pitch" and self.pitched < FEWEST_PITCHED:
            return f"Only {self.pitched:.0%} of the recordings have a pitch, so it can't be controlled; use brightness."
        if np.ptp(np.quantile(self.values[name], (0.1, 0.9))) < 1e-6:
            return f"All recordings have the same {name}, so it can't be controlled."
        return ""

    def distance(self, controls: Mapping[str, float]) -> np.ndarray:
        """Return the distance [grain] of each grain from the requested values, summed over controls."""
        parts = [np.nan_to_num(np.abs(self.ranks[name] - amount), nan=1.0) for name, amount in controls.items()]
        return sum(parts, start=np.zeros(()))

    def error(self, measured: Mapping[str, float], controls: Mapping[str, float]) -> float:
        """Return the distance of a sound from the requested values.

        It is the sum over controls of the difference in quantiles and the difference in measures relative to the
        corpus' spread (10th to 90th percentile); NO_PITCH for a sound without a requested pitch.
        """
        total = 0.0
        for name, amount in controls.items():
            if name == "pitch" and not measured[name]:
                total += NO_PITCH
                continue
            values = self.values[name]
            spread = max(float(np.quantile(values, 0.9) - np.quantile(values, 0.1)), 1e-9)
            total += abs(float(quantile(values, np.array(measured[name]))) - amount)
            total += abs(measured[name] - float(np.quantile(values, amount))) / spread
        return total


def _of_recording(
    sizes: Tensor, frames: int, spectral: Spectral
) -> tuple[list[dict[str, float]], dict[str, np.ndarray]]:
    """Return the measures of a recording's excerpts, and simpler measures of every frame [frame].

    Those of a frame cover LOOK seconds from there; its pulse, which needs longer, is that of the nearest excerpt.
    """
    rate, ratio = spectral.sample_rate / spectral.step, sizes.shape[1] // frames
    length, hop, look = (max(1, round(seconds * rate)) for seconds in (EXCERPT, EXCERPT_HOP, LOOK))
    first = np.arange(0, max(1, sizes.shape[1] - length + hop), hop)
    parts = [sizes[:, start : start + length] for start in first]
    excerpts = [measure(part, spectral) for part in parts]
    begin = np.arange(frames) * ratio
    middles = np.minimum(first + length / 2, sizes.shape[1])
    near = np.abs(begin[:, None] - middles).argmin(1)
    end = np.minimum(begin + look, sizes.shape[1])
    octaves = _octaves(spectral, sizes.device)
    power, weight = _sums(sizes.square().sum(0), begin, end), _sums(sizes.sum(0), begin, end)
    pulses = np.array([one["pulse"] for one in excerpts])
    for one, part in zip(excerpts, parts, strict=True):
        if part.shape[1] < SLOWEST * rate:
            del one["pulse"]  # too short to have one
    return excerpts, {
        "density": _sums(onset_strength(sizes), begin, end) / look,
        "pulse": pulses[near],
        "brightness": _sums((sizes * octaves).sum(0), begin, end) / np.maximum(weight, 1e-9),
        "loudness": 10 * np.log10(power / look + 1e-16),
        "pitch": _pitch_ahead(sizes, begin, look, spectral),
    }


def _pitches(magnitudes: Tensor, spectral: Spectral) -> Tensor:
    return pitch_track(magnitudes[:, ::EVERY], spectral.window, spectral.sample_rate)


def _pitch_ahead(sizes: Tensor, begin: np.ndarray, look: int, spectral: Spectral) -> np.ndarray:
    """Return the mean pitch [frame] of `look` spectra from each of `begin` on, in octaves above 1 Hz.

    It is NaN where too few spectra have a pitch.
    """
    found = _pitches(sizes, spectral).double()
    first, end = begin // EVERY, -(-np.minimum(begin + look, sizes.shape[1]) // EVERY)
    count = _sums(found.isfinite(), first, end)
    mean = _sums(found.nan_to_num(), first, end) / np.maximum(count, 1)
    return np.where((count > 0) & (count >= FEWEST * (end - first)), mean, np.nan)


def _sums(values: Tensor, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the sums of values [spectrum] from each of `begin` to each of `end`."""
    summed = np.concatenate([[0.0], np.cumsum(values.double().cpu().numpy())])
    return summed[end] - summed[begin]


def _onsets(sizes: Tensor, frames: int, spectral: Spectral) -> tuple[np.ndarray, np.ndarray]:
    """Return height and position in the frame of every frame's strongest onset, both [frame]."""
    heights = onset_heights(onset_strength(sizes), spectral.sample_rate / spectral.step).reshape(frames, -1)
    strongest = heights.max(1)
    return strongest.values.cpu().numpy(), strongest.indices.cpu().numpy() / heights.shape[1]


def _spread(sounding: np.ndarray, values: np.ndarray, other: float) -> np.ndarray:
    """Return values of the grains that are `sounding` [grain] as values of all grains, `other` for silent ones."""
    spread = np.full(len(sounding), other)
    spread[sounding] = values
    return spread


def _octaves(spectral: Spectral, device: torch.device) -> Tensor:
    """Return log2 Hz of every bin [bin, 1], at least that of 20 Hz."""
    hertz = torch.arange(spectral.bins, device=device) * (spectral.sample_rate / spectral.n_fft)
    return hertz.clamp_min(20.0).log2()[:, None]


def quantile(values: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Return the share of ascending values below each of `of`, with equal values counting half."""
    return (np.searchsorted(values, of, "left") + np.searchsorted(values, of, "right")) / (2 * len(values))


def ranked(values: np.ndarray) -> np.ndarray:
    """Return values [n] as quantiles among themselves; NaN stays NaN and is not counted."""
    found = quantile(np.sort(values[np.isfinite(values)]), values) if np.isfinite(values).any() else values
    return np.where(np.isfinite(values), found, np.nan)
