"""Placement of frames in time: all arithmetic between frames, samples and seconds of a sound.

A sound of `frames` frames of `hop` samples begins `lead` samples after the beginning of its first frame and is `length`
samples long; a `fraction` of a sample more where it was cut between two samples of its model's rate. Played at another
`rate` it lasts length / rate samples, and its pitch is `rate` times as high. `gain` is a linear factor of the samples,
negative for inverted polarity.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from sda_lib.errors import SdaError

# Largest gain (40 dB), and the range of playback rates.
LARGEST_GAIN, SLOWEST, FASTEST = 100.0, 0.25, 4.0
# Defaults of the properties that files store only where they differ.
DEFAULTS: Mapping[str, Any] = {"lead": 0, "fraction": 0.0, "gain": 1.0, "rate": 1.0}

Number = TypeVar("Number", float, np.ndarray)


class Placement:
    """Placement in time, shared by codes and latents; what inherits from it has these fields.

    `length` None stands for a sound that fills its last frame.
    """

    if TYPE_CHECKING:
        hop: int
        sample_rate: int
        length: int | None
        lead: int
        fraction: float
        gain: float
        rate: float

        @property
        def frames(self) -> int: ...

    def check_placement(self) -> None:
        """Raise SdaError for a lead, a fraction, a gain or a rate that no sound can have."""
        if not 0 <= self.lead < self.hop:
            raise SdaError(f"The lead must lie in 0..{self.hop - 1} samples, within the first frame, not {self.lead}.")
        if not 0 <= self.fraction < 1:
            raise SdaError(f"The fraction of a sample must lie in 0..1, not {self.fraction:g}.")
        if not 0 < abs(self.gain) <= LARGEST_GAIN:
            raise SdaError(f"The gain must be a factor other than 0 within ±{LARGEST_GAIN:g}, not {self.gain:g}.")
        if not SLOWEST <= self.rate <= FASTEST:
            raise SdaError(f"The playback rate must lie in {SLOWEST:g}..{FASTEST:g}, not {self.rate:g}.")

    def check_length(self) -> None:
        """Raise SdaError unless the sound ends in its last frame, after the lead."""
        if not 0 <= self.unused < self.hop or self.natural_length < 1:
            raise SdaError(f"{self.frames} frames of {self.hop} samples can't hold a sound of {self.length}.")

    @property
    def placement(self) -> dict[str, Any]:
        """The values of `lead`, `fraction`, `gain` and `rate` that are not their defaults."""
        values = {name: getattr(self, name) for name in DEFAULTS}
        return {name: value for name, value in values.items() if value != DEFAULTS[name]}

    @property
    def timing(self) -> tuple[int | float, ...]:
        """What besides the frames' content decides which samples are played."""
        return self.frames, self.natural_length, *(getattr(self, name) for name in DEFAULTS)

    @property
    def beginning(self) -> float:
        """Position in the first frame, in samples at rate 1, at which the sound begins."""
        return self.lead + self.fraction

    @property
    def natural_length(self) -> int:
        """Number of samples at rate 1."""
        return self.frames * self.hop - self.lead if self.length is None else self.length

    @property
    def unused(self) -> int:
        """Number of samples of the last frame that the sound doesn't reach, at rate 1."""
        return self.frames * self.hop - self.lead - self.natural_length

    @property
    def samples(self) -> int:
        """Number of samples that the sound decodes to."""
        return math.ceil(self.natural_length / self.rate)

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return self.samples / self.sample_rate

    @property
    def frame_rate(self) -> float:
        """Frames per second."""
        return self.sample_rate / self.hop * self.rate

    @property
    def whole_frames(self) -> int:
        """Number of frames up to the last one that the sound fills to its end; at least one."""
        return max(1, (self.lead + self.natural_length) // self.hop)

    def sample_of(self, frame: int) -> int:
        """Return the sample at which a frame begins, within the sound.

        Args:
            frame: number of the frame; frames before and after the sound give its first and its last sample.

        Example:
            >>> codes.sample_of(2) == 2 * codes.hop - codes.lead
            True
        """
        return min(max(0, math.ceil((frame * self.hop - self.beginning) / self.rate)), self.samples)

    def seconds_of(self, frame: Number) -> Number:
        """Return the second at which a frame, or a part of one, begins; 0 for what the lead cuts off.

        Args:
            frame: number of the frame, or an array of numbers; it may have a fraction.

        Example:
            >>> round(codes.seconds_of(2), 3)
            0.043
        """
        seconds = (frame - self.beginning / self.hop) / self.frame_rate
        return np.maximum(seconds, 0.0) if isinstance(seconds, np.ndarray) else max(seconds, 0.0)

    def frame_of(self, seconds: float) -> float:
        """Return the frame that plays at a second; its fraction is the part of it that is over.

        Args:
            seconds: position in the sound in seconds.

        Example:
            >>> int(codes.frame_of(0.1))
            4
        """
        return seconds * self.frame_rate + self.beginning / self.hop


def placement_from_dict(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return lead, fraction, gain and rate of a dictionary whose numbers may be arrays, with defaults for missing ones.

    Raises ValueError or TypeError for values that are no numbers.
    """
    return {name: type(default)(table.get(name, default)) for name, default in DEFAULTS.items()}


def natural_length(samples: int, rate: float) -> int:
    """Return the number of samples at rate 1 of a sound that lasts `samples` samples when played at `rate`."""
    return max(1, math.floor(samples * rate))


def mixed_placement(one: Placement, other: Placement, share: float) -> dict[str, Any]:
    """Return gain and rate between those of two sounds; `share` 0..1 is the weight of the other one.

    Both are mixed as logarithms; the polarity is that of the first sound.
    """
    gain = abs(one.gain) ** (1 - share) * abs(other.gain) ** share if one.gain != other.gain else abs(one.gain)
    rate = one.rate ** (1 - share) * other.rate**share if one.rate != other.rate else one.rate
    return {"gain": math.copysign(gain, one.gain), "rate": rate}
