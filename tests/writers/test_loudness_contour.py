"""Loudness contours: read, checked, measured, and followed by both writers."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.writers.loudness_contour import (
    DEPTH,
    SHAPES,
    checked_contour,
    contour_error,
    contour_levels,
    contour_of,
    measured_levels,
)
from sda_lib.writers.registry import writer_of
from sda_lib.writers.request import Request


def test_parse_names_and_points():
    assert contour_of("swell") == SHAPES["swell"]
    assert contour_of("0:0, 0.5:1,1:0.2") == ((0.0, 0.0), (0.5, 1.0), (1.0, 0.2))
    assert all(checked_contour(points) == points for points in SHAPES.values())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("louder", "one of swell"),
        ("0:0,1", "TIME:LEVEL"),
        ("0:0:1,1:1", "TIME:LEVEL"),
        ("0:0", "two to"),
        ("0:0,1:2", "from 0 to 1; 1:2"),
        ("0:0,nan:1", "from 0 to 1"),
        ("0:0,0.5:1,0.5:0", "put its points in order"),
    ],
)
def test_invalid_contours_are_refused(text, message):
    with pytest.raises(SdaError, match=message):
        contour_of(text)


def test_levels_are_under_the_highest_point():
    found = contour_levels(((0.0, 0.1), (0.5, 0.6), (1.0, 0.1)), 101)
    assert found.max() == pytest.approx(0.0, abs=0.01)
    assert found[0] == pytest.approx(-DEPTH / 2, abs=0.3)
    assert found[0] == pytest.approx(found[-1])


def test_level_of_power_and_its_error():
    fading = 10 ** (contour_levels(SHAPES["fade"], 400) / 10)
    found = measured_levels(fading, 100.0)
    assert (np.diff(found) < 0).all()
    assert contour_error(found, SHAPES["fade"]) < 1
    assert contour_error(found, SHAPES["swell"]) > 10


@pytest.mark.parametrize("shape", list(SHAPES))
def test_a_walk_follows_a_contour(tiny_model_path, shape):
    model = SdaModel.load(tiny_model_path)
    walk = writer_of(model, "walk")
    rhos = []
    for seed in range(4):
        path = walk.path(Request(frames=80, contour=SHAPES[shape]), np.random.default_rng(seed))
        level = measured_levels(10 ** (walk.graph.loudness[path] / 10), model.frame_rate)
        rhos.append(spearmanr(level, contour_levels(SHAPES[shape], 80)).statistic)
    assert np.mean(rhos) > 0.7
