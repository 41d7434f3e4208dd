"""Variations: values spread evenly, equal for equal indices, each set in its option."""

import numpy as np
import pytest

from sda_lib.batch.vary import VARIABLE_KINDS, parse_variations, varied_values, with_variations
from sda_lib.errors import SdaError
from sda_lib.export.finish import Finish, Place, Space
from sda_lib.writers.options import GenerateOptions


def test_values_fill_their_ranges_and_do_not_depend_on_the_count():
    varied = parse_variations("seed, brightness=-1:1, azimuth=-90:90", ["brightness"])
    points = np.array([[*varied_values(varied, index).values()] for index in range(64)])
    for column, (low, high) in zip(points.T, [(-1, 1), (-90, 90)], strict=True):
        counts, _ = np.histogram(column, 8, (low, high))
        assert counts.min() >= 6
        assert counts.max() <= 10
    quarters = {(bool(a > 0), bool(b > 0)) for a, b in points[:8]}
    assert len(quarters) == 4
    assert varied_values(varied, 5) == varied_values(varied, 5)


def test_each_kind_of_value_is_set():
    varied = parse_variations(
        "warmth,control.brightness,novelty=0.2:0.4,elevation,reverb=0:0.5", ["warmth", "brightness"]
    )
    assert [one.kind for one in varied] == ["slider", "control", "option", "place", "effect"]
    wish = GenerateOptions(seed=40), Finish(space=Space("binaural", place=Place(30, 10)))
    options, finish = with_variations(wish, varied, 3)
    values = varied_values(varied, 3)
    assert options.seed == 43
    assert options.sliders == {"warmth": values["warmth"]}
    assert options.controls == {"brightness": values["control.brightness"]}
    assert 0.2 <= options.novelty == values["novelty"] <= 0.4
    assert (finish.space.place.azimuth, finish.space.place.elevation) == (30, values["elevation"])
    assert finish.effects.reverb == values["reverb"] <= 0.5
    options, finish = with_variations(
        (GenerateOptions(), Finish(space=Space("stereo"))), parse_variations("pan,width"), 0
    )
    assert -1 <= finish.space.pan <= 1
    assert 0 <= finish.space.width <= 2


def test_a_name_of_a_slider_and_a_control_means_the_slider():
    assert parse_variations("density", ["density"])[0].kind == "slider"
    assert parse_variations("density")[0].kind == "control"
    assert set(VARIABLE_KINDS) >= {"slider", "control"}


@pytest.mark.parametrize(
    ("text", "says"),
    [("sweetness", "can't be varied; there are seed"), ("novelty=1", "from:to"), ("novelty=a:b", "from:to"),
     ("slider.warmth", "can't be varied")],
)  # fmt: skip
def test_unknown_variations_are_refused(text, says):
    with pytest.raises(SdaError, match=says):
        parse_variations(text)


def test_values_out_of_range_are_refused():
    for text, space, says in (
        ("azimuth", Space(), "binaural or ambisonics"),
        ("pan", Space("binaural"), "--space stereo"),
        ("novelty=0:9", Space(), "novelty must be from 0 to 1"),
        ("reverb=2:3", Space(), "reverb must be from 0 to 1"),
    ):
        with pytest.raises(SdaError, match=says):
            with_variations((GenerateOptions(), Finish(space=space)), parse_variations(text), 0)


def test_a_slider_that_varies_takes_the_place_of_its_curve():
    curve = ((0.0, 0.0), (1.0, 2.0))
    options = GenerateOptions(curves={"warmth": curve, "tension": curve})
    variations = parse_variations("warmth=-1:1", ["warmth", "tension"])
    found, _ = with_variations((options, Finish()), variations, 0)
    assert found.curves == {"tension": curve}
    assert set(found.sliders) == {"warmth"}
