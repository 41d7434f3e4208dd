"""Durations: resolve `auto` to seconds for one sound.

A new sound, or a continuation, is as long as one of the model's recordings, drawn with the sound's seed
(model/durations.py defines the length of a recording). A new sound begins with that recording, also where the length is
given: so every recording may begin a sound of any length, and the drawn length gives the same sound again. A sound that
alternates between two has their mean length. A partly regenerated sound keeps its length. Where recordings are chosen
(choice.py), one of these is drawn.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sda_lib.model.durations import USUAL_SECONDS
from sda_lib.model.model import SdaModel
from sda_lib.writers.choice import choice_of, writing_model
from sda_lib.writers.options import AUTO, MAX_SECONDS, MIN_SECONDS, GenerateOptions
from sda_lib.writers.take import Sound

# Controls that need some seconds to take effect; a sound that uses one lasts USUAL_SECONDS at least.
IN_TIME = ("density", "pulse")
# Combined with the seed, so that drawing a duration changes nothing else that the seed decides.
DRAW = 0x5EC0


def with_duration(
    model: SdaModel, options: GenerateOptions, given: Sound | None = None, other: Sound | None = None
) -> GenerateOptions:
    """Return the options with `auto` resolved to a number of seconds; options with a number are unchanged."""
    if given is not None and (other is not None or options.regenerate or options.levels):
        return with_duration_of(options, *(sound for sound in (given, other) if sound is not None))
    if options.seconds != AUTO:
        return options
    lengths = writing_model(model, options).durations
    seconds = float(lengths[_drawn(model, options, len(lengths))])
    if any(name in options.controls for name in IN_TIME):
        seconds = max(seconds, USUAL_SECONDS)
    return replace(options, seconds=_bounded(seconds))


def as_drawn(model: SdaModel, options: GenerateOptions) -> GenerateOptions:
    """Return the options with `auto` seconds where these are what `auto` gives, so that other seeds draw their own."""
    auto = replace(options, seconds=AUTO)
    return auto if with_duration(model, auto).seconds == options.seconds else options


def first_recording(model: SdaModel, options: GenerateOptions) -> int | None:
    """Return the number of the recording that a new sound begins with: the one whose duration `auto` draws.

    It is one of the model that writes (`choice.writing_model`), or None, for any, without recordings and where controls
    or a contour choose it.
    """
    parts = writing_model(model, options).parts
    if parts is None or not len(parts) or options.controls or options.contour:
        return None
    return int(parts.sounding[_drawn(model, options, len(parts.sounding))])


def _drawn(model: SdaModel, options: GenerateOptions, count: int) -> int:
    """Draw one of `count` recordings that sound, those that are not chosen less often."""
    generator, choice = np.random.default_rng([DRAW, options.seed]), choice_of(model, options)
    if choice is None or choice.is_strict or choice.model.parts is None:
        return int(generator.integers(count))
    share = choice.share[choice.model.parts.sounding]
    return int(generator.choice(count, p=share / share.sum()))


def with_duration_of(options: GenerateOptions, *sounds: Sound) -> GenerateOptions:
    """Return the options with `auto` replaced by the mean length of the sounds."""
    if options.seconds != AUTO:
        return options
    return replace(options, seconds=_bounded(float(np.mean([sound.seconds for sound in sounds]))))


def _bounded(seconds: float) -> float:
    """Return seconds between MIN_SECONDS and MAX_SECONDS in whole milliseconds, so that they can be read and typed."""
    return min(max(round(seconds, 3), MIN_SECONDS), MAX_SECONDS)
