"""Varispeed of new sounds: draw the semitones that the options leave open."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sda_lib.errors import SdaError
from sda_lib.writers.options import MOST_SEMITONES, GenerateOptions
from sda_lib.writers.take import Sound

# Combined with the seed, so that drawing a rate changes nothing else that the seed decides.
DRAW = 0x5EED


def with_varispeed(options: GenerateOptions, given: Sound | None = None, other: Sound | None = None) -> GenerateOptions:
    """Return the options with `varispeed_spread` drawn: `varispeed` is a number of semitones to be made again.

    Raises SdaError for a varispeed with one `given` sound, which keeps its own.
    """
    if given is not None and other is None and (options.varispeed or options.varispeed_spread):
        raise SdaError(
            "A sound that is continued or regenerated keeps its playback rate; leave out the varispeed, or change it "
            "with the edit `varispeed`."
        )
    if not options.varispeed_spread:
        return options
    drawn = np.random.default_rng([DRAW, options.seed]).uniform(-1, 1) * options.varispeed_spread
    semitones = float(np.clip(round(options.varispeed + drawn, 2), -MOST_SEMITONES, MOST_SEMITONES))
    return replace(options, varispeed=semitones, varispeed_spread=0.0)
