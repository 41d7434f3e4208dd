"""Durations: what `auto` comes to for one sound.

A new sound, and what a sound is gone on with, is as long as one of the model's recordings, drawn by the sound's seed
(model/durations.py says what counts of a recording). What alternates between two sounds is as long as both are on
average. A sound that is written anew in part keeps its length.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sda_lib.model.durations import TEXTURE_SECONDS
from sda_lib.model.model import SdaModel
from sda_lib.writers.options import AUTO, LONGEST, SHORTEST, GenerateOptions, Sound

IN_TIME = ("density", "pulse")
"""Controls that say what happens within some seconds; a sound that is asked for them has TEXTURE_SECONDS at least."""
DRAW = 0x5EC0
"""Stands beside the seed, so that a drawn duration changes nothing else that the seed decides."""


def settled(
    model: SdaModel, options: GenerateOptions, given: Sound | None = None, other: Sound | None = None
) -> GenerateOptions:
    """The options with a number of seconds; such as have one already are left as they are."""
    if options.seconds != AUTO:
        return options
    if given is not None and other is not None:
        return as_long_as(options, given, other)
    if given is not None and (options.regenerate or options.levels):
        return as_long_as(options, given)
    return replace(options, seconds=_bounded(_drawn(model, options)))


def as_long_as(options: GenerateOptions, *sounds: Sound) -> GenerateOptions:
    """The options with the mean length of sounds in the place of `auto`."""
    if options.seconds != AUTO:
        return options
    return replace(options, seconds=_bounded(float(np.mean([sound.seconds for sound in sounds]))))


def _drawn(model: SdaModel, options: GenerateOptions) -> float:
    seconds = float(np.random.default_rng([DRAW, options.seed]).choice(model.durations))
    return max(seconds, TEXTURE_SECONDS) if any(name in options.controls for name in IN_TIME) else seconds


def _bounded(seconds: float) -> float:
    """In whole milliseconds, so that it can be read and typed again."""
    return min(max(round(seconds, 3), SHORTEST), LONGEST)
