"""Zones of responses with known values."""

import dataclasses

import pytest

from sda_lib.directions.directions import STEPS, Response, SliderCard
from sda_lib.sliders.zones import MARGIN, draw_safe_steps, zone, zones

CARD = SliderCard("warmth", "dB", 0.9, 2.0, (-4.0, 4.0), 0.0, {"loudness": 0.1}, -4.0, 4.0)
FOLLOWED = Response(tuple(2 * step for step in STEPS))


def test_zones_follow_the_range_of_the_corpus():
    one = dataclasses.replace(CARD, low=-10.0, high=10.0)
    values = (0.0, 10.0, 10.1, 10 + 20 * MARGIN, 10.1 + 20 * MARGIN, -10.0, -14.0)
    assert [zone(one, value) for value in values] == [
        "safe", "safe", "warning", "warning", "danger", "safe", "danger",
    ]  # fmt: skip
    unsure = dataclasses.replace(one, error=1.0)
    assert [zone(unsure, value) for value in (8.9, 9.1)] == ["safe", "warning"]
    assert zone(dataclasses.replace(one, error=100.0), 0.0) == "safe"  # the margin limits the effect of the error


def test_zones_of_a_slider_for_a_sound():
    found = zones(CARD, FOLLOWED)
    assert [here for *_, here in found] == ["danger", "warning", "safe", "warning", "danger"]
    assert (found[0][0], found[-1][1]) == (-4.0, 4.0)
    assert found[2][:2] == pytest.approx((-2.0, 2.0))
    still = Response((0.0,) * len(STEPS))
    assert zones(CARD, still) == [(-4.0, 4.0, "unknown")]


def test_safe_steps_are_drawn_from_the_safe_zone():
    cards, known = {"warmth": CARD, "attack": CARD}, {"warmth": FOLLOWED, "attack": Response((0.0,) * len(STEPS))}
    found = [draw_safe_steps(cards, known, seed) for seed in range(20)]
    assert all(abs(one["warmth"]) <= 2 and one["attack"] == 0 for one in found)
    assert len({one["warmth"] for one in found}) > 10
