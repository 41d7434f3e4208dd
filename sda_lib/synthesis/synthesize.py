"""Make procedural sounds: seeded, of any length and rate, without recordings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zlib import crc32

import numpy as np

from sda_lib.audio.clip import AudioClip
from sda_lib.synthesis.draw import Draw
from sda_lib.synthesis.families import FAMILIES
from sda_lib.synthesis.options import SynthesisOptions
from sda_lib.synthesis.recording import recorded

# Level in dB relative to the peak below which the end of a sound is cut off, and seconds of it that stay.
INAUDIBLE_DB, KEPT_SECONDS = -66.0, 0.05


def synthesize(
    count: int, seed: int = 0, families: Sequence[str] | None = None, sample_rate: int = 44100, stereo: bool = False,
    seconds: tuple[float, float] = (0.2, 4.0),
) -> Iterator[tuple[str, AudioClip]]:  # fmt: skip
    """Yield procedural sounds with the names of their families, each family once before any comes again.

    A sound depends on the seed and its number, not on the count. `seconds` are the shortest and longest; every octave
    of durations in between is as likely, and sounds that die away end when they are silent. Raises SdaError, at once,
    for an unknown family and values out of range.
    """
    return make_sounds(count, SynthesisOptions(seed, tuple(families or ()), sample_rate, stereo, *seconds))


def make_sounds(count: int, options: SynthesisOptions) -> Iterator[tuple[str, AudioClip]]:
    """Yield procedural sounds with the names of their families, as `synthesize` does."""
    return ((name, sound(options, name, number)) for number, name in enumerate(order(options, count)))


def order(options: SynthesisOptions, count: int) -> Iterator[str]:
    """Yield the family of every sound: all in random order, then all in another."""
    names = options.families or tuple(FAMILIES)
    for number in range(count):
        turn, place = divmod(number, len(names))
        yield names[np.random.default_rng([options.seed, turn, 1]).permutation(len(names))[place]]


def sound(options: SynthesisOptions, family: str, number: int) -> AudioClip:
    """Return the sound of this number, of a family."""
    seed = (options.seed, number, crc32(family.encode()))
    seconds = np.exp(np.random.default_rng(seed).uniform(np.log(options.shortest), np.log(options.longest)))
    rate, shortest = options.sample_rate, round(options.shortest * options.sample_rate)
    draw = Draw(seed, rate, max(1, round(seconds * rate)))
    samples = trimmed(recorded(draw, FAMILIES[family].make, options.stereo), shortest, rate)
    samples.setflags(write=False)
    return AudioClip(samples, options.sample_rate, f"{family}_{options.seed}_{number:03d}")


def trimmed(samples: np.ndarray, shortest: int, rate: int) -> np.ndarray:
    """Return a sound [channel, time] without the end that is silent, but for a moment, and not below a length."""
    peaks = np.abs(samples).max(0)
    audible = np.flatnonzero(peaks > peaks.max() * 10 ** (INAUDIBLE_DB / 20))
    end = audible[-1] + 1 + round(KEPT_SECONDS * rate) if len(audible) else 0
    return np.ascontiguousarray(samples[:, : max(end, shortest)])
