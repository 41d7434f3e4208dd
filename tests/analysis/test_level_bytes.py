"""Spectrograms in bytes: where a tone and a click are in them, and that they stay small."""

import numpy as np
import pytest

from sda_lib.analysis.level_bytes import MOST_COLUMNS, level_bytes
from sda_lib.analysis.spectrogram import BANDS, spectrogram
from sda_lib.audio.clip import AudioClip

RATE = 48000


def test_a_tone_of_1_khz_has_its_ridge_at_1_khz():
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)
    found = level_bytes(AudioClip(tone[None].astype(np.float32), RATE))
    low, high = found.limits_hz
    ridge = found.levels[:, 10:-10].argmax(0)
    hertz = low * (high / low) ** ((ridge + 0.5) / BANDS)
    assert np.abs(12 * np.log2(hertz / 1000)).max() < 0.6
    assert found.decibels().max() == pytest.approx(-6, abs=1)


def test_a_click_is_in_the_columns_around_it():
    samples = np.zeros(RATE, np.float32)
    samples[RATE // 2] = 1.0
    found = level_bytes(AudioClip(samples[None], RATE))
    columns = np.flatnonzero(found.levels.max(0) > found.levels.min())
    assert columns.mean() * found.seconds == pytest.approx(0.5, abs=0.005)


def test_bytes_are_the_spectrogram_in_half_decibels():
    noise = np.random.default_rng(0).normal(0, 0.1, (2, RATE)).astype(np.float32)
    found = level_bytes(AudioClip(noise, RATE))
    assert np.abs(found.decibels() - spectrogram(AudioClip(noise, RATE), 256)).max() <= 0.25


def test_long_sounds_have_a_bounded_number_of_columns():
    found = level_bytes(AudioClip(np.zeros((1, 60 * RATE), np.float32), RATE))
    assert MOST_COLUMNS - 2 <= found.levels.shape[1] <= MOST_COLUMNS + 2
    assert found.levels.shape[1] * found.seconds == pytest.approx(60, rel=0.01)
    assert found.levels.max() == 0
