"""Gestures on levels with known onsets."""

import numpy as np
import pytest

from sda_lib.directions.gestures import (
    COMPENSATION,
    DB_PER_STEP,
    GESTURES,
    MAX_STEPS,
    expand_gestures,
    seconds_since_onset,
)

RATE = 50.0


def level_with_onsets(*frames, count=100, fall=0.05):
    """Level [frame] that jumps up at these frames and falls in between."""
    level = np.full(count, -4.0)
    for first, end in zip(frames, (*frames[1:], count), strict=True):
        level[first:end] = -fall * np.arange(end - first)
    return level


def test_seconds_since_the_last_onset():
    found = seconds_since_onset(level_with_onsets(20, 60), RATE)
    assert np.isinf(found[:20]).all() or found[0] == 0.0
    assert found[[20, 25, 59, 60]] == pytest.approx([0.0, 0.1, 0.78, 0.0])


def test_the_attack_curve_raises_the_onset_and_lowers_what_follows():
    curve = GESTURES["attack"](np.array([0.0, 0.04, 0.06, 0.29, 0.5, np.inf]))
    assert curve.tolist() == pytest.approx([1, 1, COMPENSATION, COMPENSATION, 0, 0])


def test_the_decay_curve_rises_from_the_end_of_the_attack():
    curve = GESTURES["decay"](np.array([0.0, 0.05, 0.275, 0.5, 3.0, np.inf]))
    assert curve.tolist() == pytest.approx([0, 0, 0.5, 1, 1, 0])


def test_gestures_add_to_the_steps_of_loudness():
    steps = expand_gestures(
        {"attack": 2.0, "loudness": 1.0, "warmth": -1.0}, level_with_onsets(20), RATE, loudness_per_step=6.0
    )
    assert set(steps) == {"loudness", "warmth"}
    assert steps["warmth"] == -1.0
    assert steps["loudness"][20] == pytest.approx(1.0 + 2.0 * DB_PER_STEP / 6.0)
    assert steps["loudness"][30] == pytest.approx(1.0 + COMPENSATION * 2.0 * DB_PER_STEP / 6.0)
    assert steps["loudness"][-1] == pytest.approx(1.0)


def test_gestures_can_vary_over_time_within_the_limits_of_loudness():
    curve = np.zeros(100)
    curve[50:] = 4.0
    steps = expand_gestures({"attack": curve}, level_with_onsets(20, 60), RATE, loudness_per_step=0.5)
    assert steps["loudness"][20] == 0
    assert steps["loudness"][60] == MAX_STEPS


def test_gestures_at_zero_add_nothing():
    assert expand_gestures({"attack": 0.0, "warmth": 1.0}, level_with_onsets(20), RATE, 6.0) == {"warmth": 1.0}
