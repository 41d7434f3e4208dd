"""The mean spectrum of decoded sounds."""

import copy
import dataclasses

import numpy as np
import pytest
import torch

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codec import Codec
from sda_lib.codec.stft import mel_filters
from sda_lib.config import Recipe
from sda_lib.training.closed_form import fit_codec
from sda_lib.training.encoding import encode_sounds
from sda_lib.training.segments import CorpusSound
from sda_lib.training.spectral_balance import MOST, balance_spectrum, over_bins


@pytest.fixture(scope="module")
def sounds():
    noise = np.random.default_rng(0).standard_normal((6, 1, 24000)).astype(np.float32)
    return [CorpusSound.of(AudioClip(0.1 * one, 48000, f"{number}")) for number, one in enumerate(noise)]


@pytest.fixture(scope="module")
def fitted(sounds):
    recipe = Recipe().override(codec__levels=2, codec__codebook_size=16, codec__latent_dim=8)
    codec = Codec(recipe.audio, recipe.codec)
    fit_codec(codec, sounds)
    return codec


def louder(codec, amount):
    """Return the codec with all magnitudes raised by an amount, log10 of amplitude."""
    other = copy.deepcopy(codec)
    other.ridge[-1] += amount
    return other


def distance(codec, sounds):
    return float(np.mean([one.distance(codec) for one in encode_sounds(codec, sounds)]))


def test_a_codec_that_is_too_soft_is_corrected(fitted, sounds):
    right, wrong = copy.deepcopy(fitted), louder(fitted, -0.2)
    before = distance(wrong, sounds)
    for codec in (right, wrong):
        balance_spectrum(codec, sounds)
    assert distance(wrong, sounds) < before
    assert float((right.ridge[-1] - wrong.ridge[-1]).abs().mean()) < 0.02


def test_only_the_constant_row_changes_and_not_much(fitted, sounds):
    codec = louder(fitted, 3.0)
    wrong = codec.ridge.clone()
    balance_spectrum(codec, sounds)
    assert torch.equal(codec.ridge[:-1], wrong[:-1])
    assert float((codec.ridge[-1] - wrong[-1]).abs().max()) <= MOST + 0.01
    assert torch.equal(codec.ridge[-1], codec.ridge[-1].half().float())


def test_a_second_time_changes_little(fitted, sounds):
    codec = copy.deepcopy(fitted)
    balance_spectrum(codec, sounds)
    once = codec.ridge[-1].clone()
    balance_spectrum(codec, sounds)
    assert float((codec.ridge[-1] - once).abs().mean()) < 0.01


def test_stereo_has_a_spectrum_for_either_channel(sounds):
    recipe = Recipe().override(audio__channels=2, codec__levels=1, codec__codebook_size=16, codec__latent_dim=4)
    codec = Codec(recipe.audio, recipe.codec)
    wide = [dataclasses.replace(one, pcm=np.concatenate([one.pcm, one.pcm // 2])) for one in sounds]
    fit_codec(codec, wide)
    before = codec.ridge[-1].clone()
    balance_spectrum(codec, wide)
    mid, side = (codec.ridge[-1] - before).unflatten(0, (2, -1))
    assert mid.any()
    assert side.any()


def test_bins_take_the_mean_of_their_bands():
    filters = mel_filters(513, 40, 48000)
    even = over_bins(torch.ones(40), filters)
    inside = filters.sum(0) > 1e-9
    assert torch.allclose(even[inside], torch.ones(int(inside.sum())))
    assert float(even[~inside].abs().max()) < 1e-6
