"""Compose codes from options: a new sound, or a given sound continued, partly regenerated, varied or morphed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from sda_lib.codec.codes import Codes
from sda_lib.controls.controls import measure
from sda_lib.errors import SdaError
from sda_lib.memory.decode import Span, magnitudes
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Latents
from sda_lib.writers import operations
from sda_lib.writers.duration import with_duration
from sda_lib.writers.loudness_contour import contour_error, measured_levels
from sda_lib.writers.registry import writer_of
from sda_lib.writers.request import Request

if TYPE_CHECKING:
    from sda_lib.writers.options import GenerateOptions

# Composes one candidate; the generator is the only source of randomness.
Composer = Callable[[np.random.Generator], Codes]
# Default number of candidates written for a sound with controls or a contour; the one nearest to the request is used.
CANDIDATES = 8
# Mean deviation in dB from a contour that weighs as much as missing a control by its whole range.
CONTOUR_DB = 10.0
# Seconds at the beginning of a candidate that are measured.
MEASURED_SECONDS = 30.0


def write(model: SdaModel, options: GenerateOptions, given: Codes | None = None, other: Codes | None = None) -> Codes:
    """Return the codes that the options describe.

    With `given` codes: a part of them regenerated (`regenerate`), all of them with some levels regenerated (`levels`),
    or continued by `seconds`. With the codes of an `other` sound as well: `seconds` that alternate between the two.
    Raises SdaError when the options are impossible for the model or the sounds.
    """
    options = with_duration(model, options, given, other)
    generator = np.random.default_rng(options.seed)
    compose = _act(model, options, given) if other is None else _morph(model, options, given, other)
    if options.controls or options.contour:
        codes = _best(model, options, compose, generator, 0 if given is None else given.samples // given.hop)
    else:
        codes = compose(generator)
    return model.moved(codes, options.sliders) if options.sliders else codes


def _best(
    model: SdaModel, options: GenerateOptions, compose: Composer, generator: np.random.Generator, first: int
) -> Codes:
    """Return the candidate nearest to the controls and the contour; candidates are new from frame `first` on."""
    for name in options.controls:
        if why := model.ranges.why_hidden(name):
            raise SdaError(why)
    candidates = [compose(generator) for _ in range(options.candidates or CANDIDATES)]
    return min(candidates, key=lambda codes: control_error(model, codes, options, first))


def control_error(model: SdaModel, codes: Codes, options: GenerateOptions, first: int = 0) -> float:
    """Return the deviation of the decoded codes from the requested controls and contour.

    The contour is compared from frame `first` on.
    """
    total = model.ranges.error(measured(model, codes), options.controls) if options.controls else 0.0
    if options.contour:
        step = model.codec.spectral.step
        power = decoded_magnitudes(model, codes)[:, first * (model.hop // step) :].square().sum(0).cpu().numpy()
        total += contour_error(measured_levels(power, model.sample_rate / step), options.contour) / CONTOUR_DB
    return total


def _act(model: SdaModel, options: GenerateOptions, given: Codes | None) -> Composer:
    """Return the composer of a new sound, a continuation, a regeneration or a variation. Raises SdaError."""
    writer, asked = writer_of(model, options.writer), request(model, options)
    if given is None:
        if options.regenerate or options.levels:
            raise SdaError("There is no sound to write anew; say which one with --from.")
        length = round(options.seconds * model.sample_rate)
        return lambda generator: replace(writer.write(asked, generator), length=length)
    if options.regenerate:
        first, end = frame_range(options.regenerate, given)
        return lambda generator: operations.regenerate(writer, given, first, end, asked, generator)
    if options.levels:
        return lambda generator: operations.vary(writer, given, asked, generator)
    length = max(1, given.samples // model.hop) * model.hop + round(options.seconds * model.sample_rate)
    return lambda generator: replace(operations.continue_sound(writer, given, asked, generator), length=length)


def _morph(model: SdaModel, options: GenerateOptions, a: Codes | None, b: Codes) -> Composer:
    """Return the composer of codes that alternate between two sounds. Raises SdaError."""
    if a is None or options.regenerate or options.levels:
        raise SdaError("Two whole sounds are needed to alternate between; give both, and nothing to write anew.")
    if options.contour:
        raise SdaError("What alternates between two sounds has their loudness; leave out the contour.")
    asked, length = request(model, options), round(options.seconds * model.sample_rate)
    return lambda generator: replace(operations.morph(model.codec, a, b, asked, generator), length=length)


def request(model: SdaModel, options: GenerateOptions) -> Request:
    """Return the writer's request for the options."""
    return Request(
        frames=max(1, -(-round(options.seconds * model.sample_rate) // model.hop)),
        novelty=options.novelty,
        temperature=options.temperature,
        top_k=options.top_k,
        top_p=options.top_p,
        level_temperatures=options.level_temperatures,
        controls=options.controls,
        contour=options.contour,
        levels=level_range(options.levels, model.levels),
    )


def level_range(levels: tuple[int, int | None] | None, count: int) -> tuple[int, int] | None:
    """Return a half-open range of the model's levels, where an open end means the last level.

    Raises SdaError when it is out of range.
    """
    if levels is None:
        return None
    first, end = levels[0], count if levels[1] is None else levels[1]
    if not 0 <= first < end <= count:
        raise SdaError(f"This model has levels 0 to {count - 1}; choose some of them.")
    return first, end


def frame_range(seconds: tuple[float, float], codes: Codes | Latents) -> tuple[int, int]:
    """Return the frames first..end that a range in seconds touches. Raises SdaError when it lies outside the sound."""
    first = int(np.floor(seconds[0] * codes.frame_rate + 1e-6))
    end = min(codes.frames, int(np.ceil(seconds[1] * codes.frame_rate - 1e-6)))
    if not 0 <= first < end:
        raise SdaError(
            f"{seconds[0]:g} to {seconds[1]:g} s is not a stretch of a sound of {codes.seconds:.2f} s; "
            "choose one inside it."
        )
    return first, end


@torch.no_grad()
def measured(model: SdaModel, codes: Codes) -> dict[str, float]:
    """Return the measure of each control for the decoded codes, from the decoder's magnitudes alone."""
    codes = codes.with_indices(codes.indices[:, : round(MEASURED_SECONDS * codes.frame_rate)])
    return measure(decoded_magnitudes(model, codes), model.codec.spectral)


@torch.no_grad()
def decoded_magnitudes(model: SdaModel, codes: Codes) -> Tensor:
    """Return the decoded magnitudes [bin, spectrum] of the mid signal."""
    latent = model.embed(codes)
    levels, noise = magnitudes(model.codec, latent, Span(0, len(latent)))
    return 10 ** (levels + noise)[0]
