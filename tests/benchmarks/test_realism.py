"""The ratios are 1 for the sound itself, and each measures one property."""

import math
from dataclasses import astuple

import numpy as np
import pytest
import torch

from benchmarks.realism import Ratios, onsets, partial_modulation, ratios
from sda_lib.audio.clip import AudioClip, read_clip

RATE = 44100


def noise(seconds=1.0, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, int(seconds * RATE))


def note(tremolo_db=0.0, rate=20.0, seconds=1.5, noise_level=0.0):
    """A steady note of six partials, each with its own fast level modulation of that RMS (sine)."""
    time = np.arange(int(seconds * RATE)) / RATE
    swing = [10 ** (np.sqrt(2) * tremolo_db * np.sin(2 * np.pi * rate * time + k) / 20) for k in range(6)]
    tone = sum(swing[k] * np.sin(2 * np.pi * 330 * (k + 1) * time) / (k + 1) for k in range(6))
    return AudioClip(0.2 * tone + noise_level * noise(seconds), RATE)


@pytest.mark.parametrize("name", ["elec_hi_snare", "guit_e_slide", "ambi_drone"])
def test_a_recording_is_its_own_ideal(name):
    clip = read_clip(f"data/demo/{name}.flac")
    found = ratios(clip, clip)
    assert all(math.isnan(value) or value == 1 for value in astuple(found))
    again = ratios(clip, clip.resampled(48000))
    assert astuple(again)[:2] == pytest.approx((1, 1), abs=0.1)


def test_smoothness_is_measured():
    """Noise whose every spectrum has the mean magnitude has no texture left."""
    spectrum = np.fft.rfft(noise())
    smooth = np.fft.irfft(0.1 * np.sqrt(RATE) * np.exp(1j * np.cumsum(np.linspace(0, np.pi, len(spectrum)))))
    found = ratios(AudioClip(noise(), RATE), AudioClip(smooth, RATE))
    assert found.roughness < 0.5
    assert found.flux < 0.7


def test_other_noise_is_as_rough():
    found = ratios(AudioClip(noise(), RATE), AudioClip(noise(seed=1), RATE))
    assert astuple(found)[:2] == pytest.approx((1, 1), abs=0.02)


def test_onsets_are_found_where_they_are():
    signal = np.zeros(RATE)
    for place in (0, 15000, 30000):
        signal[place : place + 4000] = noise(4000 / RATE) * np.exp(-np.arange(4000) / 800)
    assert np.abs(np.array(onsets(torch.tensor(signal).float())) - [0, 15000, 30000]).max() < 0.02 * RATE
    assert onsets(torch.zeros(RATE)) == []
    assert onsets(torch.tensor(noise()).float()) in ([], [0])


def test_a_smeared_attack_is_measured():
    click = np.zeros(RATE)
    click[20000:26000] = np.sin(np.arange(6000) * 0.3) * np.exp(-np.arange(6000) / 1500)
    smeared = click.copy()
    smeared[20000:20882] *= np.linspace(0, 1, 882)
    found = ratios(AudioClip(click, RATE), AudioClip(smeared, RATE))
    assert found.onset < 0.4
    assert found.crest < 1


def test_without_onset_or_sound_a_ratio_is_missing_and_means_leave_it_out():
    silent = AudioClip(np.zeros(RATE), RATE)
    assert math.isnan(ratios(silent, silent).onset)
    mean = Ratios.mean([Ratios(1.0, 2.0, math.nan, 1.0), Ratios(3.0, 2.0, 0.5, 1.0)])
    assert astuple(mean) == (2.0, 2.0, 0.5, 1.0)


@pytest.mark.parametrize("depth", [1.0, 2.0])
def test_partial_modulation_is_in_decibels(depth):
    still, moving = note(), note(depth, rate=12.0)
    assert partial_modulation(still) < 0.1
    assert partial_modulation(moving, still) == pytest.approx(depth, rel=0.25)


def test_partial_modulation_ignores_slow_swells_and_needs_a_note():
    assert partial_modulation(note(3.0, rate=0.5)) < 0.3
    assert math.isnan(partial_modulation(AudioClip(noise(0.2), RATE)))


def test_partials_are_those_of_the_recording():
    """A decoded note that has lost its partials to noise is measured at the recording's partials."""
    lost = AudioClip(noise(1.5), RATE)
    assert partial_modulation(lost, note()) > 2.5
