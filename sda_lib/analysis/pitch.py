"""Pitch of a recorded tone: YIN (de Cheveigne & Kawahara, 2002) on many windows, and their agreement.

More precise than `pitch_track.py`, which uses magnitudes only: it covers all keys of a piano, to a cent or two for a
steady tone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sda_lib.audio.clip import AudioClip

# Range of pitches in Hz.
LOWEST, HIGHEST = 27.0, 4500.0
# Threshold of the normalized difference: the first dip below it is the period; without one, the deepest dip.
PERIODIC = 0.15
# Value above which the deepest dip is not a period.
CLEAR = 0.3
# Number of windows, evenly spaced over the sound.
WINDOWS = 48
# Largest difference in cents from the median pitch at which a window agrees.
AGREEING = 50.0
# Confidence from which on a sound counts as a tone.
CONFIDENT = 0.7
# Rate in Hz to which sounds of lower rates are resampled, as periods of high tones have few samples there.
FINE = 44100
SILENT = 1e-4


@dataclass(frozen=True)
class Pitch:
    """Pitch in Hz (0: none), and a confidence 0..1.

    The confidence is the share of the sound's energy that has this pitch, times its periodicity there.
    """

    hertz: float
    confidence: float

    @property
    def note(self) -> float:
        """MIDI note number, 69 being 440 Hz; fractions are hundreds of cents."""
        return 69 + 12 * float(np.log2(self.hertz / 440))

    @property
    def is_tone(self) -> bool:
        return self.confidence >= CONFIDENT


def pitch_of(clip: AudioClip) -> Pitch:
    """Return the pitch of most of a clip's energy; for stereo, of the louder channel."""
    clip = clip.resampled(max(clip.sample_rate, FINE))
    samples = clip.samples[np.square(clip.samples).sum(1).argmax()].astype(np.float64)
    longest = min(int(clip.sample_rate / LOWEST) + 2, len(samples) // 3)
    shortest = int(clip.sample_rate / HIGHEST)
    if longest <= shortest + 2 or clip.peak < SILENT:
        return Pitch(0.0, 0.0)
    size = 3 * longest  # a window of two of the longest periods, and one to shift it by
    begins = np.unique(np.linspace(0, len(samples) - size, WINDOWS).astype(int))
    frames = np.stack([samples[begin : begin + size] for begin in begins])
    energy = np.square(frames).sum(1)
    notes, clear = periods(differences(frames, longest), shortest, clip.sample_rate)
    return _middle(notes, clear, energy)


def differences(frames: np.ndarray, longest: int) -> np.ndarray:
    """Return YIN's cumulative mean normalized difference [window, lag], 1 at lag 0."""
    count, size = frames.shape
    window, length = size - longest, 1 << (size - 1).bit_length()
    spectrum = np.fft.rfft(frames, length)
    head = np.fft.rfft(frames[:, :window], length)
    alike = np.fft.irfft(spectrum * head.conj(), length)[:, :longest]
    sums = np.cumsum(np.pad(np.square(frames), ((0, 0), (1, 0))), axis=1)
    lags = np.arange(longest)
    power = sums[:, lags + window] - sums[:, lags]
    difference = np.maximum(power[:, :1] + power - 2 * alike, 0)
    sofar = np.cumsum(difference[:, 1:], axis=1)
    normal = difference[:, 1:] * lags[1:] / np.maximum(sofar, 1e-12)
    return np.concatenate([np.ones((count, 1)), normal], axis=1)


def periods(differences: np.ndarray, shortest: int, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Return log2 Hz and clarity 0..1 of every window; 0 for windows without a pitch."""
    notes, clear = np.zeros(len(differences)), np.zeros(len(differences))
    for number, row in enumerate(differences):
        dips = np.flatnonzero((row[1:-1] <= row[:-2]) & (row[1:-1] < row[2:])) + 1
        dips = dips[dips >= shortest]
        if not len(dips):
            continue
        below = dips[row[dips] < PERIODIC]
        lag = int(below[0] if len(below) else dips[row[dips].argmin()])
        if row[lag] < CLEAR:
            notes[number], clear[number] = np.log2(rate / _finer(row, lag)), 1 - row[lag]
    return notes, clear


def _finer(row: np.ndarray, lag: int) -> float:
    """Refine the period to fractions of a sample.

    Uses its longest multiple that is also a dip, where a cent is more samples.
    """
    period, times = _parabola(row, lag), 2
    while (near := round(times * period)) + 2 < len(row):
        reach = max(1, min(round(0.02 * near), int(period / 3)))  # never as far as the next multiple
        low = max(1, near - reach)
        dip = low + int(row[low : near + reach + 1].argmin())
        if not 1 <= dip < len(row) - 1 or row[dip] > row[lag] + 0.05:
            break
        period = _parabola(row, dip) / times
        times *= 2
    return period


def _parabola(row: np.ndarray, lag: int) -> float:
    left, middle, right = row[lag - 1 : lag + 2]
    bend = left - 2 * middle + right
    return lag + (float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5)) if bend > 1e-12 else 0.0)


def _middle(notes: np.ndarray, clear: np.ndarray, energy: np.ndarray) -> Pitch:
    """Return the weighted median of the windows' pitches, with the share of the energy that agrees as confidence."""
    weight = energy * clear
    if not weight.any():
        return Pitch(0.0, 0.0)
    order = np.argsort(notes)
    middle = notes[order][np.searchsorted(np.cumsum(weight[order]), weight.sum() / 2)]
    agree = (np.abs(notes - middle) < AGREEING / 1200) & (clear > 0)
    exact = np.average(notes[agree], weights=weight[agree])
    return Pitch(float(2**exact), float(weight[agree].sum() / energy.sum()))
