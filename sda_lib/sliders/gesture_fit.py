"""Try gestures on a model's recordings, as sliders are: moved, decoded, and measured at each onset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch

from sda_lib.analysis.features import Spectra, mean
from sda_lib.analysis.onsets import ONSET_FEATURES, onset_times
from sda_lib.audio.clip import AudioClip
from sda_lib.directions.directions import SliderCard, SliderSet
from sda_lib.directions.gestures import GESTURES, LOUDNESS
from sda_lib.model.model import SdaModel
from sda_lib.sliders.response import followed_range, gesture_clip, gesture_response, is_offered, rank_correlation

# Features whose changes are reported as a slider's side effects.
EFFECTS = ("brightness", "warmth", "loudness", "noisiness")
# Minimum number of sounds that have onsets and follow a gesture for it to be offered.
FEWEST_STROKES = 3
# Number of steps at which a gesture is tried within a sound's reach.
TRIED_STEPS = 7
# Quantiles of the corpus between which a descriptor is safe.
EDGES = (0.01, 0.99)


def gesture_cards(
    model: SdaModel,
    sliders: SliderSet,
    sounds: Sequence[torch.Tensor],
    spreads: Mapping[str, float],
    stretches: Sequence[AudioClip],
) -> list[SliderCard]:
    """Return a card for every gesture, tried on sounds given as latents [frame, dim]; its safe range comes from the
    `stretches` of the recordings. Gestures move along loudness, so none is usable when the loudness slider is
    hidden."""
    able = any(card.name == LOUDNESS for card in sliders.shown)
    return [_card(model, sliders, sounds if able else (), spreads, stretches, name) for name in GESTURES]


def _card(
    model: SdaModel,
    sliders: SliderSet,
    sounds: Sequence[torch.Tensor],
    spreads: Mapping[str, float],
    stretches: Sequence[AudioClip],
    name: str,
) -> SliderCard:
    cloud = np.array([ONSET_FEATURES[name].measure(clip) for clip in stretches])
    cloud = cloud[np.isfinite(cloud)]
    low, high = (float(end) for end in np.quantile(cloud, EDGES)) if len(cloud) else (0.0, 0.0)
    trials = [_Trial.of(model, sliders, latent, name) for latent in sounds]
    trials = [trial for trial in trials if trial is not None]
    if len(trials) < FEWEST_STROKES:
        side = dict.fromkeys(EFFECTS, 0.0)
        return SliderCard(name, ONSET_FEATURES[name].unit, 0.0, 0.0, (0.0, 0.0), 0.0, side, low, high)
    slope, *others = np.mean([trial.slopes for trial in trials], 0).tolist()
    own = slope / max(float(cloud.std()), 1e-9) or 1.0
    return SliderCard(
        name=name,
        unit=ONSET_FEATURES[name].unit,
        rho=float(np.mean([trial.rho for trial in trials])),
        slope=slope,
        reach=tuple(float(end) for end in np.mean([trial.reach for trial in trials], 0)),
        error=float(np.quantile([miss for trial in trials for miss in trial.misses], 0.9)),
        side={one: float(other / spreads[one] / own) for one, other in zip(EFFECTS, others, strict=True)},
        low=low,
        high=high,
    )


class _Trial(NamedTuple):
    """One sound along a gesture: rank correlation, reach, deviations from its measured response, and the slopes per
    step of the gesture's descriptor and of EFFECTS."""

    rho: float
    reach: tuple[float, float]
    misses: list[float]
    slopes: list[float]

    @classmethod
    def of(cls, model: SdaModel, sliders: SliderSet, latent: torch.Tensor, name: str) -> _Trial | None:
        """Try a gesture on a sound. Return None for a sound that does not follow it or loses its onsets."""
        way = gesture_response(model, sliders, latent, name)
        if not is_offered(way):
            return None
        steps = np.linspace(*followed_range(way), TRIED_STEPS)
        heard = measured_gesture(model, sliders, latent, name, steps)
        if not np.isfinite([one[name] for one in heard]).all():
            return None  # measurable at GESTURE_STEPS, but not at a step between them
        rho = rank_correlation(steps, [one[name] for one in heard])
        misses = [abs(one[name] - way.at(step)) for step, one in zip(steps, heard, strict=True)]
        slopes = [float(np.polyfit(steps, [one[row] for one in heard], 1)[0]) for row in (name, *EFFECTS)]
        return cls(rho, followed_range(way), misses, slopes)


def measured_gesture(
    model: SdaModel, sliders: SliderSet, latent: torch.Tensor, name: str, steps: Sequence[float]
) -> list[dict[str, float]]:
    """Return a gesture's descriptor, at the onsets of the unmoved sound, and EFFECTS, for latents [frame, dim] moved by
    each of the steps and quantized."""
    at, found = onset_times(gesture_clip(model, sliders, latent, {})), []
    for step in steps:
        clip = gesture_clip(model, sliders, latent, {name: step})
        spectra = Spectra.of(clip)
        found.append({name: ONSET_FEATURES[name].measure(clip, at), **{one: mean(spectra, one) for one in EFFECTS}})
    return found
