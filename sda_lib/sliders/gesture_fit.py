"""Trials of gestures, as of other sliders: sounds are moved, decoded, and measured at their onsets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch

from sda_lib.analysis.features import Spectra, summary
from sda_lib.analysis.onsets import ONSET_FEATURES, ONSET_TIMES, onset_times
from sda_lib.directions.directions import SliderCard, SliderSet
from sda_lib.directions.gestures import GESTURES, LOUDNESS
from sda_lib.sliders.response import gesture_latent, gesture_response
from sda_lib.sliders.trial import Trial, TrialSound, TrialSounds, card_of, needed_trials, safe_ends

# Features whose changes are reported as a slider's side effects.
EFFECTS = ("brightness", "warmth", "loudness", "noisiness")
# Key of the time that a gesture is named after, among what is measured of it.
TIME = "time"
# Minimum number of sounds that have onsets and follow a gesture for it to be offered.
MIN_SOUNDS = 3


def gesture_cards(sounds: TrialSounds, sliders: SliderSet) -> list[SliderCard]:
    """Return the card of every gesture. Gestures move sounds along loudness, so all are hidden if that slider is."""
    usable = any(card.name == LOUDNESS for card in sliders.shown)
    return [_card(sounds, sliders, name, sounds.sounds if usable else ()) for name in GESTURES]


def _card(sounds: TrialSounds, sliders: SliderSet, name: str, tried: Sequence[TrialSound]) -> SliderCard:
    feature = ONSET_FEATURES[name]
    values = np.array([feature.measure(clip) for clip in sounds.clips])
    values = values[np.isfinite(values)]
    made = (_trial(sliders, sound, name) for sound in tried)
    trials = needed_trials((trial for trial in made if trial.slopes), len(tried))
    spread = max(float(values.std()), 1e-9) if len(values) else 1.0
    spreads = {name: spread, **{one: sounds.spreads[one] for one in EFFECTS}}
    return card_of(name, feature.unit, trials if len(trials) >= MIN_SOUNDS else (), spreads, safe_ends(values))


def _trial(sliders: SliderSet, sound: TrialSound, name: str) -> Trial:
    """Try a gesture on a sound; it must change its time as well as its feature."""
    measure, check = partial(measured_gesture, sliders, sound, name), (TIME, ONSET_TIMES[name][1])
    response = gesture_response(sound.model, sliders, sound.latent, name)
    return Trial.of(response, name, measure, anchor=False, check=check)


@torch.no_grad()
def measured_gesture(
    sliders: SliderSet, sound: TrialSound, name: str, steps: Sequence[float]
) -> list[dict[str, float]]:
    """Return a gesture's feature and its TIME, at the onsets of the unmoved sound, and EFFECTS, for a sound moved by
    each of the steps, quantized and decoded at the level of the unmoved sound."""
    model, at, found = sound.model, onset_times(sound.clip), []
    for step in steps:
        moved = gesture_latent(model, sliders, sound.latent, {name: step})
        clip = model.synth(moved)
        effects = summary(sound.held(moved, Spectra.of(clip)))
        own = {name: ONSET_FEATURES[name].measure(clip, at), TIME: ONSET_TIMES[name][0](clip, at)}
        found.append({**own, **{one: effects[one] for one in EFFECTS}})
    return found
