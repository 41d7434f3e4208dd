"""Trials of the sliders of features: directions are made loudness-neutral, and as long as the corpus goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from sda_lib.analysis.features import FEATURES, Spectra, summary
from sda_lib.directions.directions import Directions, Response, SliderCard
from sda_lib.directions.gestures import LOUDNESS
from sda_lib.sliders.fit_plan import RESPONSES
from sda_lib.sliders.response import features_along, moved_latent, responses
from sda_lib.sliders.trial import Trial, TrialSound, TrialSounds, card_of, needed_trials, slope_of
from sda_lib.work_steps import Steps, spread_over

# Minimum number of recorded clips from which the corpus' range is taken without a margin.
FEW = 8
# Sliders that are made loudness-neutral, and the steps at which that is measured. Noise is quieter than tones: a
# noisiness slider that has to keep the loudness no longer follows (rank correlation .75 instead of .97 on drums).
NEUTRAL, NEAR = ("brightness", "warmth"), (-2.0, -1.0, 0.0, 1.0, 2.0)
# Maximum change of the median sound over all steps, relative to the distance between the feature's safe ends; steps
# that would lead farther are shortened.
WIDEST = 1.5

# Safe ends of each feature.
Ends = Mapping[str, tuple[float, float]]


@dataclass(frozen=True, eq=False)
class FeatureSliders:
    """Directions of all features, and the cards of those that were tried, by name."""

    directions: Directions
    cards: Mapping[str, SliderCard]

    def taking(self, names: Sequence[str], bent: FeatureSliders) -> FeatureSliders:
        """Return these sliders, which are straight, with those of `names` replaced by `bent` ones."""
        directions = self.directions.with_bent(names, bent.directions)
        return FeatureSliders(directions, {**self.cards, **{name: bent.cards[name] for name in names}})


def feature_sliders(
    sounds: TrialSounds,
    directions: Directions,
    names: Sequence[str],
    ends: Ends,
    between: tuple[float, float] = (0.0, 1.0),
) -> Steps[FeatureSliders]:
    """Tune the directions of some features to the sounds, and try these sliders.

    Yields two steps for each feature, `between` two shares of the whole fit.
    """
    directions, found, cards = _loudness_neutral(sounds, directions, names), {}, {}
    middle = between[0] + RESPONSES * (between[1] - between[0])
    for name, step in zip(names, spread_over([f"trying {name}" for name in names], between[0], middle), strict=True):
        yield step
        found[name] = [_response(sound, directions, name) for sound in sounds.sounds]
    factors = {name: _factor(found[name], ends[name]) for name in names}
    tuned = directions.mixed(np.diag([factors.get(name, 1.0) for name in directions.names]))
    known = {name: found[name] if factors[name] == 1 else [None] * len(found[name]) for name in names}
    for name, step in zip(names, spread_over([f"measuring {name}" for name in names], middle, between[1]), strict=True):
        yield step
        cards[name] = _card(sounds, tuned, name, known[name], ends[name])
    return FeatureSliders(tuned, cards)


@torch.no_grad()
def measured_features(sound: TrialSound, directions: Directions, steps: Mapping[str, float]) -> dict[str, float]:
    """Return the features of a sound moved by `steps`, quantized, decoded, and as loud as before unless loudness is
    moved."""
    if not any(steps.values()):
        return sound.features
    moved = moved_latent(sound.model, directions, sound.latent, steps, quantized=True)
    spectra = Spectra.of(sound.model.synth(moved))
    return summary(spectra if LOUDNESS in steps else sound.held(moved, spectra))


def _card(
    sounds: TrialSounds,
    directions: Directions,
    name: str,
    known: Sequence[Response | None],
    ends: tuple[float, float],
) -> SliderCard:
    """Return the card of a feature's slider, measured on the sounds moved along it; `known` responses are used."""
    made = (_trial(sound, directions, name, one) for sound, one in zip(sounds.sounds, known, strict=True))
    return card_of(name, FEATURES[name].unit, needed_trials(made, len(sounds.sounds)), sounds.spreads, ends)


def _trial(sound: TrialSound, directions: Directions, name: str, response: Response | None) -> Trial:
    """Try a feature's slider on a sound; its response is measured if it is not known."""

    def measure(steps: Sequence[float]) -> list[dict[str, float]]:
        return [measured_features(sound, directions, {name: step}) for step in steps]

    return Trial.of(response or _response(sound, directions, name), name, measure, anchor=True)


def _response(sound: TrialSound, directions: Directions, name: str) -> Response:
    return responses(sound.model, directions, sound.latent, name)[name]


def _loudness_neutral(sounds: TrialSounds, directions: Directions, names: Sequence[str]) -> Directions:
    """Compensate the measured loudness change of the directions in NEUTRAL along the direction of loudness."""
    compensated = [name for name in NEUTRAL if name in names]
    if not compensated:
        return directions
    own, shares = _loudness_slope(sounds, directions, LOUDNESS) or 1.0, np.eye(len(directions.names))
    for name in compensated:
        row, column = directions.names.index(name), directions.names.index(LOUDNESS)
        shares[row, column] = -_loudness_slope(sounds, directions, name) / own
    return directions.mixed(shares)


def _loudness_slope(sounds: TrialSounds, directions: Directions, name: str) -> float:
    """Return the mean change of loudness per step along a direction, over the steps NEAR 0."""
    found = [
        features_along(sounds.model, directions, sound.latent, name, NEAR, (LOUDNESS,))[LOUDNESS]
        for sound in sounds.sounds
    ]
    return float(np.mean([slope_of(NEAR, values) for values in found]))


def _factor(found: Sequence[Response], ends: tuple[float, float]) -> float:
    """Return the factor that shortens steps which lead far beyond the corpus (WIDEST), by the sounds' responses."""
    width = float(np.median([max(one.values) - min(one.values) for one in found]))
    return min(1.0, WIDEST * (ends[1] - ends[0]) / max(width, 1e-9))
