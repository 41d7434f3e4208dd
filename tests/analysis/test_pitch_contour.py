"""Pitch over time: of steady and of gliding tones; none in noise, silence and short sounds."""

import numpy as np
import pytest

from sda_lib.analysis.pitch_contour import MOST, pitch_contour
from sda_lib.audio.clip import AudioClip

RATE = 44100


def clip_of(samples):
    return AudioClip(np.asarray(samples, np.float32)[None], RATE)


@pytest.mark.parametrize("hertz", [60.0, 220.0, 1000.0, 3000.0])
def test_a_steady_tone_has_its_pitch_all_the_time(hertz):
    time = np.arange(RATE // 2) / RATE
    found = pitch_contour(clip_of(0.3 * np.sin(2 * np.pi * hertz * time)))
    assert len(found) > 40
    assert np.abs(12 * np.log2(found[:, 1] / hertz)).max() < 0.2


def test_a_glide_is_followed_in_time():
    """From 200 to 400 Hz within a second: half an octave up in the middle."""
    time = np.arange(RATE) / RATE
    phase = 2 * np.pi * 200 / np.log(2) * (2**time - 1)
    second, hertz = pitch_contour(clip_of(0.3 * np.sin(phase))).T
    assert np.abs(12 * np.log2(hertz / (200 * 2**second))).max() < 0.3


def test_noise_and_silence_have_no_pitch():
    noise = np.random.default_rng(0).normal(0, 0.1, RATE // 2)
    assert np.isfinite(pitch_contour(clip_of(noise))[:, 1]).mean() < 0.1
    assert len(pitch_contour(clip_of(np.zeros(RATE)))) == 0
    assert len(pitch_contour(clip_of(np.ones(100)))) == 0


def test_a_tone_after_silence_has_a_pitch_where_it_sounds():
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(RATE // 2) / RATE)
    second, hertz = pitch_contour(clip_of([*np.zeros(RATE // 2), *tone])).T
    assert np.isnan(hertz[second < 0.45]).all()
    assert np.abs(hertz[second > 0.55] / 440 - 1).max() < 0.01


def test_long_sounds_have_a_bounded_number_of_windows_and_can_be_left():
    long = clip_of(np.tile(np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE), 30))
    calls = []
    assert len(pitch_contour(long, lambda: calls.append(1))) == MOST
    assert len(calls) > 20

    def leave():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pitch_contour(long, leave)
