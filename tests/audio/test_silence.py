"""Silence at the ends: relative to the recording and to its corpus; quiet recordings are none."""

import numpy as np
import pytest

from sda_lib.audio.silence import (
    FAINTER,
    KEPT_FRAMES,
    LEAST,
    TRIM,
    learned_frames,
    level_of,
    own_range,
    silence_limit,
    sounding_range,
)


def test_levels_are_in_decibels():
    assert level_of(np.array([1.0, 0.1, 0.0])) == pytest.approx([0, -20, -200])


@pytest.mark.parametrize(
    ("loudest", "of_corpus", "limit"),
    [
        (0, 0, -TRIM),  # by its own level
        (-10, 0, -10 - TRIM),
        (-30, 0, -TRIM - FAINTER),  # the noise of the loudest one's converter
        (-45, 0, -TRIM - FAINTER),
        (-60, 0, -60 - LEAST),  # never within LEAST of its own level
        (-80, 0, -80 - LEAST),
    ],
)
def test_the_limit_is_relative_to_the_recording_and_to_the_corpus(loudest, of_corpus, limit):
    assert silence_limit(loudest, of_corpus) == limit


@pytest.mark.parametrize("shift", [0, -30, -60])
def test_a_whole_corpus_at_another_level_has_the_same_silence(shift):
    level = np.array([-87.0, -73, -71, 0, -82, -30, -71, -74]) + shift
    assert sounding_range(level, float(shift)) == (2, 7)


def test_pauses_inside_stay_and_zeros_alone_are_nothing():
    assert sounding_range(np.array([0.0, -200, -200, 0]), 0) == (0, 4)
    assert sounding_range(np.full(5, -200.0), 0) == (0, 0)
    assert sounding_range(np.zeros(0), 0) == (0, 0)
    assert sounding_range(np.array([-90.0, 0, -90]), 0, trim=0) == (0, 3)


def test_half_a_second_at_an_end_is_the_recordings_own():
    level = np.pad(np.zeros(10), (50, 51), constant_values=-90.0)
    assert own_range(level, 100, 0) == (0, 60)
    assert own_range(level[1:-1], 100, 0) == (0, 109)
    assert own_range(level, 90, 0) == (50, 60)
    assert own_range(np.full(9, -200.0), 100, 0) == (0, 0)


def test_frames_keep_one_more_at_either_end():
    level = np.array([-90.0, -90, -90, 0, 0, -90, -90, -90])
    assert learned_frames(level, 4, 0) == (3 - KEPT_FRAMES, 5 + KEPT_FRAMES)
    assert learned_frames(level[1:-2], 4, 0) == (0, 5)
    assert learned_frames(level[3:5], 4, 0) == (0, 2)
    assert learned_frames(np.full(4, -200.0), 4, 0) == (0, 0)
