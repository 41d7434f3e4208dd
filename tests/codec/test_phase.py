"""Phases: Griffin-Lim's fixed point, and propagation that keeps partials whole and edits near."""

import numpy as np
import pytest
import torch

from sda_lib.codec.phase import gradients, griffin_lim, peak_of, propagated_phase, random_phase
from sda_lib.codec.stft import Spectral, log_magnitude, modulus

SPECTRAL = Spectral(48000, 1024, 256, 80)
SPACING = 32


def chirp(channels=1, steps=96):
    time = torch.arange(steps * 256) / 48000
    sound = torch.sin(2 * np.pi * (200 * time + 900 * time**2)) * 0.3
    return torch.stack([sound, sound.flip(0)])[:channels]


def note(steps=256, frequency=441.9):
    time = torch.arange(steps * 256, dtype=torch.float64) / 48000
    partials = sum(torch.sin(2 * np.pi * frequency * k * time + k * k) / k for k in range(1, 7))
    return (0.2 * partials).float()[None]


def again(signal, phase, rounds):
    return griffin_lim(SPECTRAL, modulus(SPECTRAL.stft(signal)), phase, rounds)


def miss(signal, phase, rounds):
    """How far the magnitudes of what is made are from those it was made of, relative to them."""
    size = modulus(SPECTRAL.stft(signal))
    return float((modulus(SPECTRAL.stft(again(signal, phase, rounds))) - size).norm() / size.norm())


def propagated(signal, first=0):
    return propagated_phase(SPECTRAL, log_magnitude(SPECTRAL.stft(signal)), first, SPACING)


def level_modulation(signal, frequency, width=2400):
    """Standard deviation in dB of the level of a sound's partial, smoothed over 50 ms."""
    time = np.arange(signal.shape[1]) / 48000
    shifted = signal[0].double().numpy() * np.exp(-2j * np.pi * frequency * time)
    level = np.abs(np.convolve(shifted, np.hanning(width), "valid"))[2 * width : -2 * width]
    return float((20 * np.log10(level)).std())


@pytest.mark.parametrize("channels", [1, 2])
def test_griffin_lim_leaves_a_true_spectrum_alone(channels):
    signal = chirp(channels)
    spectra = SPECTRAL.stft(signal)
    assert torch.allclose(again(signal, spectra / modulus(spectra), rounds=3), signal, atol=1e-4)


def test_griffin_lim_finds_phases():
    signal = chirp()
    start = random_phase(modulus(SPECTRAL.stft(signal)))
    assert miss(signal, start, 16) < 0.5 * miss(signal, start, 0)


def test_scattered_phases_depend_on_the_place_alone():
    like = torch.zeros(2, 513, 40)
    whole = random_phase(like, 7)
    assert torch.allclose(whole.abs(), torch.ones_like(like), atol=1e-5)
    assert random_phase(like[..., :10], 27).equal(whole[..., 20:30])
    assert not whole[..., 0].equal(whole[..., 1])


@pytest.mark.parametrize("signal", [chirp(), chirp(2), note()])
def test_propagation_saves_many_iterations(signal):
    scattered = random_phase(modulus(SPECTRAL.stft(signal)))
    assert miss(signal, propagated(signal), 2) < miss(signal, scattered, 8)
    assert torch.allclose(propagated(signal).abs(), torch.ones(signal.shape[0], 513, signal.shape[1] // 256), atol=1e-5)


def test_a_sustained_partial_keeps_its_level_across_anchors():
    signal = note()
    made = again(signal, propagated(signal), 2)
    iterated = again(signal, random_phase(modulus(SPECTRAL.stft(signal))), 16)
    assert level_modulation(signal, 441.9) < 0.05
    assert level_modulation(made, 441.9) < 0.5
    assert level_modulation(made, 441.9) < 0.5 * level_modulation(iterated, 441.9)


def test_a_window_between_anchors_has_the_phases_of_the_whole():
    signal = chirp(steps=200)
    levels = log_magnitude(SPECTRAL.stft(signal))
    whole = propagated_phase(SPECTRAL, levels, 0, SPACING)
    part = propagated_phase(SPECTRAL, levels[..., 63:130], 63, SPACING)  # anchors at 64, 96 and 128, and one around
    assert torch.allclose(part[..., 1:65], whole[..., 64:128], atol=1e-2)
    without = propagated_phase(SPECTRAL, levels[..., 63:130], 63, SPACING, around=(1, 2))
    assert without.equal(part[..., 1:65])


def test_a_change_stays_between_its_anchors():
    levels = log_magnitude(SPECTRAL.stft(chirp(steps=200)))
    changed = levels.clone()
    changed[..., 110] += torch.randn(513, generator=torch.Generator().manual_seed(0))
    before, after = (propagated_phase(SPECTRAL, one, 0, SPACING) for one in (levels, changed))
    differs = (before != after).any(0).any(0).nonzero()[:, 0]
    assert len(differs) > 10
    assert differs.min() >= 96
    assert differs.max() < 128


def test_every_bin_belongs_to_the_peak_it_climbs_to():
    row = torch.tensor([3.0, 1, 2, 5, 4, 4, 6, 7, 7, 2, 1])
    other = row.flip(0)
    peaks = peak_of(torch.stack([row, other])[None])[0]
    assert peaks[0].tolist() == [0, 3, 3, 3, 3, 7, 7, 7, 7, 7, 7]
    assert sorted(set(peaks[1].tolist())) == [2, 7, 10]
    assert peak_of(torch.zeros(1, 1, 6)).unique().tolist() == [0]
    assert peak_of(torch.arange(6.0)[None, None]).unique().tolist() == [5]


@pytest.mark.parametrize("frequency", [500.0, 1003.0, 6020.0])
def test_a_peaks_advance_is_its_frequency(frequency):
    time = torch.arange(64 * 256) / 48000
    rows = log_magnitude(SPECTRAL.stft(torch.sin(2 * np.pi * frequency * time)[None])).transpose(-1, -2) * np.log(10)
    advance, _ = gradients(SPECTRAL, rows)
    measured = advance[0, 32, rows[0, 32].argmax()] * 48000 / (2 * np.pi * 256)
    turns = (frequency - float(measured)) / (48000 / 256)
    assert abs(turns - round(turns)) * 48000 / 256 < 6
