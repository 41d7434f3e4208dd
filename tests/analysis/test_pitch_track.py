"""Pitch from magnitudes: of tones and of notes without their fundamental; none for noise, silence and clicks."""

import numpy as np
import pytest
import torch

from sda_lib.analysis.pitch_track import median_pitch, pitch_track
from sda_lib.codec.stft import Spectral, modulus

RATE = 48000
SPECTRAL = Spectral(RATE, 1024, 256, 80)


def found(samples):
    samples = torch.tensor(samples[: len(samples) // 256 * 256], dtype=torch.float32)
    return median_pitch(pitch_track(modulus(SPECTRAL.stft(samples[None]))[0], SPECTRAL.window, RATE))


def note(hertz, partials=range(1, 9)):
    time = np.arange(RATE) / RATE
    return 0.2 * sum(np.sin(2 * np.pi * hertz * k * time + k) / k for k in partials)


@pytest.mark.parametrize("hertz", [110.0, 147.0, 220.0, 440.0, 987.0, 1760.0])
@pytest.mark.parametrize("partials", [(1,), range(1, 9)])
def test_pitch_of_notes(hertz, partials):
    assert 12 * abs(found(note(hertz, partials)) - np.log2(hertz)) < 0.7


def test_pitch_without_its_fundamental():
    assert 12 * abs(found(note(300.0, range(2, 9))) - np.log2(300.0)) < 0.7


@pytest.mark.parametrize("colour", [0.0, 0.9])
def test_noise_has_no_pitch(colour):
    noise = np.random.default_rng(0).normal(size=RATE)
    for place in range(1, len(noise)):
        noise[place] += colour * noise[place - 1]
    assert found(0.05 * noise) == 0


def test_silence_and_clicks_have_no_pitch():
    click = np.zeros(RATE)
    click[RATE // 2] = 1.0
    assert found(np.zeros(RATE)) == 0
    assert found(click) == 0
