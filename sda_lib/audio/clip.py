"""AudioClip: a sound in memory, read from any sound file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soxr

from sda_lib.audio.channel_layout import Layout
from sda_lib.audio.reader import open_sound
from sda_lib.errors import SdaError

# Quality of soxr; the same for whole sounds and for blocks, so that both are bit-identical.
RESAMPLER = "HQ"
# Samples of a part of a clip that is processed at once.
PART_SAMPLES = 1 << 18
# Seconds of a file's beginning that are played as its preview.
PREVIEW_SECONDS = 12.0


@dataclass(frozen=True)
class AudioClip:
    """Sound as float32 samples [channel, time] in -1..1; the array is read-only.

    There are 1 or 2 channels, 4 in ambisonics. Raises SdaError for another shape, and for samples that are not finite.
    """

    samples: np.ndarray
    sample_rate: int
    name: str = ""

    def __post_init__(self) -> None:
        samples = self.samples if _is_frozen(self.samples) else np.atleast_2d(np.array(self.samples, dtype=np.float32))
        if samples.ndim != 2 or samples.shape[0] not in (1, 2, 4):
            raise SdaError(f"{self.name or 'The clip'} has shape {samples.shape}; SDA takes 1, 2 or 4 channels.")
        if not np.isfinite(samples).all():
            raise SdaError(f"{self.name or 'The clip'} contains samples that are not numbers; export it again.")
        samples.setflags(write=False)
        object.__setattr__(self, "samples", samples)

    @property
    def channels(self) -> int:
        """Number of channels: 1, 2, or 4 in ambisonics."""
        return self.samples.shape[0]

    @property
    def length(self) -> int:
        """Number of samples per channel."""
        return self.samples.shape[1]

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return self.length / self.sample_rate

    @property
    def peak(self) -> float:
        """Largest absolute sample; 1 is full scale."""
        return float(np.abs(self.samples).max(initial=0.0))

    def with_channels(self, channels: int) -> AudioClip:
        """Return the sound with another number of channels.

        Args:
            channels: 1 (mean of both; of ambisonics, the omnidirectional one) or 2 (the first one twice).

        Example:
            >>> clip.with_channels(2).channels
            2
        """
        if channels == self.channels:
            return self
        mono = self.samples.mean(0, keepdims=True) if self.channels == 2 else self.samples[:1]
        return replace(self, samples=np.repeat(mono, channels, axis=0))

    def cut(self, length: int) -> AudioClip:
        """Return the first samples, or all if there are fewer.

        Args:
            length: number of samples per channel, at least 0.

        Example:
            >>> clip.cut(4410).seconds
            0.1
        """
        return self if length >= self.length else replace(self, samples=self.samples[:, :length])

    def spliced(self, part: AudioClip, at: int) -> AudioClip:
        """Return the sound with its samples from `at` on replaced by those of `part`, as far as the sound reaches.

        Args:
            part: a clip of the same rate and number of channels.
            at: first sample that is replaced, from 0.

        Example:
            >>> quiet = sda_lib.AudioClip.from_array([0.0] * 480, clip.sample_rate)
            >>> clip.spliced(quiet, at=0).length == clip.length
            True
        """
        samples, end = self.samples.copy(), min(self.length, at + part.length)
        samples[:, at:end] = part.samples[:, : end - at]
        samples.setflags(write=False)
        return replace(self, samples=samples)

    def resampled(self, sample_rate: int) -> AudioClip:
        """Return the sound at another rate, by soxr's HQ resampler.

        Args:
            sample_rate: in Hz, at least 1.

        Example:
            >>> clip.resampled(22050).sample_rate
            22050
        """
        if sample_rate == self.sample_rate:
            return self
        frames = self.samples.T
        if len(frames) == 1:
            frames = frames.copy()  # soxr before 1.1 refuses the strides of one frame of two channels in a view
        samples = soxr.resample(frames, self.sample_rate, sample_rate, quality=RESAMPLER).T
        if samples.shape[1] == 0:
            samples = self.samples[:, :1]  # keep at least one sample of a very short sound
        return replace(self, samples=samples, sample_rate=sample_rate)


def _is_frozen(samples: object) -> bool:
    """Return whether this is a float32 array [channel, time] that can't be modified, so that it need not be copied."""
    if not (isinstance(samples, np.ndarray) and samples.ndim == 2 and samples.dtype == np.float32):
        return False
    owner: object = samples
    while isinstance(owner, np.ndarray):
        if owner.flags.writeable:
            return False
        owner = owner.base
    return owner is None


def parts_of(samples: np.ndarray) -> list[np.ndarray]:
    """Return views of samples [channel, time] in parts of PART_SAMPLES: what is computed of them stays small."""
    return [samples[:, first : first + PART_SAMPLES] for first in range(0, samples.shape[1], PART_SAMPLES)]


def read_clip(path: str | Path) -> AudioClip:
    """Read a file of any format that libsndfile supports, at its own rate.

    More than two channels are mixed by their layout (channel_layout.py); ambisonics made by SDA keep their four. Raises
    SdaError in one sentence for any fault of the file (reader.py).
    """
    with open_sound(path) as file:
        samples = file.rest() if file.layout.whole else mixed(file.rest(), file.layout)
        return AudioClip(samples.T, file.sample_rate, file.name)


def read_excerpt(path: str | Path, seconds: float = PREVIEW_SECONDS, first: int = 0) -> AudioClip:
    """Return this many seconds of a file from sample `first` on, at its own rate.

    Raises SdaError as `read_clip` does.
    """
    with open_sound(path) as file:
        file.skip(first)
        samples = mixed(file.read(round(seconds * file.sample_rate)), file.layout)
        return AudioClip(samples.T, file.sample_rate, file.name)


def mixed(samples: np.ndarray, layout: Layout) -> np.ndarray:
    """Return samples [time, channel] with at most two channels, mixed by the layout."""
    return layout.mixed(samples) if samples.shape[1] > 2 else samples
