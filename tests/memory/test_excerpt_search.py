"""The place of a sound in the recordings."""

import numpy as np
import pytest
import torch

from sda_lib.memory.excerpt_search import ExcerptSearch, fitted
from sda_lib.model.model import SdaModel


@pytest.fixture(scope="module")
def search(slider_model_path):
    return ExcerptSearch(SdaModel.load(slider_model_path).memory)


@pytest.mark.parametrize("gain", [1.0, -0.1, 10.0])
def test_the_place_and_the_gain_are_found(search, gain):
    memory = search.memory
    for recording in memory.grain_recording.unique().tolist():
        grains = (memory.grain_recording == recording).nonzero()[:, 0]
        grain = int(grains[0])
        start = int(memory.tape_start[grain]) + memory.margin + 1234
        sound = memory.tape[:, start : start + 14000] * gain
        if len(grains) * search.hop > 16000:
            best = search.places(sound)[0]
            assert best.start == pytest.approx(start, abs=0.01)
            assert best.gain == pytest.approx(gain, rel=1e-3)
            assert best.ratio > 50


def test_silence_noise_and_short_sounds_have_no_place(search):
    noise = torch.randn(search.memory.tape.shape[0], 14000, generator=torch.Generator().manual_seed(0))
    for sound in (noise, 0 * noise, noise[:, :4000], noise[:, :1]):
        assert search.places(sound) == []


def test_a_fit_is_a_gain_and_a_ratio():
    recorded = np.random.default_rng(0).normal(0, 1, (1, 1000)).astype(np.float32)
    gain, ratio = fitted(-0.5 * recorded, recorded)
    assert gain == pytest.approx(-0.5)
    assert ratio > 100
    assert fitted(recorded, 0 * recorded) == (0.0, 0.0)
