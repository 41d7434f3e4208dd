"""Gestures on levels where it is known what strikes."""

import numpy as np
import pytest

from sda_lib.directions.gestures import (
    DB_PER_STEP,
    FARTHEST,
    GESTURES,
    WITHDRAWN,
    expand_gestures,
    onset_frames,
    seconds_since_onset,
)

RATE = 50.0


def struck(*frames, count=100, fall=0.05):
    """Level [frame] that jumps up at these frames and falls in between."""
    level = np.full(count, -4.0)
    for first, end in zip(frames, (*frames[1:], count), strict=True):
        level[first:end] = -fall * np.arange(end - first)
    return level


def test_strokes_are_where_the_level_jumps():
    assert onset_frames(struck(20, 60)).tolist() == [20, 60]
    assert onset_frames(struck(0, 60)).tolist() == [0, 60]
    assert not len(onset_frames(np.linspace(-3, 0, 100)))  # a swell
    assert not len(onset_frames(np.zeros(0)))


def test_a_rise_over_some_frames_is_one_stroke():
    level = struck(20)
    level[20:23] = (-2.0, -1.0, 0.0)
    assert onset_frames(level).tolist() == [20]


def test_seconds_since_a_stroke():
    found = seconds_since_onset(struck(20, 60), RATE)
    assert np.isinf(found[:20]).all() or found[0] == 0.0
    assert found[[20, 25, 59, 60]] == pytest.approx([0.0, 0.1, 0.78, 0.0])


def test_an_attack_is_raised_and_what_follows_withdrawn():
    curve = GESTURES["attack"](np.array([0.0, 0.04, 0.06, 0.29, 0.5, np.inf]))
    assert curve.tolist() == pytest.approx([1, 1, WITHDRAWN, WITHDRAWN, 0, 0])


def test_a_decay_is_turned_from_its_beginning_on():
    curve = GESTURES["decay"](np.array([0.0, 0.05, 0.275, 0.5, 3.0, np.inf]))
    assert curve.tolist() == pytest.approx([0, 0, 0.5, 1, 1, 0])


def test_gestures_become_steps_of_loudness_beside_those_that_stand():
    steps = expand_gestures({"attack": 2.0, "loudness": 1.0, "warmth": -1.0}, struck(20), RATE, loudness_per_step=6.0)
    assert set(steps) == {"loudness", "warmth"}
    assert steps["warmth"] == -1.0
    assert steps["loudness"][20] == pytest.approx(1.0 + 2.0 * DB_PER_STEP / 6.0)
    assert steps["loudness"][30] == pytest.approx(1.0 + WITHDRAWN * 2.0 * DB_PER_STEP / 6.0)
    assert steps["loudness"][-1] == pytest.approx(1.0)


def test_gestures_may_be_drawn_over_time_and_go_no_further_than_loudness_does():
    curve = np.zeros(100)
    curve[50:] = 4.0
    steps = expand_gestures({"attack": curve}, struck(20, 60), RATE, loudness_per_step=0.5)
    assert steps["loudness"][20] == 0
    assert steps["loudness"][60] == FARTHEST


def test_gestures_at_rest_add_nothing():
    assert expand_gestures({"attack": 0.0, "warmth": 1.0}, struck(20), RATE, 6.0) == {"warmth": 1.0}
