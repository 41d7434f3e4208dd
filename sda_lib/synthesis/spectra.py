"""Filters of procedural sounds, in the frequency domain: fixed, moving, rooms and saturation without aliasing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sda_lib.synthesis.draw import Samples

# Duration of the windows of a moving filter in seconds.
WINDOW_SECONDS = 0.023
# Seconds of silence behind a sound that is filtered, so that its end doesn't reach its beginning.
PAD_SECONDS = 0.02
# Gain [frame, frequency] of a moving filter, from frequencies in Hz [frequency] and places 0..1 in the sound [frame].
MovingGain = Callable[[np.ndarray, np.ndarray], np.ndarray]


def fast_length(least: int) -> int:
    """Return the first length from `least` on for which a Fourier transform is fast: factors 2, 3 and 5 alone."""
    found = 1 << max(least - 1, 1).bit_length()
    for odd in (3, 5, 9, 15, 25, 27, 45, 75, 81, 125):
        power = -(-least // odd)
        found = min(found, odd << max(power - 1, 0).bit_length())
    return found


def shaped(sound: Samples, rate: int, gain: Callable[[np.ndarray], np.ndarray]) -> Samples:
    """Filter a sound by a gain over frequency, real or complex: `gain(frequencies in Hz)`."""
    length = fast_length(len(sound) + round(PAD_SECONDS * rate))
    spectrum = np.fft.rfft(sound, length)
    spectrum *= gain(frequencies(rate, length))
    return np.fft.irfft(spectrum, length)[: len(sound)].astype(np.float32)


def frequencies(rate: int, length: int) -> np.ndarray:
    """Return the frequencies in Hz of a transform of this length [frequency]."""
    return np.arange(length // 2 + 1, dtype=np.float32) * np.float32(rate / length)


def moving(sound: Samples, rate: int, gain: MovingGain) -> Samples:
    """Filter a sound by a gain that changes over time, in overlapping windows of a sine's first half."""
    size = max(16, 1 << round(np.log2(WINDOW_SECONDS * rate)))
    half, length = size // 2, len(sound)
    count = -(-length // half) + 1
    padded = np.zeros((count + 1) * half, np.float32)
    padded[half : half + length] = sound
    window = np.sin(np.pi * (np.arange(size, dtype=np.float32) + 0.5) / size)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::half] * window
    places = np.clip((np.arange(count) * half) / max(length, 1), 0, 1).astype(np.float32)
    spectra = np.fft.rfft(frames) * gain(frequencies(rate, size), places)
    pieces = np.fft.irfft(spectra, size).astype(np.float32) * window
    whole = np.zeros((count + 1, half), np.float32)
    whole[:-1] += pieces[:, :half]
    whole[1:] += pieces[:, half:]
    return whole.ravel()[half : half + length]


def band(low: float, high: float, order: float = 2) -> Callable[[np.ndarray], np.ndarray]:
    """Return the gain of a band-pass filter with Butterworth's magnitude."""
    return lambda hertz: highpass(low, order)(hertz) * lowpass(high, order)(hertz)


def lowpass(cutoff: float | np.ndarray, order: float = 2) -> Callable[[np.ndarray], np.ndarray]:
    """Return the gain of a low-pass filter with Butterworth's magnitude; cutoffs [frame, 1] make it a moving one."""
    return lambda hertz: 1 / np.sqrt(1 + _power(hertz / cutoff, order) ** 2)


def highpass(cutoff: float, order: float = 2) -> Callable[[np.ndarray], np.ndarray]:
    """Return the gain of a high-pass filter with Butterworth's magnitude."""
    return lambda hertz: (ratio := _power(hertz / cutoff, order)) / np.sqrt(1 + ratio**2)


def _power(ratio: np.ndarray, order: float) -> np.ndarray:
    """Return a ratio to a power, limited so that its square is a number."""
    return np.minimum(ratio, 1e18 ** (1 / order)) ** order


def tilt(exponent: float) -> Callable[[np.ndarray], np.ndarray]:
    """Return a gain that falls with frequency by a power: 0.5 makes pink, 1 brown noise of white; level above 30 Hz."""
    return lambda hertz: (np.maximum(hertz, 30) / 1000) ** -exponent


def resonance(hertz: np.ndarray, center: np.ndarray | float, quality: np.ndarray | float) -> np.ndarray:
    """Return the gain of a resonant two-pole low-pass filter: 1 far below the center, `quality` at it."""
    ratio = (hertz / center) ** 2
    return 1 / np.sqrt((1 - ratio) ** 2 + ratio / np.square(quality))


def peak(hertz: np.ndarray, center: np.ndarray | float, width: np.ndarray | float) -> np.ndarray:
    """Return the gain of a resonance of this bandwidth in Hz: 1 at its center, falling on both sides."""
    return 1 / np.sqrt(1 + np.square((hertz**2 - np.square(center)) / (np.maximum(hertz, 1) * width)))


def convolved(sound: Samples, response: Samples, gain: Callable[[np.ndarray], np.ndarray] | None = None, rate: int = 1
              ) -> Samples:  # fmt: skip
    """Return the sound through an impulse response, cut at the sound's length; `gain` filters both."""
    length = fast_length(len(sound) + len(response))
    spectrum = np.fft.rfft(sound, length) * np.fft.rfft(response, length)
    if gain is not None:
        spectrum *= gain(frequencies(rate, length))
    return np.fft.irfft(spectrum, length)[: len(sound)].astype(np.float32)


def saturated(sound: Samples, drive: float, bias: float) -> Samples:
    """Bend the tops of a sound by a cubic curve at twice the rate: what it adds lies below or is removed.

    `drive` 0..1 is the part of the curve that is used, `bias` 0..0.5 shifts it and adds even harmonics.
    """
    length = fast_length(len(sound) + 64)
    spectrum = np.fft.rfft(sound / max(np.abs(sound).max(initial=0), 1e-9), length)
    twice = np.fft.irfft(2 * spectrum, 2 * length)  # a cube reaches three times as high: its mirror lies above
    bent = np.clip(drive * twice, -1.5, 1.5) + bias * drive
    bent -= bent * bent * bent / 3
    return np.fft.irfft(np.fft.rfft(bent)[: length // 2 + 1] / 2, length)[: len(sound)].astype(np.float32)
