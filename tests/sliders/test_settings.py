"""Slider settings as data."""

import dataclasses

import numpy as np
import pytest

from sda_lib.codec.codes import Codes
from sda_lib.sliders.settings import SliderSettings


def sound_of(frames, **placement):
    return Codes(np.zeros((2, frames), np.int64), 4, 100, 1000, **placement)


@pytest.fixture
def settings():
    return SliderSettings(sound_of(10))


def test_moving_a_slider_replaces_its_curve(settings):
    drawn = settings.drawn("warmth", ((0.5, 1.0), (0.0, 0.0)))
    assert drawn.curves == {"warmth": ((0.0, 0.0), (0.5, 1.0))}
    assert not drawn.is_neutral
    moved = drawn.moved({"warmth": 2.0})
    assert (moved.curves, moved.steps) == ({}, {"warmth": 2.0})
    assert moved.moved({"warmth": 0.0}).is_neutral


def test_an_empty_curve_removes_it(settings):
    assert settings.drawn("warmth", ((0.0, 1.0),)).drawn("warmth", ()).curves == {}


def test_amounts_are_steps_per_frame_within_the_chosen_frames(settings):
    part = dataclasses.replace(settings.moved({"warmth": 2.0, "loudness": 0.0}), frames=(2, 4))
    assert {name: one.tolist() for name, one in part.amounts(sound_of(5)).items()} == {"warmth": [0, 0, 2, 2, 0]}
    curve = settings.drawn("warmth", ((0.05, 0.0), (0.25, 2.0)))
    assert curve.amounts(sound_of(4))["warmth"] == pytest.approx([0.0, 1.0, 2.0, 2.0])


def test_curves_follow_the_seconds_of_a_sound_with_a_lead_and_a_rate(settings):
    curve = settings.drawn("warmth", ((0.0, 0.0), (1.0, 1.0)))
    assert curve.amounts(sound_of(4, lead=50))["warmth"] == pytest.approx([0.0, 0.1, 0.2, 0.3])
    assert curve.amounts(sound_of(4, rate=2.0))["warmth"] == pytest.approx([0.025, 0.075, 0.125, 0.175])


def test_a_sound_that_was_moved_without_holding_its_level_stays_so_until_it_is_reset(settings):
    free = dataclasses.replace(settings.moved({"warmth": 2.0}), holds_level=False)
    assert settings.moved({"warmth": 2.0}).holds_level
    assert not free.moved({"brightness": 1.0}).holds_level
    assert not free.drawn("warmth", ((0.0, 1.0),)).holds_level
    assert free.moved({"warmth": 0.0}).moved({"warmth": 1.0}).holds_level
