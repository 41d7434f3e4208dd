"""Gestures of a real model change the onsets of its sounds as their names say."""

import dataclasses

import numpy as np
import pytest

from sda_lib import GenerateOptions, SdaModel
from sda_lib.analysis.onsets import ONSET_FEATURES, onset_times
from sda_lib.directions.gestures import GESTURES
from sda_lib.sliders.gesture_fit import EFFECTS, TIME, measured_gesture
from sda_lib.sliders.trial import TrialSound
from sda_lib.writers.compose_codes import compose_codes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(slider_model_path):
    """With its gestures shown, whether they have earned it or not."""
    model = SdaModel.load(slider_model_path)
    cards = [dataclasses.replace(card, rho=0.9) if card.name in GESTURES else card for card in model.sliders.cards]
    return model.with_sliders(dataclasses.replace(model.sliders, cards=tuple(cards)))


@pytest.mark.parametrize("name", ["attack", "decay"])
def test_gestures_change_onsets(model, name):
    """Measured at the onsets of the unmoved sound."""
    found = []
    for seed in range(4):
        plain = model.decode(compose_codes(model, GenerateOptions(3.0, seed=seed)))
        codes = [compose_codes(model, GenerateOptions(3.0, seed=seed, sliders={name: step})) for step in (-2.0, 1.5)]
        less, more = (ONSET_FEATURES[name].measure(model.decode(one), onset_times(plain)) for one in codes)
        found.append((less, ONSET_FEATURES[name].measure(plain, onset_times(plain)), more))
    less, plain, more = np.nanmean(found, 0)
    assert less < plain < more


def test_measured_gestures_have_side_effects(model):
    sound = TrialSound(model, model.memory.latents[:40].float())
    found = measured_gesture(model.sliders, sound, "decay", (0.0, 2.0))
    assert [set(one) for one in found] == [{"decay", TIME, *EFFECTS}] * 2
    assert found[1]["brightness"] != found[0]["brightness"]
    assert found[1]["loudness"] == pytest.approx(found[0]["loudness"], abs=3)
    assert found[1][TIME] != found[0][TIME]


def test_gestures_are_hidden_unless_their_times_follow(slider_model_path):
    """Whatever their own feature does: most onsets of these sounds are as short as a frame."""
    for card in SdaModel.load(slider_model_path).sliders.cards:
        if card.name in GESTURES and card.why_hidden:
            assert f"{card.name} times hardly follow it" in card.why_hidden
            assert card.rho < 0.8
