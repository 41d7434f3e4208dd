"""Curves of sliders over new sounds."""

import json

import numpy as np
import pytest

import sda_lib
from sda_lib import safe_json
from sda_lib.errors import SdaError
from sda_lib.sessions.session_file import _plain_to_options
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions
from sda_lib.writers.slider_curves import curves_of, slider_steps


def test_curves_are_parsed_and_checked():
    assert curves_of(["warmth=0:-1, 0.5:2,1:0"]) == {"warmth": ((0, -1), (0.5, 2), (1, 0))}
    for text in ("warmth", "warmth=1", "warmth=0:1:2", "warmth=a:b"):
        with pytest.raises(SdaError, match="should read NAME=TIME:STEP"):
            curves_of([text])
    unordered, backwards, late = ((0, 1), (0, 2)), ((0.5, 1), (0.2, 1)), ((0, 1), (1.5, 0))
    for points in (unordered, backwards, late, ((0, 4.5),), (), (3,)):
        with pytest.raises(SdaError, match="curve"):
            GenerateOptions(curves={"warmth": points})


def test_options_with_curves_survive_json():
    options = GenerateOptions(curves={"warmth": [[0, -1], [1, 2]]})
    assert options.curves == {"warmth": ((0.0, -1.0), (1.0, 2.0))}
    assert _plain_to_options(safe_json.parse(json.dumps(vars(options)))) == options


def test_a_curve_gives_each_frame_its_step_and_replaces_a_number(rain):
    steps = slider_steps({"warmth": 1.0, "brightness": 2.0}, {"warmth": ((0.0, -2.0), (1.0, 2.0))}, rain)
    assert steps["brightness"] == 2.0
    assert len(steps["warmth"]) == rain.frames
    assert np.all(np.diff(steps["warmth"]) >= 0)
    assert steps["warmth"][rain.frames // 2] == pytest.approx(0, abs=0.2)


def test_a_curve_moves_the_end_of_a_sound_and_not_its_beginning(slider_model_path):
    model = sda_lib.SdaModel.load(slider_model_path)
    name = model.sliders.shown[0].name
    plain = generate(model, GenerateOptions(seconds=2, seed=3)).codes
    moved = generate(model, GenerateOptions(seconds=2, seed=3, curves={name: ((0.5, 0.0), (1.0, 4.0))})).codes
    changed = (plain.indices != moved.indices).any(0)
    half = plain.frames // 2
    assert not changed[: half - 1].any()
    assert changed[half + 2 :].any()
