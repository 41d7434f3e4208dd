"""Dither: noise that is added before rounding to few bits, so that rounding is not audible as distortion."""

from __future__ import annotations

import numpy as np


class Dither:
    """Noise of triangular density, up to `step` either way, for one block of a sound after another.

    A block takes two uniform numbers a sample from one sequence, first one for each sample [channel, time], then the
    others; its noise is therefore the same however it is divided into parts.
    """

    def __init__(self, channels: int, step: float, seed: int = 0) -> None:
        self._channels, self._step, self._seed, self._drawn = channels, step, seed, 0

    def of_block(self, length: int) -> BlockDither:
        """Return the noise of the next block of `length` samples."""
        starts = self._drawn + length * np.arange(2 * self._channels)
        self._drawn += 2 * self._channels * length
        return BlockDither([_from(self._seed, int(start)) for start in starts], self._step)


class BlockDither:
    """The noise of one block, from generators of either number of each channel."""

    def __init__(self, generators: list[np.random.Generator], step: float) -> None:
        self._generators, self._step = generators, step

    def next(self, length: int) -> np.ndarray:
        """Return the noise of the next samples, float64 [channel, time]."""
        drawn = np.stack([one.random(length) for one in self._generators])
        plus, minus = np.split(drawn, 2)
        return (plus - minus) * self._step


def _from(seed: int, number: int) -> np.random.Generator:
    """Return NumPy's default generator, from a number of its sequence on."""
    generator = np.random.PCG64(seed)
    generator.advance(number)
    return np.random.Generator(generator)
