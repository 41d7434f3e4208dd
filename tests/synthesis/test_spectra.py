"""Filters of procedural sounds, on signals whose answer is known."""

import numpy as np
import pytest

from sda_lib.synthesis.spectra import (
    band,
    convolved,
    fast_length,
    highpass,
    lowpass,
    moving,
    peak,
    resonance,
    saturated,
    shaped,
    tilt,
)

RATE = 44100


@pytest.fixture
def noise():
    return np.random.default_rng(0).standard_normal(RATE // 2, dtype=np.float32)


def tone(hertz, seconds=0.5):
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE).astype(np.float32)


def level(sound, hertz):
    """Amplitude of a sine within a sound, without its ends."""
    middle = sound[2000:-2000]
    turns = np.exp(2j * np.pi * hertz * np.arange(len(middle)) / RATE) * np.hanning(len(middle))
    return 4 * abs(np.mean(middle * turns))


def test_fast_lengths_have_small_factors_and_are_near():
    for least in (1, 2, 17, 1000, 44100, 88201, 480001):
        rest = found = fast_length(least)
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        assert rest == 1
        assert least <= found <= 1.15 * least + 1


def test_a_gain_of_one_changes_nothing(noise):
    assert np.allclose(shaped(noise, RATE, np.ones_like), noise, atol=1e-5)
    assert np.allclose(moving(noise, RATE, lambda hertz, places: np.ones((len(places), len(hertz)))), noise, atol=1e-5)


@pytest.mark.parametrize("length", [1, 7, 500, 1024, 5000])
def test_sounds_of_any_length_are_filtered(length):
    sound = np.ones(length, np.float32)
    assert len(shaped(sound, RATE, lowpass(1000))) == length
    assert moving(sound, RATE, lambda hertz, places: lowpass(1000)(hertz)[None]).shape == (length,)


def test_filters_have_butterworth_magnitudes():
    hertz = np.array([0.0, 10, 1000, 20_000], np.float32)
    assert lowpass(1000, 4)(hertz) == pytest.approx([1, 1, 0.5**0.5, 20**-4], rel=1e-3)
    assert highpass(1000, 2)(hertz) == pytest.approx([0, 1e-4, 0.5**0.5, 1], abs=2e-3)
    assert np.isfinite(lowpass(100, 24)(hertz)).all()
    assert band(100, 10_000)(np.array([1000.0]))[0] == pytest.approx(1, abs=1e-3)
    assert tilt(1)(np.array([1000.0, 2000.0])) == pytest.approx([1, 0.5])
    assert resonance(np.array([1.0, 500.0]), 500, 8) == pytest.approx([1, 8], rel=1e-3)
    assert peak(np.array([500.0, 525.0]), 500, 50) == pytest.approx([1, 0.5**0.5], abs=0.02)


def test_a_moving_filter_follows_its_gain():
    sound = tone(300) + tone(6000)
    cut = moving(
        sound, RATE, lambda hertz, places: lowpass(np.where(places < 0.5, 1000.0, 20_000.0)[:, None], 4)(hertz)
    )
    first, second = cut[: len(cut) // 2], cut[len(cut) // 2 :]
    assert level(first, 300) == pytest.approx(1, abs=0.02)
    assert level(first, 6000) < 0.01
    assert level(second, 6000) == pytest.approx(1, abs=0.05)


def test_convolution_is_that_of_the_definition(noise):
    short, response = noise[:300], noise[1000:1040]
    assert np.allclose(convolved(short, response), np.convolve(short, response)[:300], atol=1e-4)


def test_saturation_adds_harmonics_and_mirrors_nothing():
    bent = saturated(tone(3000), 1.2, 0)
    assert level(bent, 9000) > 0.02
    assert level(bent, 6000) < 1e-3  # only a bias adds even harmonics
    assert level(saturated(tone(3000), 1.2, 0.4), 6000) > 0.02
    high = saturated(tone(9000), 1.4, 0)  # its third harmonic, 27 kHz, would be mirrored to 17.1 kHz
    assert level(high, 17_100) < 1e-4 * level(high, 9000)
