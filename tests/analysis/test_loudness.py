"""Loudness and true peak against another implementation, in any blocks, for any length."""

import subprocess
import sys

import numpy as np
import pyloudnorm
import pytest
import scipy.signal

from sda_lib.analysis.loudness import SILENT, LoudnessMeter, k_gain, k_weighting, measure_loudness
from sda_lib.audio.clip import AudioClip


def sound(rate, seconds, channels=2, seed=0):
    """Noise whose level wanders, with a silent stretch."""
    count = int(rate * seconds)
    level = 10 ** (np.interp(np.linspace(0, 1, count), [0, 0.3, 0.5, 0.6, 1], [-40, -10, -20, -90, -15]) / 20)
    return AudioClip(0.3 * level * np.random.default_rng(seed).standard_normal((channels, count)), rate)


@pytest.mark.parametrize("rate", [44100, 48000, 96000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("seconds", [0.5, 3.0, 11.3])
def test_loudness_is_that_of_another_meter(rate, channels, seconds):
    clip = sound(rate, seconds, channels)
    other = pyloudnorm.Meter(rate).integrated_loudness(clip.samples.T.astype(np.float64))
    assert measure_loudness(clip).loudness == pytest.approx(other, abs=0.15)


def test_a_sine_is_as_loud_as_the_standard_says():
    time = np.arange(48000 * 2) / 48000
    sine = np.sin(2 * np.pi * 997 * time)
    assert measure_loudness(AudioClip(sine, 48000)).loudness == pytest.approx(-3.01, abs=0.05)
    short = measure_loudness(AudioClip(sine[: 48000 // 5], 48000))
    assert short.loudness == pytest.approx(-3.01, abs=0.1), "shorter than a gating block"


def test_a_peak_between_samples_is_found():
    time = np.arange(4800)
    between = np.sin(2 * np.pi * (time / 4 + 1 / 8)) * np.hanning(4800) ** 0.1
    meter = measure_loudness(AudioClip(0.5 * between, 48000))
    assert np.abs(0.5 * between).max() < 0.36
    assert meter.true_peak == pytest.approx(0.5, rel=0.02)


def test_blocks_make_no_difference():
    clip = sound(48000, 2.0)
    meter = LoudnessMeter(48000, 2)
    for first in range(0, clip.length, 7001):
        meter.add(clip.samples[:, first : first + 7001])
    whole = measure_loudness(clip)
    assert meter.loudness == pytest.approx(whole.loudness, abs=1e-9)
    assert meter.true_peak == pytest.approx(whole.true_peak, rel=1e-4)


def test_silence_has_no_loudness():
    assert measure_loudness(AudioClip(np.zeros((1, 48000)), 48000)).loudness == SILENT
    assert measure_loudness(AudioClip(np.zeros((1, 10)), 48000)).loudness == SILENT
    assert LoudnessMeter(48000, 1).loudness == SILENT


@pytest.mark.parametrize("rate", [22050, 44100, 48000, 96000])
@pytest.mark.parametrize("bins", [513, 2049])
def test_the_gain_of_the_weighting_is_that_of_scipy_bit_for_bit(rate, bins):
    angles = np.linspace(0, np.pi, bins)
    stages = [scipy.signal.freqz(*k_weighting(rate, stage), angles)[1] for stage in (0, 1)]
    assert np.array_equal(k_gain(bins, rate), np.prod([np.square(np.abs(one)) for one in stages], axis=0))


def test_a_page_does_without_the_signal_package():
    code = "import sys, sda_lib.analysis.loudness as one; one.k_gain(513, 48000); print('scipy.signal' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
