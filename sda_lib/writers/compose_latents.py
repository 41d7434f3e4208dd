"""Compose latents from options: the counterpart of compose_codes.py for models without codes."""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter

import numpy as np
import torch
from torch import Tensor

from sda_lib.codec.varispeed import rate_of
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Gaussian, Latents, decoded_level
from sda_lib.writers.auto_duration import with_duration
from sda_lib.writers.compose_codes import NOTHING_GIVEN, frame_range, length_of
from sda_lib.writers.options import GenerateOptions
from sda_lib.writers.varispeed import with_varispeed

# Temperature at which sounds vary as much as the recordings do.
AS_FITTED = 0.5
# Maximum number of sounds drawn to find one as loud as the recordings.
TRIES = 16


def compose_latents(model: SdaModel, options: GenerateOptions, given: Latents | None = None) -> Latents:
    """Return the latents that the options describe, moved by the sliders.

    That is a new sound, or a `given` one with a part regenerated (`regenerate`) or continued by `seconds`. Temperature
    scales the Gaussian's standard deviation; novelty, top-k and top-p have no effect, as the process makes no jumps.
    Raises SdaError when the model cannot write or an option needs codes.
    """
    if model.gaussian is None:
        raise SdaError(model.why_no_writing)
    if options.writer or options.controls or options.contour or options.levels or options.level_temperatures:
        raise SdaError(model.why_no_controls)
    if options.regenerate and given is None:
        raise SdaError(NOTHING_GIVEN)
    options = with_duration(model, with_varispeed(options, given), given)
    composed = _composed(model, model.gaussian, options, given)
    if not options.sliders:
        return composed
    return replace(composed, values=model.moved_latent(composed.values, options.sliders))


def _composed(model: SdaModel, gaussian: Gaussian, options: GenerateOptions, given: Latents | None) -> Latents:
    """Return the latents before the sliders act.

    A continuation replaces a last frame that the given sound only partly fills.
    """
    generator, spread = np.random.default_rng(options.seed), options.temperature / AS_FITTED
    if given is not None and options.regenerate:
        first, end = frame_range(options.regenerate, given)
        return replace(given, values=gaussian.fill(given.values, first, end, spread, generator))
    rate = rate_of(options.varispeed) if given is None else given.rate
    length = length_of(model, options, rate)
    frames = max(1, -(-length // model.hop))
    if given is None:
        return replace(model.latents(_new(model, gaussian, frames, spread, generator), length), rate=rate)
    before = given.values[: given.whole_frames]
    after = gaussian.write(frames, spread, generator, before).to(before)
    return model.latents(torch.cat([before, after]), len(before) * model.hop - given.lead + length, given)


def _new(model: SdaModel, gaussian: Gaussian, frames: int, spread: float, generator: np.random.Generator) -> Tensor:
    """Return the first of up to TRIES sounds that begins as loud as recordings do, or else the nearest to that.

    Where loudness varies slowly, as in recordings that fade, many short parts of the process are nearly silent.
    """
    tried: list[tuple[float, Tensor]] = []
    while len(tried) < TRIES and not (tried and tried[-1][0] == 0):
        values = gaussian.write(frames, spread, generator)
        tried.append((gaussian.level_excess(decoded_level(model.codec, values)), values))
    return min(tried, key=itemgetter(0))[1]
