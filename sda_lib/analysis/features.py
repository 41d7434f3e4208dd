"""Features of sound per frame: brightness, warmth, loudness, noisiness, roughness and tension.

Every measure takes the `Spectra` of a clip and returns one number per frame; `summary` is the power-weighted mean, so
that silence between sounds does not count. For stereo the mean power of both channels is measured, so that out-of-phase
content counts too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sda_lib.analysis.loudness import OFFSET, k_gain
from sda_lib.audio.clip import AudioClip

WINDOW = 2048
# Power (-100 dB below a full-scale sine) below which a sound counts as silent.
FLOOR = 1e-10
# Band in Hz whose share of the power is called warmth.
LOW_MID = (100.0, 500.0)
# Band in Hz whose flatness is called noisiness; below it windows leak, above it many recordings are empty.
FLAT = (100.0, 16_000.0)
# Number of strongest partials per frame whose beating is measured.
PARTIALS = 16
# Least power of a partial relative to a frame's strongest one.
PARTIAL_RANGE = 1e-4


@dataclass(frozen=True, eq=False)
class Spectra:
    """Power spectra of a clip.

    `power` [bin, frame] is the mean over the channels. A full-scale sine has a power of about 1 at its peak, wherever
    between two bins it lies (Hann windows).
    """

    power: np.ndarray
    sample_rate: int

    @classmethod
    def of(cls, clip: AudioClip, hop: int = 512) -> Spectra:
        """Measure a clip; frame k is centered on sample (k + 1/2) * hop, as the frames of a model with that hop."""
        power, difference = _power(clip.samples.mean(0), hop), (clip.samples[0] - clip.samples[-1]) / 2
        return cls(power + _power(difference, hop) if difference.any() else power, clip.sample_rate)

    def scaled(self, gain: float) -> Spectra:
        """Return the spectra of the clip times a linear gain."""
        return Spectra(self.power * gain**2, self.sample_rate)

    @property
    def hertz(self) -> np.ndarray:
        """Frequencies of the bins in Hz [bin]."""
        return np.linspace(0, self.sample_rate / 2, len(self.power))

    @cached_property
    def total(self) -> np.ndarray:
        """Power of every frame [frame]."""
        return self.power.sum(0) + FLOOR

    @cached_property
    def partials(self) -> tuple[np.ndarray, np.ndarray]:
        """Frequencies in Hz and amplitudes of the strongest peaks, both [frame, PARTIALS].

        Missing peaks have amplitude 0. Peaks are interpolated between bins by the parabola through three log-magnitudes
        (Smith & Serra 1987).
        """
        log_power = np.log(self.power.T + FLOOR)
        left, middle, right = log_power[:, :-2], log_power[:, 1:-1], log_power[:, 2:]
        peaks = (middle > left) & (middle >= right) & (middle > middle.max(1, keepdims=True) + np.log(PARTIAL_RANGE))
        shown = np.where(peaks, middle, -np.inf)
        best = np.argpartition(-shown, PARTIALS, 1)[:, :PARTIALS]
        a, b, c = (np.take_along_axis(one, best, 1) for one in (left, middle, right))
        shift = 0.5 * (a - c) / np.minimum(a - 2 * b + c, -1e-9)
        found = np.isfinite(np.take_along_axis(shown, best, 1))
        spacing = self.hertz[1]
        return (best + 1 + np.clip(shift, -0.5, 0.5)) * spacing, np.where(found, np.exp(b / 2), 0.0)


def _power(samples: np.ndarray, hop: int) -> np.ndarray:
    count = max(1, -(-len(samples) // hop))
    padded = np.pad(samples, ((WINDOW - hop) // 2, WINDOW + hop))
    framed = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[: count * hop : hop]
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    return np.square(np.abs(np.fft.rfft(framed * window, axis=1)) * (2 / window.sum())).T


def brightness(spectra: Spectra) -> np.ndarray:
    """Return the centroid of the magnitudes on the mel scale, in Hz [frame] (Schubert & Wolfe 2006)."""
    mel = 2595 * np.log10(1 + spectra.hertz / 700)
    weight = np.sqrt(spectra.power)
    centroid = (weight * mel[:, None]).sum(0) / (weight.sum(0) + FLOOR)
    return 700 * (10 ** (centroid / 2595) - 1)


def warmth(spectra: Spectra) -> np.ndarray:
    """Return the power between 100 and 500 Hz over the total, in dB [frame].

    After Pratt & Doak's 'warm' as low-mid weight (1976).
    """
    inside = (spectra.hertz >= LOW_MID[0]) & (spectra.hertz <= LOW_MID[1])
    return 10 * np.log10((spectra.power[inside].sum(0) + FLOOR) / spectra.total)


def loudness(spectra: Spectra) -> np.ndarray:
    """Return the loudness of each frame in LUFS [frame]: K-weighted level as in ITU-R BS.1770-4, without gates."""
    weighted = (spectra.power * k_gain(len(spectra.power), spectra.sample_rate)[:, None]).sum(0)
    # A Hann window spreads a sine's power over 1.5 bins; a sine's mean square is half its peak's.
    return OFFSET + 10 * np.log10(weighted / 1.5 / 2 + FLOOR)


def noisiness(spectra: Spectra) -> np.ndarray:
    """Return the spectral flatness in dB [frame], highest for noise.

    It is the geometric over the arithmetic mean of the power (Johnston 1988).
    """
    inside = (spectra.hertz >= FLAT[0]) & (spectra.hertz <= FLAT[1])
    power = spectra.power[inside] + FLOOR
    return 10 * (np.log10(power).mean(0) - np.log10(power.mean(0)))


def roughness(spectra: Spectra) -> np.ndarray:
    """Return the roughness by beating of the strongest partials [frame], relative to their power (Vassilakis 2001)."""
    return _beating(spectra, lambda low, high: (low * high) ** 0.1 * 0.5 * (2 * low / (low + high + FLOOR)) ** 3.11)


def tension(spectra: Spectra) -> np.ndarray:
    """Return the dissonance of the strongest partials [frame] (Sethares 1993), relative to its maximum: 0..1."""
    return _beating(spectra, lambda low, _: low)


def _beating(spectra: Spectra, weigh: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """Return the mean over pairs of partials of the Plomp-Levelt curve in Sethares' form.

    Pairs are weighted by `weigh` of the lower and the higher amplitude.
    """
    hertz, amplitude = spectra.partials
    amplitude = amplitude / (amplitude.max(1, keepdims=True) + FLOOR)
    one, other = np.triu_indices(PARTIALS, 1)
    low = np.minimum(amplitude[:, one], amplitude[:, other])
    high = np.maximum(amplitude[:, one], amplitude[:, other])
    lower, apart = np.minimum(hertz[:, one], hertz[:, other]), np.abs(hertz[:, one] - hertz[:, other])
    scaled = 0.24 / (0.0207 * lower + 18.96) * apart
    curve = np.exp(-3.5 * scaled) - np.exp(-5.75 * scaled)
    weight = weigh(low, high)
    return (weight * curve).sum(1) / (weight.sum(1) + FLOOR)


@dataclass(frozen=True)
class Feature:
    """A feature: its measure and unit, a short description, and words for more and less of it."""

    measure: Callable[[Spectra], np.ndarray]
    unit: str
    help: str
    more: str
    less: str


FEATURES = {
    "brightness": Feature(brightness, "Hz", "where the weight of the spectrum lies", "brighter", "darker"),
    "warmth": Feature(warmth, "dB", "how much of the sound is low middle", "warmer", "thinner"),
    "loudness": Feature(loudness, "LUFS", "how loud it is", "louder", "quieter"),
    "noisiness": Feature(noisiness, "dB", "from tones to noise", "noisier", "more tonal"),
    "roughness": Feature(roughness, "", "how much its partials beat", "rougher", "smoother"),
    "tension": Feature(tension, "", "how dissonant its partials are", "tenser", "calmer"),
}


def feature_mean(spectra: Spectra, name: str) -> float:
    """Return a feature of a whole clip: the power-weighted mean over its frames."""
    weight = spectra.total / spectra.total.sum()
    return float((weight * FEATURES[name].measure(spectra)).sum())


def summary(spectra: Spectra) -> dict[str, float]:
    """Return every feature of a whole clip by name."""
    return {name: feature_mean(spectra, name) for name in FEATURES}
