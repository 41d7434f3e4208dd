"""Beats: regular if strong, on strong onsets, and without onsets between them."""

import numpy as np
import pytest

from sda_lib.controls.beat import Beat, GrainOnsets
from sda_lib.model.model import SdaModel
from sda_lib.writers.registry import writer_of
from sda_lib.writers.request import Request

ONSETS = GrainOnsets(np.array([0, 0.3, 0, 0.2, 0.4, 0, 0.1]), np.array([0, 0.5, 0, 0.5, 0.0, 0, 0.5]))


def beats(strength, seed=0, frames=200):
    return Beat.drawn(ONSETS, frames, 20.0, strength, np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(5))
def test_a_strong_beat_is_regular(seed):
    strong, weak = (np.diff(np.flatnonzero(beats(strength, seed).on_beat)) for strength in (1.0, 0.0))
    assert strong.std() == 0
    assert weak.std() > 1


def test_beats_use_strong_onsets_at_one_position_within_frames():
    for seed in range(10):
        beat = beats(1.0, seed)
        assert set(beat.onset_grains.tolist()) in ({1, 3}, {1}, {4})
        assert np.ptp(ONSETS.place[beat.onset_grains]) == 0
        assert ((beat.cost > 0) == (ONSETS.height > 0)).all()


def test_without_onsets_there_is_no_beat():
    nothing = GrainOnsets(np.zeros(4), np.zeros(4))
    assert Beat.drawn(nothing, 10, 20.0, 1.0, np.random.default_rng(0)) is None


def test_a_walk_has_onsets_on_beats_only(tiny_model_path):
    from dataclasses import replace

    model = SdaModel.load(tiny_model_path)
    walk, request = writer_of(model, "walk"), Request(frames=120, ends=False)
    onsets = model.ranges.onsets
    beat = Beat.drawn(onsets, request.frames, model.frame_rate, 1.0, np.random.default_rng(1))
    path = walk._draw(request, replace(walk.planner.plan(request), beat=beat), np.random.default_rng(1))
    has_onset = onsets.height[path] > 0
    assert has_onset[1:][beat.on_beat[1:]].all()
    assert has_onset[1:][~beat.on_beat[1:]].mean() < 0.1
