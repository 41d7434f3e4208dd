"""Measure how one sound responds to the sliders of a model.

Features are measured on the decoder's magnitudes, for which no phase is needed; gestures need full synthesis.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from sda_lib.analysis.features import Spectra, feature_mean
from sda_lib.analysis.onsets import ONSET_FEATURES, onset_times
from sda_lib.codec.stft import power_of_ten
from sda_lib.codec.transients import rms_level
from sda_lib.directions.directions import STEPS, Directions, Response, SliderSet
from sda_lib.directions.gestures import LOUDNESS, expand_gestures
from sda_lib.memory.decode import Span, magnitudes
from sda_lib.model.model import SdaModel

# Samples between measured spectra, as in `Spectra.of`.
SPACING = 512
# Gestures need full synthesis, so they are tried at fewer steps.
GESTURE_STEPS = STEPS[::2]
# Maximum seconds of a sound that are tried: from its middle for features, from its beginning for gestures.
MAX_SECONDS = 4.0

# Called before each step that is tried, to pause or, by raising, to stop.
Pause = Callable[[], None]


def no_pause() -> None:
    """Do nothing between steps."""


def moved_latent(
    model: SdaModel, directions: Directions, latent: Tensor, steps: Mapping[str, float | np.ndarray], quantized: bool
) -> Tensor:
    """Return latents [frame, dim] moved by `steps`, quantized if requested and the model is discrete."""
    moved = latent + torch.from_numpy(directions.shift(steps, latent.cpu().numpy())).to(latent)
    return model.codec.quantize(moved[None]).latent[0] if quantized and model.discrete else moved


@torch.no_grad()
def decoded_spectra(model: SdaModel, latent: Tensor) -> Spectra:
    """Return the spectra of latents [frame, dim], decoded without recordings."""
    codec = model.codec
    log_magnitudes, noise = magnitudes(codec, latent, Span(0, len(latent)))
    sizes = power_of_ten(log_magnitudes + noise)
    sizes = sizes * power_of_ten(-codec.excess(rms_level(sizes)))
    rows = sizes[..., :: max(1, SPACING // codec.config.step)] * (2 / codec.spectral.window.sum())
    return Spectra(rows.square().sum(0).cpu().numpy(), model.sample_rate)  # mid and side


@torch.no_grad()
def responses(
    model: SdaModel,
    directions: Directions,
    latent: Tensor,
    name: str,
    features: Sequence[str] = (),
    quantized: bool = True,
    pause: Pause = no_pause,
) -> dict[str, Response]:
    """Return features of a sound at each of STEPS along a slider, at the level of the unmoved sound.

    Only loudness is measured as loud as the slider makes the sound.

    Args:
        model: the model that decodes the sound.
        directions: directions among which the slider is.
        latent: the sound, as latents [frame, dim].
        name: the slider.
        features: names in FEATURES of what is measured; by default the slider's own.
        quantized: whether moved latents are quantized to codes, if the model has any.
        pause: called before each step; may raise.
    """
    found = features_along(model, directions, latent, name, STEPS, features or (name,), quantized, pause)
    return {feature: Response(tuple(values)) for feature, values in found.items()}


@torch.no_grad()
def features_along(
    model: SdaModel,
    directions: Directions,
    latent: Tensor,
    name: str,
    steps: Sequence[float],
    features: Sequence[str],
    quantized: bool = True,
    pause: Pause = no_pause,
) -> dict[str, list[float]]:
    """Return features of a sound as `responses` does, at some `steps` along a slider; 0 must be among them."""
    most = round(MAX_SECONDS * model.frame_rate)
    first = max(0, (len(latent) - most) // 2)
    part = latent[first : first + most]
    spectra = []
    for step in steps:
        pause()
        spectra.append(decoded_spectra(model, moved_latent(model, directions, part, {name: step}, quantized)))
    level = spectra[list(steps).index(0)].total.sum()
    held = [one.scaled(math.sqrt(level / one.total.sum())) for one in spectra]
    played = {feature: spectra if feature == LOUDNESS else held for feature in features}
    return {feature: [feature_mean(one, feature) for one in sounds] for feature, sounds in played.items()}


@torch.no_grad()
def gesture_latent(
    model: SdaModel, sliders: SliderSet, latent: Tensor, steps: Mapping[str, float], quantized: bool = True
) -> Tensor:
    """Return latents [frame, dim] moved along gestures, including hidden ones."""
    level = model.codec.texture.level(latent).cpu().numpy()
    expanded = expand_gestures(steps, level, model.frame_rate, sliders.card(LOUDNESS).slope)
    return moved_latent(model, sliders.directions, latent, expanded, quantized)


def gesture_response(
    model: SdaModel, sliders: SliderSet, latent: Tensor, name: str, quantized: bool = True, pause: Pause = no_pause
) -> Response:
    """Return a gesture's feature at each of STEPS, measured at the sound's onsets after full synthesis; a constant
    response if it can't be measured. `pause` is called before each step and may raise."""
    part, at, values = latent[: round(MAX_SECONDS * model.frame_rate)], None, {}
    for step in sorted(GESTURE_STEPS, key=abs):  # step 0 comes first; its onsets are used for all steps
        pause()
        clip = model.synth(gesture_latent(model, sliders, part, {name: step}, quantized))
        at = onset_times(clip) if at is None else at
        values[step] = ONSET_FEATURES[name].measure(clip, at)
    found = [values[step] for step in GESTURE_STEPS]
    if not np.isfinite(found).all():
        return Response((0.0,) * len(STEPS))
    return Response(tuple(np.interp(STEPS, GESTURE_STEPS, found).tolist()))
