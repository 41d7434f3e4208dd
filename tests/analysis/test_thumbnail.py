"""Thumbnails show where and how high a sound is."""

import numpy as np
import pytest

from sda_lib.analysis.thumbnail import COLUMNS, ROWS, picture, thumbnail
from sda_lib.audio.clip import AudioClip


def tone(hertz, seconds):
    time = np.arange(int(44100 * seconds)) / 44100
    return np.sin(2 * np.pi * hertz * time).astype(np.float32)


@pytest.mark.parametrize("seconds", [0.01, 0.5, 20])
def test_sounds_of_any_length(seconds):
    pixels = picture(thumbnail(AudioClip(tone(500, seconds)[None], 44100)))
    assert pixels.shape == (ROWS, COLUMNS)
    assert pixels.max() == 255


def test_a_rising_sound_rises():
    samples = np.concatenate([tone(100, 1), tone(5000, 1)])
    pixels = picture(thumbnail(AudioClip(samples[None], 44100)))
    assert pixels[:, COLUMNS // 4].argmax() < ROWS // 2 < pixels[:, 3 * COLUMNS // 4].argmax()


def test_silence_is_black_and_other_bytes_are_no_picture():
    assert picture(thumbnail(AudioClip(np.zeros((1, 9000), np.float32), 44100))).max() == 0
    assert picture(b"123") is None
