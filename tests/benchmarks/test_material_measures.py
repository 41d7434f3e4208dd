"""Measures of new sounds, on sounds whose answer is known."""

import numpy as np
from material_measures import Changes, click_ratios, click_threshold

from sda_lib import AudioClip

RATE = 44100


def tone(seconds=1.0, level=0.1, frequency=440.0):
    time = np.arange(round(seconds * RATE)) / RATE
    return np.float32(level * np.sin(2 * np.pi * frequency * time))


def breath(samples, seed=0):
    return samples + np.float32(1e-3 * np.random.default_rng(seed).standard_normal(len(samples)))


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


def test_ordinary_borders_are_where_the_sound_is_not_quiet():
    sound = np.concatenate([tone(0.5), np.zeros(RATE, np.float32)])
    borders = Changes.of(AudioClip(sound, RATE)).borders(1024)
    assert 0 < len(borders) <= 12
    assert max(borders) < 0.6 * RATE
