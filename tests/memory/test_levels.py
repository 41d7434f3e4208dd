"""Levels of latents, against the levels of the sounds that they decode to."""

import numpy as np
import pytest
import torch

from sda_lib import SdaModel
from sda_lib.codec.codes import Codes
from sda_lib.memory.levels import WEIGHTINGS, LevelMeter

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(slider_model_path):
    return SdaModel.load(slider_model_path)


def own_codes(model, piece):
    """Codes of a whole recording."""
    first = sum(model.memory.lengths[:piece])
    indices = model.memory.codes[:, first : first + model.memory.lengths[piece]].numpy()
    return Codes(indices, model.codebook_size, model.hop, model.sample_rate)


def decibels(power):
    return 10 * float(torch.as_tensor(power).double().mean().log10())


def test_levels_differ_as_those_of_decoded_sounds(model):
    """Of recordings and of shuffled ones, which are decoded with grains that only resemble them."""
    order = np.random.default_rng(0).permutation(40)
    found = []
    for piece in range(4):
        codes = own_codes(model, piece)
        for one in (codes, codes.with_indices(codes.indices[:, order % codes.frames])):
            samples = model.decode(one).samples
            found.append((decibels(model.level_meter.power(model.embed(one))[0]), decibels(np.square(samples))))
    measured, true = np.array(found).T
    assert np.ptp(true) > 6
    assert np.abs(measured - true - np.median(measured - true)).max() < 2


def test_a_steady_change_of_level_is_measured_to_half_a_decibel(model):
    latent = model.embed(own_codes(model, 0))
    louder = model.mover.values(latent, {"loudness": 1.0})
    powers = [model.level_meter.power(one)[0] for one in (latent, louder)]
    clips = [model.synth(one).samples for one in (latent, louder)]
    changes = [decibels(two) - decibels(one) for one, two in (powers, [np.square(clip) for clip in clips])]
    assert changes[0] == pytest.approx(changes[1], abs=1.5)


def test_levels_do_not_depend_on_what_was_measured_before(model):
    latent = model.embed(own_codes(model, 1))
    fresh = LevelMeter(model.codec, model.memory)
    fresh.power(model.memory.keys[-20:])
    assert torch.allclose(fresh.power(latent), LevelMeter(model.codec, model.memory).power(latent))


def test_models_without_recordings_have_levels_too(model):
    bare = model.without_memory()
    latent = model.embed(own_codes(model, 0))
    assert bare.level_meter.power(latent).shape == (len(WEIGHTINGS), len(latent))
    power = bare.level_meter.power(latent)[0]
    true = np.square(bare.decode(own_codes(model, 0)).samples).mean(0).reshape(len(latent), -1).mean(1)
    loud = true > true.max() / 100
    assert np.corrcoef(np.log(power.numpy()[loud]), np.log(true[loud]))[0, 1] > 0.9
