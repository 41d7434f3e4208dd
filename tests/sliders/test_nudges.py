"""Nudges of the latents of a real model, and what they change in its sound."""

import numpy as np
import pytest

from sda_lib import SdaModel
from sda_lib.analysis.features import FEATURES
from sda_lib.sliders.nudges import Nudging, nudged

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(slider_model_path):
    return SdaModel.load(slider_model_path)


def test_nudged_frames_are_recorded_and_each_feature_changes(model):
    found = nudged(model, Nudging(200, (0.5, 1.0)), np.random.default_rng(0))
    latents = model.memory.latents.float().numpy()
    assert all((latents == base).all(1).any() for base in found.bases[:20])
    assert found.bases.shape == found.moves.shape == (200, latents.shape[1])
    assert found.changes.shape == (200, len(FEATURES))
    assert np.isfinite(found.changes).all()
    assert (found.changes.std(0) > 0).all()


def test_changes_are_those_of_a_move_of_one_standard_deviation_whatever_the_size(model):
    small, smaller = (nudged(model, Nudging(100, (size,)), np.random.default_rng(0)) for size in (0.02, 0.01))
    loudness = list(FEATURES).index("loudness")
    assert small.moves == pytest.approx(smaller.moves)
    assert np.corrcoef(small.changes[:, loudness], smaller.changes[:, loudness])[0, 1] > 0.99
    assert small.changes[:, loudness].std() == pytest.approx(smaller.changes[:, loudness].std(), rel=0.1)
