"""Measures of new sounds, on sounds whose answer is known."""

import numpy as np
import pytest
from material_measures import Changes, click_ratios, click_threshold, figures

from sda_lib import AudioClip

RATE = 44100


def tone(seconds=1.0, level=0.1, frequency=440.0):
    time = np.arange(round(seconds * RATE)) / RATE
    return np.float32(level * np.sin(2 * np.pi * frequency * time))


def breath(samples, seed=0):
    return samples + np.float32(1e-3 * np.random.default_rng(seed).standard_normal(len(samples)))


def test_figures_of_a_tone():
    found = figures(AudioClip(tone(), RATE))
    assert found["level"] == pytest.approx(-23.0, abs=0.1)
    assert found["centroid"] == pytest.approx(440, rel=0.02)
    assert found["seconds"] == 1.0
    assert found["end"] == pytest.approx(0, abs=0.2)
    assert found["quiet"] == 0


def test_end_and_quiet_of_a_sound_that_has_died_away():
    found = figures(AudioClip(np.concatenate([tone(0.5), np.zeros(round(0.5 * RATE), np.float32)]), RATE))
    assert found["end"] == -80
    assert found["quiet"] == pytest.approx(0.5, abs=0.05)


def test_a_silent_sound_and_a_very_short_one_have_figures():
    assert figures(AudioClip(np.zeros(RATE, np.float32), RATE))["loudest"] < -100
    assert figures(AudioClip(tone(0.01), RATE))["loudest"] == pytest.approx(-23, abs=1)


def test_a_jump_of_the_waveform_is_a_click():
    smooth = breath(tone(2.0))
    broken = smooth.copy()
    broken[RATE:] += np.float32(0.05)
    limit = click_ratios(AudioClip(smooth, RATE)).max()
    assert (click_ratios(AudioClip(broken, RATE)) > 2 * limit).sum() == 1


def test_recordings_have_the_clicks_by_which_the_threshold_is_defined():
    clips = [AudioClip(breath(tone(10.0), seed), RATE) for seed in range(3)]
    limit = click_threshold(clips)
    assert sum(int((click_ratios(clip) > limit).sum()) for clip in clips) == 6


def test_a_step_of_the_level_and_a_change_of_the_spectrum_are_seen_at_their_border():
    border = RATE // 2
    louder = Changes.of(AudioClip(breath(np.concatenate([tone(0.5), tone(0.5, 0.2)])), RATE))
    assert louder.step_at(border) == pytest.approx(6.0, abs=0.5)
    assert louder.step_at(border // 2) < 0.5
    other = Changes.of(AudioClip(breath(np.concatenate([tone(0.5), tone(0.5, 0.1, 2000)])), RATE))
    assert other.step_at(border) < 1
    assert other.flux_at(border) > other.flux_at(border // 2)


def test_ordinary_borders_are_where_the_sound_is_not_quiet():
    sound = np.concatenate([tone(0.5), np.zeros(RATE, np.float32)])
    borders = Changes.of(AudioClip(sound, RATE)).borders(1024)
    assert 0 < len(borders) <= 12
    assert max(borders) < 0.6 * RATE
