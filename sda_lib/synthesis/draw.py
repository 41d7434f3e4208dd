"""Draw: the random choices behind one procedural sound, with its sample rate and length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np

T = TypeVar("T")

# Highest frequency of any component as a share of the sample rate, so that nothing is mirrored at half of it.
HIGHEST = 0.475
# Samples [time] of a sound, float32.
Samples = np.ndarray


@dataclass(frozen=True)
class Draw:
    """Random choices of a sound of `length` samples at `rate` Hz.

    `parameters` draws what a sound is (pitch, decay, cutoff …), `details` its noise, phases and places of grains. Two
    takes of the same parameters with other details differ as the channels of a stereo sound do.
    """

    seed: tuple[int, ...]
    rate: int
    length: int
    take: int = 0

    @cached_property
    def parameters(self) -> np.random.Generator:
        return np.random.default_rng([*self.seed, 0])

    @cached_property
    def details(self) -> np.random.Generator:
        return np.random.default_rng([*self.seed, 1 + self.take])

    @property
    def seconds(self) -> float:
        return self.length / self.rate

    @property
    def highest(self) -> float:
        """Highest frequency of a component in Hz."""
        return HIGHEST * self.rate

    @cached_property
    def times(self) -> np.ndarray:
        """Seconds of every sample, float32 [time]."""
        return (np.arange(self.length) / self.rate).astype(np.float32)

    def samples(self, seconds: float) -> int:
        """Return a duration in samples, at least 1."""
        return max(1, round(seconds * self.rate))

    def between(self, low: float, high: float) -> float:
        """Draw a number, every value alike."""
        return float(self.parameters.uniform(low, high))

    def log_between(self, low: float, high: float) -> float:
        """Draw a positive number, every octave alike."""
        return float(np.exp(self.parameters.uniform(np.log(low), np.log(high))))

    def whole(self, low: int, high: int) -> int:
        """Draw a whole number from `low` to `high`, both included."""
        return int(self.parameters.integers(low, high + 1))

    def chance(self, probability: float) -> bool:
        """Draw whether something with this probability happens."""
        return bool(self.parameters.random() < probability)

    def choice(self, options: Sequence[T]) -> T:
        """Draw one of the options, each alike."""
        return options[self.whole(0, len(options) - 1)]

    def numbers(self, low: float, high: float, count: int) -> np.ndarray:
        """Draw several numbers, every value alike."""
        return self.parameters.uniform(low, high, count)

    def log_numbers(self, low: float, high: float, count: int) -> np.ndarray:
        """Draw several positive numbers, every octave alike."""
        return np.exp(self.parameters.uniform(np.log(low), np.log(high), count))

    def noise(self, length: int | None = None) -> Samples:
        """Draw white noise of standard deviation 1."""
        return self.details.standard_normal(self.length if length is None else length, dtype=np.float32)

    def part(self, length: int) -> Draw:
        """Draw the seed of a part of this sound, of another length."""
        return Draw((self.whole(0, 2**31 - 1),), self.rate, max(1, length), self.take)

    def again(self, take: int, length: int | None = None) -> Draw:
        """Return the draw of the same parameters from the beginning, with the details of another take."""
        return replace(self, take=take, length=self.length if length is None else max(1, length))
