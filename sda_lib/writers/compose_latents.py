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
from sda_lib.writers.choice import choice_of, kept_near_latents, leaning, writing_model
from sda_lib.writers.compose_codes import (
    NOTHING_GIVEN,
    best_candidate,
    composer_with,
    frame_range,
    length_of,
    new_frames,
)
from sda_lib.writers.grain_codec import GrainCodec
from sda_lib.writers.novelty import noise_amount, noise_scale, smooth_noise
from sda_lib.writers.options import GenerateOptions, check_whole
from sda_lib.writers.registry import grain_writer_of
from sda_lib.writers.slider_curves import slider_steps
from sda_lib.writers.varispeed import with_varispeed

# The writers of models without codes.
WALK, GAUSSIAN = LATENT_WRITERS = "walk", "gaussian"
# Novelty from which on a walk's runs are the shortest.
SHORTEST_RUNS = 0.5
# Temperature at which sounds vary as much as the recordings do.
AS_FITTED = 0.5
# Maximum number of sounds drawn to find one as loud as the recordings.
TRIES = 16


def compose_latents(model: SdaModel, options: GenerateOptions, given: Latents | None = None) -> Latents:
    """Return the latents that the options describe, moved by the sliders.

    That is a new sound, or a `given` one with a part regenerated (`regenerate`) or continued by `seconds`. The writer
    `walk`, the default with recordings, takes all options of a walk over codes but those of levels. For the writer
    `gaussian`, temperature scales the standard deviation, and novelty, top-k and top-p have no effect, as the process
    makes no jumps. Raises SdaError when the model cannot write or an option needs codes.
    """
    if options.levels or options.level_temperatures:
        raise SdaError(model.why_no_codes)
    if options.writer not in ("", *LATENT_WRITERS):
        raise SdaError(f"There is no writer {options.writer!r} of latents; there are {', '.join(LATENT_WRITERS)}.")
    if options.regenerate and given is None:
        raise SdaError(NOTHING_GIVEN)
    check_whole(options)
    options = with_duration(model, with_varispeed(options, given), given)
    walks = options.writer == WALK or (not options.writer and model.memory is not None)
    composed = _walked(model, options, given) if walks else _drawn(model, options, given)
    steps = slider_steps(options.sliders, options.curves, composed)
    return model.moved_latents(composed, steps) if steps else composed


def _walked(model: SdaModel, options: GenerateOptions, given: Latents | None) -> Latents:
    """Return the latents of a walk through the recordings, whose grains serve as codes."""
    whole, model = model, writing_model(model, options)
    writer, generator = grain_writer_of(model), np.random.default_rng(options.seed)
    writer = leaning(writer, choice_of(whole, options))
    assert model.memory is not None  # grain_writer_of checks it
    space = GrainCodec.of(model.memory)
    # A walk with shorter runs; what novelty adds to those is noise on the latents.
    runs = replace(options, novelty=min(options.novelty, SHORTEST_RUNS))
    compose = composer_with(writer, model, runs, None if given is None else space.codes_of(given))
    scale = noise_scale(space.bottleneck.codebooks[0].cpu().numpy(), model.memory.grain_recording.cpu().numpy())
    kept, new = 0 if given is None else given.whole_frames, new_frames(options, given)
    first, end = frame_range(options.regenerate, given) if given and options.regenerate else (kept, None)

    def candidate(generator: np.random.Generator) -> Latents:
        codes = compose(generator)
        values = space.latents_of(codes.indices[:, first:end])
        noise = smooth_noise(len(values), values.shape[1], generator) * scale
        values = values + torch.from_numpy(noise_amount(options.novelty) * noise).to(values)
        if given is not None:
            after = given.values[end:] if end else given.values[:0]
            values = torch.cat([given.values[:first], values.to(given.values), after])
        return model.latents(values, codes.natural_length, codes)

    if options.controls or options.contour:
        return kept_near_latents(whole, options, best_candidate(model, options, candidate, generator, first), new)
    return kept_near_latents(whole, options, candidate(generator), new)


def _drawn(model: SdaModel, options: GenerateOptions, given: Latents | None) -> Latents:
    """Return latents drawn from the model's Gaussian process. Raises SdaError where it has none."""
    if options.recordings:
        raise SdaError(f"The writer {GAUSSIAN} does not choose recordings; use {WALK}, or leave them out.")
    if model.gaussian is None:
        raise SdaError(model.why_no_writing)
    if options.controls or options.contour:
        raise SdaError(model.why_no_controls or f"The writer {GAUSSIAN} has no controls and no contour; use {WALK}.")
    return _composed(model, model.gaussian, options, given)


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
