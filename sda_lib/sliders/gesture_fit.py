"""Trials of gestures, as of other sliders: sounds are moved, decoded, and measured at their onsets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from torch import Tensor

from sda_lib.analysis.features import Spectra, feature_mean
from sda_lib.analysis.onsets import ONSET_FEATURES, onset_times
from sda_lib.directions.directions import SliderCard, SliderSet
from sda_lib.directions.gestures import GESTURES, LOUDNESS
from sda_lib.model.model import SdaModel
from sda_lib.sliders.response import gesture_clip, gesture_response
from sda_lib.sliders.trial import Trial, TrialSounds, card_of, safe_ends

# Features whose changes are reported as a slider's side effects.
EFFECTS = ("brightness", "warmth", "loudness", "noisiness")
# Minimum number of sounds that have onsets and follow a gesture for it to be offered.
MIN_SOUNDS = 3


def gesture_cards(sounds: TrialSounds, sliders: SliderSet) -> list[SliderCard]:
    """Return the card of every gesture. Gestures move sounds along loudness, so all are hidden if that slider is."""
    usable = any(card.name == LOUDNESS for card in sliders.shown)
    return [_card(sounds, sliders, name, sounds.latents if usable else ()) for name in GESTURES]


def _card(sounds: TrialSounds, sliders: SliderSet, name: str, latents: Sequence[Tensor]) -> SliderCard:
    feature = ONSET_FEATURES[name]
    values = np.array([feature.measure(clip) for clip in sounds.clips])
    values = values[np.isfinite(values)]
    trials = [_trial(sounds.model, sliders, latent, name) for latent in latents]
    trials = [trial for trial in trials if trial.slopes]
    spread = max(float(values.std()), 1e-9) if len(values) else 1.0
    spreads = {name: spread, **{one: sounds.spreads[one] for one in EFFECTS}}
    return card_of(name, feature.unit, trials if len(trials) >= MIN_SOUNDS else (), spreads, safe_ends(values))


def _trial(model: SdaModel, sliders: SliderSet, latent: Tensor, name: str) -> Trial:
    """Try a gesture on a sound, given as latents [frame, dim]."""
    measure = partial(measured_gesture, model, sliders, latent, name)
    return Trial.of(gesture_response(model, sliders, latent, name), name, measure, anchor=False)


def measured_gesture(
    model: SdaModel, sliders: SliderSet, latent: Tensor, name: str, steps: Sequence[float]
) -> list[dict[str, float]]:
    """Return a gesture's feature, at the onsets of the unmoved sound, and EFFECTS, for latents [frame, dim] moved by
    each of the steps and quantized."""
    at, found = onset_times(gesture_clip(model, sliders, latent, {})), []
    for step in steps:
        clip = gesture_clip(model, sliders, latent, {name: step})
        spectra = Spectra.of(clip)
        found.append(
            {name: ONSET_FEATURES[name].measure(clip, at), **{one: feature_mean(spectra, one) for one in EFFECTS}}
        )
    return found
