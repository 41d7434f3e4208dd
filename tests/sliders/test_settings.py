"""Slider settings as data, and the zones of responses with known values."""

import dataclasses

import numpy as np
import pytest

from sda_lib.codec.codes import Codes
from sda_lib.directions.directions import STEPS, Response, SliderCard
from sda_lib.sliders.settings import SliderSettings, draw_safe_steps, zones

CARD = SliderCard("warmth", "dB", 0.9, 2.0, (-4.0, 4.0), 0.0, {"loudness": 0.1}, -4.0, 4.0)
FOLLOWED = Response(tuple(2 * step for step in STEPS))


@pytest.fixture
def settings():
    return SliderSettings(Codes(np.zeros((2, 10), np.int64), 4, 100, 1000))


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
    assert {name: one.tolist() for name, one in part.amounts(5, 10.0).items()} == {"warmth": [0, 0, 2, 2, 0]}
    curve = settings.drawn("warmth", ((0.05, 0.0), (0.25, 2.0)))
    assert curve.amounts(4, 10.0)["warmth"] == pytest.approx([0.0, 1.0, 2.0, 2.0])


def test_zones_of_a_slider_for_a_sound():
    found = zones(CARD, FOLLOWED)
    assert [zone for *_, zone in found] == ["danger", "warning", "safe", "warning", "danger"]
    assert (found[0][0], found[-1][1]) == (-4.0, 4.0)
    assert found[2][:2] == pytest.approx((-2.0, 2.0))
    still = Response((0.0,) * len(STEPS))
    assert zones(CARD, still) == [(-4.0, 4.0, "unknown")]


def test_safe_steps_are_drawn_from_the_safe_zone():
    cards, known = {"warmth": CARD, "attack": CARD}, {"warmth": FOLLOWED, "attack": Response((0.0,) * len(STEPS))}
    found = [draw_safe_steps(cards, known, seed) for seed in range(20)]
    assert all(abs(one["warmth"]) <= 2 and one["attack"] == 0 for one in found)
    assert len({one["warmth"] for one in found}) > 10
