"""Trials of gestures, as of other sliders: sounds are moved, decoded, and measured at their onsets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from sda_lib.analysis.features import Spectra, summary
from sda_lib.analysis.onsets import ONSET_FEATURES, ONSET_TIMES, onset_times
from sda_lib.directions.directions import SliderCard, SliderSet
from sda_lib.directions.gestures import GESTURES, LOUDNESS
from sda_lib.model.model import SdaModel
from sda_lib.model.moving import held_gain
from sda_lib.sliders.response import gesture_latent, gesture_response
from sda_lib.sliders.trial import Trial, TrialSounds, card_of, safe_ends

# Features whose changes are reported as a slider's side effects.
EFFECTS = ("brightness", "warmth", "loudness", "noisiness")
# Key of the time that a gesture is named after, among what is measured of it.
TIME = "time"
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
    """Try a gesture on a sound, given as latents [frame, dim]; it must change its time as well as its feature."""
    measure = partial(measured_gesture, model, sliders, latent, name)
    check = TIME, ONSET_TIMES[name][1]
    return Trial.of(gesture_response(model, sliders, latent, name), name, measure, anchor=False, check=check)


@torch.no_grad()
def measured_gesture(
    model: SdaModel, sliders: SliderSet, latent: Tensor, name: str, steps: Sequence[float]
) -> list[dict[str, float]]:
    """Return a gesture's feature and its TIME, at the onsets of the unmoved sound, and EFFECTS, for latents [frame,
    dim] moved by each of the steps, quantized and decoded at the level of the unmoved sound."""
    before, found = gesture_latent(model, sliders, latent, {}), []
    at, level = onset_times(model.synth(before)), model.level_meter.power(before)
    for step in steps:
        moved = gesture_latent(model, sliders, latent, {name: step})
        clip = model.synth(moved)
        effects = summary(Spectra.of(clip).scaled(held_gain(level, model.level_meter.power(moved))))
        own = {name: ONSET_FEATURES[name].measure(clip, at), TIME: ONSET_TIMES[name][0](clip, at)}
        found.append({**own, **{one: effects[one] for one in EFFECTS}})
    return found
