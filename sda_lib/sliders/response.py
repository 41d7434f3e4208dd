"""Responses of one sound to the sliders of a model, measured on the decoder's magnitudes, for which no phase is
needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import scipy
import torch
from torch import Tensor

from sda_lib.analysis.features import Spectra, mean
from sda_lib.analysis.onsets import ONSET_FEATURES, onset_times
from sda_lib.audio.clip import AudioClip
from sda_lib.codec.transients import rms_level
from sda_lib.directions.directions import MIN_CHANGE, STEPS, Directions, Response, SliderSet
from sda_lib.directions.gestures import LOUDNESS, expand_gestures
from sda_lib.memory.decode import Span, magnitudes
from sda_lib.model.model import SdaModel

# Samples between measured spectra, as in `Spectra.of`.
SPACING = 512
# Gestures need full synthesis, so they are tried at fewer steps.
GESTURE_STEPS = STEPS[::2]
# Maximum seconds of a sound that are tried: from its middle for features, from its beginning for gestures.
LONGEST = 4.0

# Minimum reach in steps for a sound to count as following a slider.
SHORTEST_REACH = 1.0


def no_pause() -> None:
    """Do nothing between steps."""


def followed_range(way: Response) -> tuple[float, float]:
    """Return the range of steps over which a sound follows its slider."""
    return way.reach(MIN_CHANGE * (max(way.values) - min(way.values)))


def is_offered(way: Response) -> bool:
    """Return whether a sound follows a slider over at least SHORTEST_REACH steps."""
    low, high = followed_range(way)
    return high - low >= SHORTEST_REACH


def rank_correlation(asked: Sequence[float], came: Sequence[float]) -> float:
    """Return Spearman's rank correlation, 0 when `came` is constant."""
    return float(scipy.stats.spearmanr(asked, came).statistic) if np.ptp(came) > 0 else 0.0


def moved_latent(
    model: SdaModel, directions: Directions, latent: Tensor, steps: Mapping[str, float | np.ndarray], quantized: bool
) -> Tensor:
    """Return latents [frame, dim] moved by `steps`, quantized if requested and the model is discrete."""
    there = latent + torch.from_numpy(directions.shift(steps, len(latent))).to(latent)
    return model.codec.quantize(there[None]).latent[0] if quantized and model.discrete else there


@torch.no_grad()
def decoded_spectra(model: SdaModel, latent: Tensor) -> Spectra:
    """Return the spectra of latents [frame, dim], decoded without recordings."""
    codec = model.codec
    levels, noise = magnitudes(codec, latent, Span(0, len(latent)))
    sizes = torch.pow(10.0, levels + noise)
    sizes = sizes * torch.pow(10.0, -codec.excess(rms_level(sizes)))
    rows = sizes[..., :: max(1, SPACING // codec.config.step)] * (2 / codec.spectral.window.sum())
    return Spectra(rows.square().sum(0).cpu().numpy(), model.sample_rate)  # mid and side


def response(
    model: SdaModel,
    directions: Directions,
    latent: Tensor,
    name: str,
    quantized: bool = True,
    pause: Callable[[], None] = no_pause,
) -> Response:
    """Return a slider's own feature at each of STEPS along it, for a sound given as latents [frame, dim]."""
    return responses(model, directions, latent, name, (name,), quantized, pause)[name]


@torch.no_grad()
def responses(
    model: SdaModel,
    directions: Directions,
    latent: Tensor,
    name: str,
    features: Sequence[str],
    quantized: bool = True,
    pause: Callable[[], None] = no_pause,
) -> dict[str, Response]:
    """Return features of a sound, given as latents [frame, dim], at each of STEPS along a slider. `pause` is called
    before each step and may raise."""
    most = round(LONGEST * model.frame_rate)
    first = max(0, (len(latent) - most) // 2)
    part = latent[first : first + most]
    there = []
    for step in STEPS:
        pause()
        there.append(decoded_spectra(model, moved_latent(model, directions, part, {name: step}, quantized)))
    return {feature: Response(tuple(mean(one, feature) for one in there)) for feature in features}


@torch.no_grad()
def gesture_clip(
    model: SdaModel, sliders: SliderSet, latent: Tensor, steps: Mapping[str, float], quantized: bool = True
) -> AudioClip:
    """Synthesize latents [frame, dim] moved along gestures, hidden ones included."""
    level = model.codec.texture.level(latent).cpu().numpy()
    asked = expand_gestures(steps, level, model.frame_rate, sliders.card(LOUDNESS).slope)
    return model.synth(moved_latent(model, sliders.directions, latent, asked, quantized))


def gesture_response(
    model: SdaModel,
    sliders: SliderSet,
    latent: Tensor,
    name: str,
    quantized: bool = True,
    pause: Callable[[], None] = no_pause,
) -> Response:
    """Return the descriptor of a gesture at each of STEPS, measured at the sound's onsets after full synthesis; a
    constant response when it can't be measured. `pause` is called before each step and may raise."""
    part, at, values = latent[: round(LONGEST * model.frame_rate)], None, {}
    for step in sorted(GESTURE_STEPS, key=abs):  # step 0 comes first; its onsets are used for all steps
        pause()
        clip = gesture_clip(model, sliders, part, {name: step}, quantized)
        at = onset_times(clip) if at is None else at
        values[step] = ONSET_FEATURES[name].measure(clip, at)
    found = [values[step] for step in GESTURE_STEPS]
    if not np.isfinite(found).all():
        return Response((0.0,) * len(STEPS))
    return Response(tuple(np.interp(STEPS, GESTURE_STEPS, found).tolist()))
