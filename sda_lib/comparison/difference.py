"""Spectrograms of sounds on one scale, and the difference of two, aligned in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from sda_lib.analysis.spectrogram import BANDS, HIGHEST_HZ, LOWEST_HZ, STEP, spectrogram
from sda_lib.audio.clip import AudioClip

# Rate in Hz at which sounds are analyzed; the bands end below half of it.
RATE = 44_100
# Level in dB below the loudest of all compared sounds at which differences end: what is fainter counts as silence.
RANGE_DB = 70.0
# Most columns of a spectrogram; a long sound gets larger steps.
MOST_FRAMES = 4096
# Alignment: longest shift in seconds, seconds of a sound that are compared, and how much more their changes have to
# correlate with the shift than without it.
LONGEST_SHIFT, ALIGNED_SECONDS, GAIN = 0.5, 12.0, 0.05
# Its spectrograms: step in samples, frames over which changes are taken, and bands between those that are compared.
FINE_STEP, CHANGE, BANDS_APART = 128, 4, 4
# Samples by which the waveforms move a shift, and their correlation from which on they do.
FINE_REACH, LEAST_ALIKE = 512, 0.3


@dataclass(frozen=True, eq=False)
class Difference:
    """The difference between the spectrograms of two sounds.

    Args:
        levels: level of the second sound above the first in dB [band, frame]; 0 where both are fainter than RANGE_DB
            below the loudest.
        hertz: center frequency of every band in Hz [band], logarithmically spaced.
        seconds: time of every frame in the first sound in seconds [frame].
        shift: seconds by which the second sound comes later than the first; it is moved back by them.
    """

    levels: np.ndarray
    hertz: np.ndarray
    seconds: np.ndarray
    shift: float

    @property
    def mean(self) -> float:
        """Mean absolute difference in dB over all bands and frames in which either sound is audible; 0 if none is."""
        audible = self.levels != 0
        return float(np.abs(self.levels[audible]).mean()) if audible.any() else 0.0


def difference(first: AudioClip, second: AudioClip, aligned: bool = True) -> Difference:
    """Return the difference between two sounds, whose levels it takes as they are.

    Args:
        first: the sound to compare with.
        second: the sound whose difference is measured; rates and numbers of channels may differ.
        aligned: whether the second is moved in time to where both are most alike, by up to LONGEST_SHIFT.
    """
    one, other = (clip.resampled(RATE) for clip in (first, second))
    shift = time_shift(one, other) if aligned else 0.0
    one, other = _padded([one, moved(other, -shift)])
    step = step_for(one.length)
    pair = np.stack([levels_of(one, step), levels_of(other, step)])
    floored = np.maximum(pair, pair.max() - RANGE_DB)
    edges = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BANDS + 1)
    hertz, seconds = np.sqrt(edges[:-1] * edges[1:]), np.arange(pair.shape[2]) * step / RATE
    return Difference(floored[1] - floored[0], hertz, seconds, shift)


def spectrograms(clips: Sequence[AudioClip]) -> list[np.ndarray]:
    """Return the levels of clips in dB of full scale, each [band, frame], all as long as the longest clip."""
    padded = _padded([clip.resampled(RATE) for clip in clips])
    return [levels_of(clip, step_for(clip.length)) for clip in padded]


def levels_of(clip: AudioClip, step: int) -> np.ndarray:
    """Return levels in dB of full scale [band, frame], of the mean power of all channels; frames are `step` apart."""
    channels = (AudioClip(samples, clip.sample_rate) for samples in clip.samples)
    power = np.mean([10 ** (spectrogram(one, step) / 10) for one in channels], axis=0)
    return np.asarray(10 * np.log10(power))


def step_for(length: int) -> int:
    """Return the step in samples at which a spectrogram of so many samples has MOST_FRAMES frames at most."""
    return max(STEP, -(-length // MOST_FRAMES))


def time_shift(first: AudioClip, second: AudioClip) -> float:
    """Return by how many seconds the second sound comes later than the first, -LONGEST_SHIFT..LONGEST_SHIFT.

    It is the shift by which the changes in their spectrograms correlate most, to the sample where the waveforms do,
    too; 0 where they hardly correlate more than without it.
    """
    one, other = _padded([clip.cut(round(ALIGNED_SECONDS * clip.sample_rate)) for clip in (first, second)])
    a, b = _changes(one, other)
    size = np.sqrt(np.square(a).sum() * np.square(b).sum())
    if size == 0:
        return 0.0
    alike, middle = scipy.signal.fftconvolve(b, a[:, ::-1], axes=1).sum(0) / size, a.shape[1] - 1
    most = min(middle, round(LONGEST_SHIFT * one.sample_rate / FINE_STEP))
    near = alike[middle - most : middle + most + 1]
    best = int(near.argmax())
    if near[best] <= near[most] + GAIN:
        return 0.0
    return _refined(one, other, (best - most) * FINE_STEP) / one.sample_rate


def _changes(first: AudioClip, second: AudioClip) -> np.ndarray:
    """Return how the levels of two sounds change over time, [sound, band, frame] in some of the bands."""
    pair = np.stack([levels_of(clip, FINE_STEP)[::BANDS_APART] for clip in (first, second)])
    floored = np.maximum(pair, pair.max((1, 2), keepdims=True) - RANGE_DB)
    return floored[:, :, CHANGE:] - floored[:, :, :-CHANGE]


def _refined(first: AudioClip, second: AudioClip, shift: int) -> int:
    """Return a shift in samples moved by up to FINE_REACH to where the waveforms correlate, if they do anywhere."""
    a, b = (clip.samples.mean(0).astype(np.float64) for clip in (first, moved(second, -shift / second.sample_rate)))
    length = min(len(a), len(b))
    a, b = a[:length], b[:length]
    alike = scipy.signal.fftconvolve(b, a[::-1])[max(0, length - 1 - FINE_REACH) : length + FINE_REACH]
    size = np.sqrt(np.square(a).sum() * np.square(b).sum())
    best = int(alike.argmax())
    return shift + best - min(FINE_REACH, length - 1) if alike[best] > LEAST_ALIKE * size else shift


def moved(clip: AudioClip, seconds: float) -> AudioClip:
    """Return a clip that begins later by some seconds, or, for a negative number, without its first ones."""
    samples = round(seconds * clip.sample_rate)
    if samples >= 0:
        return AudioClip(np.pad(clip.samples, ((0, 0), (samples, 0))), clip.sample_rate, clip.name)
    return AudioClip(clip.samples[:, min(-samples, clip.length - 1) :], clip.sample_rate, clip.name)


def _padded(clips: Sequence[AudioClip]) -> list[AudioClip]:
    """Return clips with silence at the end, as long as the longest."""
    longest = max(clip.length for clip in clips)
    return [
        AudioClip(np.pad(clip.samples, ((0, 0), (0, longest - clip.length))), clip.sample_rate, clip.name)
        for clip in clips
    ]
