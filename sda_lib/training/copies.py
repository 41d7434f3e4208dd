"""Copies of sounds at other pitches, which teach a codec what its corpus sounds like between its own notes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import soxr

from sda_lib.audio.clip import RESAMPLER
from sda_lib.codec.varispeed import rate_of
from sda_lib.training.segments import CorpusSound


def shifted_copies(sounds: Sequence[CorpusSound], semitones: float) -> tuple[CorpusSound, ...]:
    """Return a copy of every sound that is `semitones` higher, then one of each that much lower; none for 0.

    Copies are resampled, so that higher ones are shorter, and keep their sound's name.
    """
    if not semitones:
        return ()
    return tuple(_at_rate(sound, rate_of(shift)) for shift in (semitones, -semitones) for sound in sounds)


def _at_rate(sound: CorpusSound, rate: float) -> CorpusSound:
    """Return a sound played `rate` times as fast."""
    frames = soxr.resample(sound.pcm.T, rate * sound.sample_rate, sound.sample_rate, quality=RESAMPLER)
    return dataclasses.replace(sound, pcm=np.ascontiguousarray(frames.T), peaks=None)
