"""Sounds moved along sliders: only loudness changes how loud they are."""

import dataclasses

import numpy as np
import pytest
import torch

from sda_lib import GenerateOptions, SdaModel
from sda_lib.analysis.features import FEATURES
from sda_lib.model.moving import MOST_DB, held_gain
from sda_lib.writers.compose_codes import compose_codes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(slider_model_path):
    return SdaModel.load(slider_model_path)


@pytest.fixture(scope="module")
def codes(model):
    return compose_codes(model, GenerateOptions(2.0, seed=2))


def level(clip):
    return 10 * np.log10(np.square(clip.samples).mean())


def held(model):
    return [card.name for card in model.sliders.shown if card.name != "loudness"]


def test_every_slider_but_loudness_holds_the_level(model, codes):
    before = level(model.decode(codes))
    for name in held(model):
        for step in (-2.0, 2.0):
            assert level(model.decode(model.moved(codes, {name: step}))) == pytest.approx(before, abs=3), name


def test_the_gain_is_all_that_differs_from_a_free_move(model, codes):
    found = model.moved(codes, {"warmth": 2.0})
    free = model.moved(codes, {"warmth": 2.0}, holds_level=False)
    assert free.gain == 1
    assert found.gain != 1
    assert found.is_same(dataclasses.replace(free, gain=found.gain))
    assert round(20 * np.log10(found.gain), 6) == round(20 * np.log10(found.gain), 1)


def test_moves_of_a_sound_with_a_gain_keep_it(model, codes):
    plain = model.moved(codes, {"warmth": 2.0})
    inverted = model.moved(dataclasses.replace(codes, gain=-0.5), {"warmth": 2.0})
    assert inverted.gain == pytest.approx(-0.5 * plain.gain)


def test_loudness_moves_the_level_beside_another_slider(model, codes):
    louder = model.moved(codes, {"loudness": 1.0})
    assert louder.gain == 1
    both = model.moved(codes, {"loudness": 1.0, "warmth": 1.5})
    assert level(model.decode(both)) == pytest.approx(level(model.decode(louder)), abs=3)


def test_a_part_that_moves_keeps_its_level_without_a_gain(model, codes):
    amount = np.zeros(codes.frames, np.float32)
    amount[10:30] = 2.0
    found = {}
    for name in held(model):
        for holds in (False, True):
            moved = model.moved(codes, {name: amount}, holds)
            assert moved.gain == 1
            assert np.array_equal(moved.indices[:, :10], codes.indices[:, :10])
            assert np.array_equal(moved.indices[:, 30:], codes.indices[:, 30:])
            parts = (model.decode_window(one, 10, 30) for one in (codes, moved))
            found[name, holds] = abs(np.diff([level(part) for part in parts])[0])
    means = [np.mean([off for (_, held), off in found.items() if held == holds]) for holds in (False, True)]
    assert means[1] < 0.6 * means[0]


def test_latents_hold_their_level_too(model, codes):
    sound = model.as_latents(codes)
    before = level(model.decode(sound))
    moved = model.moved_latents(sound, {"warmth": -2.0})
    assert moved.gain != 1
    assert level(model.decode(moved)) == pytest.approx(before, abs=3)
    assert model.moved_latents(sound, {"warmth": -2.0}, holds_level=False).gain == 1


def test_nothing_moves_at_step_0(model, codes):
    assert model.moved(codes, {"warmth": 0.0}) is codes


def test_the_gain_makes_up_for_a_change_of_power():
    power = torch.tensor([[1.0, 3.0], [2.0, 4.0]])
    assert held_gain(power, power) == 1
    assert held_gain(power, power / 100) == pytest.approx(10, rel=0.01)
    assert 20 * np.log10(held_gain(power, torch.zeros(2, 2))) == pytest.approx(MOST_DB)
    assert held_gain(torch.zeros(2, 2), torch.zeros(2, 2)) == 1


@pytest.mark.parametrize(("plain", "weighted", "held"), [(0.0, 0.3, -0.3), (1.0, 3.0, -1.5), (-2.0, -6.0, 2.5)])
def test_the_weighted_level_is_held_while_the_plain_one_hardly_changes(plain, weighted, held):
    """By changes of both levels in dB."""
    after = 10 ** (torch.tensor([[plain], [weighted]]) / 10)
    assert 20 * np.log10(held_gain(torch.ones(2, 1), after)) == pytest.approx(held, abs=0.01)


def test_no_slider_of_a_feature_moves_the_level_of_a_single_sound(model):
    for seed in range(3):
        codes = compose_codes(model, GenerateOptions(2.0, seed=seed))
        for name in (name for name in held(model) if name in FEATURES):
            levels = [level(model.decode(model.moved(codes, {name: step}))) for step in (-2.0, -1.0, 0.0, 1.0, 2.0)]
            assert np.ptp(levels) <= 3, (name, seed)
