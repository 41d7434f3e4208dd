"""Sliders of features, tuned to sounds of a real model and tried on them."""

import dataclasses

import numpy as np
import pytest

from sda_lib import SdaModel
from sda_lib.directions.directions import Bends
from sda_lib.sliders import feature_fit
from sda_lib.sliders.feature_fit import FeatureSliders, feature_sliders, measured_features
from sda_lib.sliders.trial import TrialSound, TrialSounds
from sda_lib.work_steps import drained

pytestmark = pytest.mark.slow
NAMES = ("brightness", "warmth")


@pytest.fixture(scope="module")
def model(slider_model_path):
    return SdaModel.load(slider_model_path)


@pytest.fixture(scope="module")
def sounds(model):
    parts = model.memory.latents.float().split(list(model.memory.lengths))[:3]
    spreads = dict.fromkeys(("brightness", "warmth", "loudness", "noisiness", "roughness", "tension"), 1.0)
    return TrialSounds(model, tuple(TrialSound(model, part[:40]) for part in parts), (), spreads)


def test_a_sound_that_is_not_moved_is_measured_once(model, sounds):
    sound, directions = sounds.sounds[0], model.sliders.directions
    assert measured_features(sound, directions, {"brightness": 0.0}) is sound.features
    tiny = measured_features(sound, directions, {"brightness": 1e-6})
    assert tiny == pytest.approx(sound.features, rel=1e-3)


def test_moved_sounds_are_measured_at_the_level_of_the_unmoved_one(model, sounds):
    directions, brightened = model.sliders.directions, []
    for sound in sounds.sounds:
        brighter = measured_features(sound, directions, {"brightness": 2.0})
        brightened.append(brighter["brightness"] / sound.features["brightness"])
        assert brighter["loudness"] == pytest.approx(sound.features["loudness"], abs=3)
        louder = measured_features(sound, directions, {"loudness": 2.0})
        assert louder["loudness"] > sound.features["loudness"] + 3
    assert np.mean(brightened) > 1.05


def test_steps_that_lead_beyond_the_corpus_are_shortened(model, sounds):
    far = dict.fromkeys(NAMES, (-1e6, 1e6))
    usual = drained(feature_sliders(sounds, model.sliders.directions, NAMES, far))
    assert set(usual.cards) == set(NAMES)
    ends = {name: (0.0, usual.cards[name].slope * 2) for name in NAMES}
    shorter = drained(feature_sliders(sounds, model.sliders.directions, NAMES, ends))
    rows = [usual.directions.names.index(name) for name in NAMES]
    sizes = [np.linalg.norm(one.directions.vectors[rows], axis=1) for one in (usual, shorter)]
    assert (sizes[1] < 0.9 * sizes[0]).all()
    others = [row for row in range(len(usual.directions.names)) if row not in rows]
    assert np.array_equal(shorter.directions.vectors[others], model.sliders.directions.vectors[others])


def test_trials_end_when_a_slider_can_no_longer_be_shown(model, sounds, monkeypatch):
    tried = []
    monkeypatch.setattr(feature_fit, "_trial", lambda *which: tried.append(which) or feature_fit.Trial((0.0, 0.0)))
    steps = feature_sliders(sounds, model.sliders.directions, ("warmth",), {"warmth": (0.0, 1.0)})
    card = drained(steps).cards["warmth"]
    assert card.rho == 0
    assert len(tried) == 1  # of three, of which one that does not follow is too many


def test_clearly_better_bent_sliders_replace_straight_ones(model):
    straight = dataclasses.replace(model.sliders.directions, bends=None)
    cards = {card.name: card for card in model.sliders.cards}
    shape = len(straight.names), 2, straight.vectors.shape[1]
    bends = Bends(np.ones(shape, np.float32), np.ones((2, shape[2] + 1), np.float32))
    better = {"warmth": dataclasses.replace(cards["warmth"], rho=1.0)}
    bent = FeatureSliders(dataclasses.replace(straight, bends=bends), better)
    found = FeatureSliders(straight, cards).taking(["warmth"], bent)
    assert found.cards["warmth"].rho == 1.0
    assert found.cards["brightness"] == cards["brightness"]
    assert found.directions.bends.vectors[straight.names.index("warmth")].all()
    assert not found.directions.bends.vectors[straight.names.index("brightness")].any()
