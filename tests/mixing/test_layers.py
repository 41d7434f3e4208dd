"""Layers: what a mix is of, sample by sample."""

import numpy as np
import pytest

from sda_lib.audio.clip import AudioClip
from sda_lib.errors import SdaError
from sda_lib.export.spatial import panned
from sda_lib.mixing.layers import MOST_LAYERS, Layer, mixed_layers

RATE = 8000
TONE = AudioClip(0.5 * np.sin(np.arange(4000) / 9), RATE, "tone")
NOISE = AudioClip(np.random.default_rng(0).normal(0, 0.1, (2, 6000)), RATE, "noise")


def test_a_mix_is_the_sum_of_its_layers():
    mix = mixed_layers([Layer(TONE, gain=-6), Layer(TONE, at=0.25)], "both")
    wanted = np.zeros(6000, np.float32)
    wanted[:4000] += TONE.samples[0] * 10 ** (-6 / 20)
    wanted[2000:] += TONE.samples[0]
    assert (mix.channels, mix.length, mix.sample_rate, mix.name) == (1, 6000, RATE, "both")
    assert np.allclose(mix.samples[0], wanted, atol=1e-6)


def test_pan_and_stereo_layers_make_a_stereo_mix():
    left = mixed_layers([Layer(TONE, pan=-1)])
    assert np.allclose(left.samples, panned(TONE, -1).samples)
    assert np.abs(left.samples[1]).max() < 1e-6
    both = mixed_layers([Layer(TONE), Layer(NOISE)])
    assert np.allclose(both.samples[:, :4000], TONE.samples + NOISE.samples[:, :4000], atol=1e-6)


def test_muted_layers_are_left_out_also_of_the_length():
    assert np.array_equal(mixed_layers([Layer(TONE), Layer(NOISE, at=9, mute=True)]).samples, TONE.samples)


def test_the_highest_rate_counts():
    high = TONE.resampled(2 * RATE)
    mix = mixed_layers([Layer(TONE), Layer(high, at=0.1)])
    assert mix.sample_rate == 2 * RATE
    assert mix.length == round(0.1 * 2 * RATE) + high.length


@pytest.mark.parametrize(
    ("place", "said"),
    [({"at": -1}, "at must be from 0"), ({"gain": 25}, "gain"), ({"pan": -2}, "pan"), ({"at": float("nan")}, "at")],
)
def test_places_that_can_not_be(place, said):
    with pytest.raises(SdaError, match=said):
        Layer(TONE, **place)


def test_mixes_that_can_not_be():
    with pytest.raises(SdaError, match="Every layer is muted"):
        mixed_layers([Layer(TONE, mute=True)])
    for count in (0, MOST_LAYERS + 1):
        with pytest.raises(SdaError, match=f"1 to {MOST_LAYERS} layers, not {count}"):
            mixed_layers([Layer(TONE)] * count)
    with pytest.raises(SdaError, match="in ambisonics"):
        mixed_layers([Layer(AudioClip(np.zeros((4, 10)), RATE, "around"))])
