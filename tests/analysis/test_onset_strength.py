"""Onsets in magnitudes: where clicks are, and none in steady noise."""

import numpy as np
import torch

from sda_lib.analysis.onset_strength import local_maxima, onset_heights, onset_strength
from sda_lib.codec.stft import Spectral, modulus

RATE, STEP = 48000, 256
SPECTRAL = Spectral(RATE, 1024, STEP, 80)


def onsets(samples):
    magnitudes = modulus(SPECTRAL.stft(torch.tensor(samples, dtype=torch.float32)[None]))[0]
    return onset_heights(onset_strength(magnitudes), RATE / STEP).nonzero()[:, 0].tolist()


def test_clicks_are_onsets_where_they_are():
    samples = np.zeros(STEP * 200)
    samples[STEP * np.array([50, 100, 150])] = 1.0
    assert np.allclose(onsets(samples), [50, 100, 150], atol=3)


def test_steady_noise_has_at_most_its_beginning():
    noise = 0.1 * np.random.default_rng(0).standard_normal(STEP * 200)
    assert all(place < 5 for place in onsets(noise))


def test_local_maxima_are_at_least_their_neighbors():
    values = torch.tensor([1.0, 3.0, 2.0, 2.0, 4.0, 0.0])
    assert local_maxima(values, 1).tolist() == [False, True, False, False, True, False]
    assert local_maxima(values, 3).tolist() == [False, False, False, False, True, False]
