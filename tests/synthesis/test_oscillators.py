"""Oscillators: pitch, decay, and nothing but their own partials."""

import numpy as np
import pytest

from sda_lib.synthesis.draw import Draw
from sda_lib.synthesis.oscillators import FOREVER, modulated, partials, polynomial, pulses, scattered

RATE = 44100


def draw(seconds=1.0):
    return Draw((0,), RATE, round(seconds * RATE))


def spectrum(sound):
    """Level of every Hz in dB below the strongest, by a window that leaks little."""
    sizes = np.abs(np.fft.rfft(sound * np.blackman(len(sound)) ** 2, RATE))
    return 20 * np.log10(sizes / sizes.max() + 1e-12)


def strongest_elsewhere(sound, hertz, least=60):
    """Level of the strongest component further than some Hz from all of these frequencies."""
    levels = spectrum(sound)
    away = np.abs(np.arange(len(levels))[:, None] - np.atleast_1d(hertz)).min(1) > least
    return levels[away].max()


def test_partials_have_their_frequencies_levels_and_decays():
    hertz, amplitudes = np.array([300.0, 1000, 2300]), np.array([1.0, 0.5, 0.25])
    levels = spectrum(partials(draw(), hertz, amplitudes))
    assert levels[[300, 1000, 2300]] == pytest.approx([0, -6, -12], abs=0.2)
    assert strongest_elsewhere(partials(draw(), hertz, amplitudes), hertz) < -100
    fading = partials(draw(), np.array([1000.0]), np.array([1.0]), np.array([0.1]))
    early, late = (np.abs(fading[at : at + 441]).max() for at in (4410, 13_230))
    assert early / late == pytest.approx(np.e**2, rel=0.02)


def test_a_curve_that_stays_sounds_as_a_steady_pitch():
    hertz, decays = np.array([300.0, 1000, 2300]), np.array([0.3, 0.2, FOREVER])
    steady = partials(draw(0.3), hertz, np.ones(3), decays)
    moved = partials(draw(0.3), hertz, np.ones(3), decays, np.ones(draw(0.3).length, np.float32))
    assert np.abs(np.fft.rfft(steady)).round(0) == pytest.approx(np.abs(np.fft.rfft(moved)).round(0), abs=40)
    assert spectrum(moved)[[300, 1000, 2300]] == pytest.approx(spectrum(steady)[[300, 1000, 2300]], abs=0.1)


def test_partials_that_are_too_high_are_left_out():
    rising = np.linspace(1, 4, RATE, dtype=np.float32)
    high = partials(draw(), np.array([200.0, 8000, 30_000]), np.ones(3), FOREVER, rising)
    assert strongest_elsewhere(high, np.arange(200, 801)) < -80
    assert np.abs(partials(draw(), np.array([30_000.0]), np.ones(1))).max() > 0.5  # but something always sounds


@pytest.mark.parametrize("hertz", [110.0, 441.0, 3000.0, 9000.0, 20_000.0])
def test_a_train_of_pulses_has_nothing_between_its_harmonics(hertz):
    train = pulses(draw(), hertz, None, 0.995)
    harmonics = np.arange(hertz, 0.475 * RATE, hertz)
    assert strongest_elsewhere(train, harmonics, min(40, hertz / 3)) < -70
    levels = spectrum(train)[harmonics.round().astype(int)]
    assert levels == pytest.approx(20 * np.log10(0.995) * np.arange(len(harmonics)), abs=0.3)


def test_odd_and_inharmonic_trains():
    assert strongest_elsewhere(pulses(draw(), 500.0, None, 0.9, 2.0), np.arange(500, 21_000, 1000)) < -70
    assert strongest_elsewhere(pulses(draw(), 500.0, None, 0.9, 1.5), np.arange(500, 21_000, 750)) < -70


@pytest.mark.parametrize(
    ("hertz", "ratio", "index"), [(1000, 1.0, 3), (700, 3.0, 10), (1500, 7.0, 12), (5000, 9.0, 12)]
)
def test_frequency_modulation_stays_below_half_the_rate(hertz, ratio, index):
    sound = modulated(draw(), hertz, ratio, np.full(RATE, index, np.float32))
    sides = np.abs(hertz + hertz * ratio * np.arange(-40, 41))
    assert strongest_elsewhere(sound, sides[sides < RATE / 2]) < -60
    assert spectrum(sound)[round(0.49 * RATE) :].max() < -50


def test_a_modulated_tone_has_the_side_bands_of_bessel_functions():
    levels = spectrum(modulated(draw(), 3000, 0.1, np.full(RATE, 2.0, np.float32)))
    bessel = np.array([0.2239, 0.5767, 0.3528, 0.1289])  # of order 0 to 3 at 2
    assert levels[[3000, 3300, 3600, 3900]] == pytest.approx(20 * np.log10(bessel / bessel.max()), abs=0.2)


def test_polynomials_weigh_harmonics():
    levels = spectrum(polynomial(draw(), 1000, np.array([1.0, 0.5, 0, 0.25]), np.ones(RATE, np.float32)))
    assert levels[[1000, 2000, 4000]] == pytest.approx([0, -6, -12], abs=0.2)
    high = polynomial(draw(), 5000, np.ones(16), np.ones(RATE, np.float32))
    assert strongest_elsewhere(high, [5000, 10_000, 15_000, 20_000]) < -80


def test_scattered_waves_add_up_and_are_cut_at_the_end():
    waves = np.array([[1.0, 2, 3], [4, 5, 6]], np.float32)
    assert scattered(5, np.array([1, 3]), waves).tolist() == [0, 1, 2, 7, 5]
