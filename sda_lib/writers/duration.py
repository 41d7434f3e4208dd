"""Durations: resolve `auto` to seconds for one sound.

A new sound, or a continuation, is as long as one of the model's recordings, drawn with the sound's seed
(model/durations.py defines the length of a recording). A sound that alternates between two has their mean length. A
partly regenerated sound keeps its length.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sda_lib.model.durations import TEXTURE_SECONDS
from sda_lib.model.model import SdaModel
from sda_lib.writers.options import AUTO, MAX_SECONDS, MIN_SECONDS, GenerateOptions
from sda_lib.writers.take import Sound

# Controls that need some seconds to take effect; a sound that uses one lasts TEXTURE_SECONDS at least.
IN_TIME = ("density", "pulse")
# Combined with the seed, so that drawing a duration changes nothing else that the seed decides.
DRAW = 0x5EC0


def with_duration(
    model: SdaModel, options: GenerateOptions, given: Sound | None = None, other: Sound | None = None
) -> GenerateOptions:
    """Return the options with `auto` resolved to a number of seconds; options with a number are unchanged."""
    if options.seconds != AUTO:
        return options
    if given is not None and other is not None:
        return with_duration_of(options, given, other)
    if given is not None and (options.regenerate or options.levels):
        return with_duration_of(options, given)
    return replace(options, seconds=_bounded(_drawn(model, options)))


def with_duration_of(options: GenerateOptions, *sounds: Sound) -> GenerateOptions:
    """Return the options with `auto` replaced by the mean length of the sounds."""
    if options.seconds != AUTO:
        return options
    return replace(options, seconds=_bounded(float(np.mean([sound.seconds for sound in sounds]))))


def _drawn(model: SdaModel, options: GenerateOptions) -> float:
    """Return the seconds of a recording drawn by the seed, at least TEXTURE_SECONDS with a control of IN_TIME."""
    seconds = float(np.random.default_rng([DRAW, options.seed]).choice(model.durations))
    return max(seconds, TEXTURE_SECONDS) if any(name in options.controls for name in IN_TIME) else seconds


def _bounded(seconds: float) -> float:
    """Return seconds between SHORTEST and LONGEST in whole milliseconds, so that they can be read and typed again."""
    return min(max(round(seconds, 3), MIN_SECONDS), MAX_SECONDS)
