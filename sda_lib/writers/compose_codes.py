"""Compose codes from options: a new sound, or a given sound continued, partly regenerated, varied or morphed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from sda_lib.codec.codes import Codes
from sda_lib.codec.placement import FASTEST, SLOWEST, mixed_placement, natural_length
from sda_lib.codec.varispeed import rate_of
from sda_lib.controls.controls import measure
from sda_lib.errors import SdaError
from sda_lib.memory.decode import Span, magnitudes
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Latents
from sda_lib.writers import operations
from sda_lib.writers.auto_duration import first_recording, with_duration
from sda_lib.writers.choice import choice_of, kept_near, leaning, writing_model
from sda_lib.writers.loudness_contour import contour_error, measured_levels
from sda_lib.writers.options import GenerateOptions, check_whole
from sda_lib.writers.registry import composer_of
from sda_lib.writers.request import Request, Writer
from sda_lib.writers.slider_curves import slider_steps
from sda_lib.writers.take import Sound
from sda_lib.writers.varispeed import with_varispeed

# Composes one candidate; the generator is the only source of randomness.
Composer = Callable[[np.random.Generator], Codes]
Composed = TypeVar("Composed", Codes, Latents)
# Default number of candidates written for a sound with controls or a contour; the one nearest to the request is used.
CANDIDATES = 8
# Mean deviation in dB from a contour that weighs as much as missing a control by its whole range.
CONTOUR_DB = 10.0
# Message for a part to regenerate without a sound.
NOTHING_GIVEN = "There is no sound to regenerate; choose one with --from."
# Seconds at the beginning of a candidate that are measured.
MEASURED_SECONDS = 30.0


def compose_codes(
    model: SdaModel, options: GenerateOptions, given: Codes | None = None, other: Codes | None = None
) -> Codes:
    """Return the codes that the options describe.

    With `given` codes: a part of them regenerated (`regenerate`), all of them with some levels regenerated (`levels`),
    or continued by `seconds`. With the codes of an `other` sound as well: `seconds` that alternate between the two.
    Raises SdaError when the options are impossible for the model or the sounds.
    """
    check_whole(options)
    options = with_duration(model, with_varispeed(options, given, other), given, other)
    generator = np.random.default_rng(options.seed)
    compose, writing = _composer(model, options, given, other), writing_model(model, options)
    if options.controls or options.contour:
        first = 0 if given is None else given.whole_frames
        codes = best_candidate(writing, options, compose, generator, first)
    else:
        codes = compose(generator)
    codes = kept_near(model, options, codes, new_frames(options, given))
    steps = slider_steps(options.sliders, options.curves, codes)
    return model.moved(codes, steps) if steps else codes


def best_candidate(
    model: SdaModel,
    options: GenerateOptions,
    compose: Callable[[np.random.Generator], Composed],
    generator: np.random.Generator,
    first: int,
) -> Composed:
    """Return the candidate nearest to the controls and the contour; candidates are new from frame `first` on."""
    for name in options.controls:
        if why := model.ranges.why_hidden(name):
            raise SdaError(why)
    candidates = [compose(generator) for _ in range(options.candidates or CANDIDATES)]
    return min(candidates, key=lambda sound: control_error(model, sound, options, first))


def control_error(model: SdaModel, sound: Sound, options: GenerateOptions, first: int = 0) -> float:
    """Return the deviation of the decoded codes or latents from the requested controls and contour.

    The contour is compared from frame `first` on.
    """
    total = model.ranges.error(measure_controls(model, sound), options.controls) if options.controls else 0.0
    if options.contour:
        step = model.codec.spectral.step
        power = decoded_magnitudes(model, sound)[:, first * (model.hop // step) :].square().sum(0).cpu().numpy()
        total += (
            contour_error(measured_levels(power, sound.rate * model.sample_rate / step), options.contour) / CONTOUR_DB
        )
    return total


def _composer(model: SdaModel, options: GenerateOptions, given: Codes | None, other: Codes | None) -> Composer:
    """Return the composer of a new, continued, regenerated, varied or morphed sound. Raises SdaError."""
    rate = _rate(options, given, other)
    request, length = request_of(model, options, rate), length_of(model, options, rate)
    if other is not None:
        if given is None or options.regenerate or options.levels:
            raise SdaError("Two whole sounds are needed to alternate between; give both, and no part to regenerate.")
        if options.contour:
            raise SdaError("A sound that alternates between two has their loudness; leave out the contour.")
        if options.recordings:
            raise SdaError("A sound that alternates between two is made of these; leave out the recordings.")
        morph = partial(operations.morph, model.codec, given, other, request)
        return lambda generator: replace(morph(generator), length=length, rate=rate)
    choice, writing = choice_of(model, options), writing_model(model, options)
    return composer_with(leaning(composer_of(writing, options.writer), choice), writing, options, given)


def composer_with(
    writer: Writer, model: SdaModel, options: GenerateOptions, given: Codes | None
) -> Callable[[np.random.Generator], Codes]:
    """Return the composer of a new, continued, regenerated or varied sound with a writer. Raises SdaError."""
    rate = _rate(options, given, None)
    request, length = request_of(model, options, rate), length_of(model, options, rate)
    if given is None:
        if options.regenerate or options.levels:
            raise SdaError(NOTHING_GIVEN)
        return lambda generator: replace(writer.write(request, generator), length=length, rate=rate)
    if options.regenerate:
        first, end = frame_range(options.regenerate, given)
        return lambda generator: writer.fill(given, first, end, request, generator)
    if options.levels:
        return lambda generator: operations.vary(writer, given, request, generator)
    length += given.whole_frames * model.hop - given.lead
    return lambda generator: replace(operations.continue_sound(writer, given, request, generator), length=length)


def new_frames(options: GenerateOptions, given: Codes | Latents | None) -> slice:
    """Return the frames of a composed sound that are new."""
    if given is not None and options.regenerate:
        return slice(*frame_range(options.regenerate, given))
    return slice(0 if given is None else given.whole_frames, None)


def _rate(options: GenerateOptions, given: Codes | None, other: Codes | None) -> float:
    """Return the playback rate of the sound that the options describe."""
    if given is None:
        return rate_of(options.varispeed)
    if other is None:
        return given.rate
    both = float(mixed_placement(given, other, 0.5)["rate"]) * rate_of(options.varispeed)
    return min(max(both, SLOWEST), FASTEST)


def length_of(model: SdaModel, options: GenerateOptions, rate: float = 1.0) -> int:
    """Return the number of samples at rate 1 of a new sound that is played at `rate`."""
    return natural_length(round(float(options.seconds) * model.sample_rate), rate)


def request_of(model: SdaModel, options: GenerateOptions, rate: float = 1.0) -> Request:
    """Return the writer's request for the options, for a sound that is played at `rate`."""
    names = ("novelty", "temperature", "top_k", "top_p", "level_temperatures", "controls", "contour")
    length = length_of(model, options, rate)
    frames = -(-length // model.hop)
    levels = options.levels and (options.levels[0], model.levels if options.levels[1] is None else options.levels[1])
    given = {name: getattr(options, name) for name in names}
    last = length / model.hop - (frames - 1)
    return Request(frames, levels=levels, recording=first_recording(model, options), last=last, **given)


def frame_range(seconds: tuple[float, float], codes: Codes | Latents) -> tuple[int, int]:
    """Return the frames first..end that a range in seconds touches. Raises SdaError when it lies outside the sound."""
    first = int(np.floor(codes.frame_of(seconds[0]) + 1e-6))
    end = min(codes.frames, int(np.ceil(codes.frame_of(seconds[1]) - 1e-6)))
    if not 0 <= first < end:
        raise SdaError(f"{seconds[0]:g} to {seconds[1]:g} s is not within a sound of {codes.seconds:.2f} s.")
    return first, end


@torch.no_grad()
def measure_controls(model: SdaModel, sound: Sound) -> dict[str, float]:
    """Return the measure of each control for decoded codes or latents, from the decoder's magnitudes alone."""
    frames = round(MEASURED_SECONDS * sound.frame_rate)
    return measure(decoded_magnitudes(model, sound, frames), model.codec.spectral)


@torch.no_grad()
def decoded_magnitudes(model: SdaModel, sound: Sound, frames: int | None = None) -> Tensor:
    """Return the decoded magnitudes [bin, spectrum] of the mid signal, of all or of the first frames."""
    latent = (sound.values if isinstance(sound, Latents) else model.embed(sound))[:frames]
    levels, noise = magnitudes(model.codec, latent, Span(0, len(latent)))
    return 10 ** (levels + noise)[0]
