"""Plans of walks: which sounds end by themselves."""

from dataclasses import replace

import numpy as np
import pytest

from sda_lib.model.model import SdaModel
from sda_lib.writers.registry import walk_of
from sda_lib.writers.request import Request


@pytest.fixture(scope="module")
def walk(tiny_model_path):
    return walk_of(SdaModel.load(tiny_model_path))


def test_long_sounds_end_by_themselves_only_where_recordings_do(walk):
    """Excerpts that are as loud at their end as before have no end to be led to."""
    graph, frames = walk.graph, 130  # longer than what surely ends
    starts = np.append(graph.starts, len(graph))
    fading = np.concatenate([-np.linspace(0, 60, length) for length in np.diff(starts)])
    as_long = np.full(len(graph), frames)
    ends = {}
    for name, loudness in (("fading", fading), ("steady", np.zeros(len(graph)))):
        other = replace(walk, graph=replace(graph, loudness=loudness, remaining=as_long))
        ends[name] = other.planner.plan(Request(frames)).ends
        assert other.planner.plan(Request(20)).ends
        assert other.graph.mostly_fade == (name == "fading")
    assert ends == {"fading": True, "steady": False}


def test_grains_with_near_neighbors_are_left_more_often(walk):
    steady = replace(walk, graph=replace(walk.graph, loudness=np.zeros(len(walk.graph)), flux=None))
    leaving, near = steady.planner.leaving, steady.graph.distances[:, 3]
    order = np.argsort(near, kind="stable")
    assert (np.diff(leaving[order]) <= 0).all()
    assert leaving.min() > 0
    assert leaving.mean() == pytest.approx(2, rel=0.05)
    assert leaving[order[: len(order) // 4]].mean() > 4 * leaving[order[-len(order) // 4 :]].mean()


def test_grains_are_left_where_recordings_change_steadily(walk):
    """As often on the whole."""
    steady = replace(walk, graph=replace(walk.graph, loudness=np.zeros(len(walk.graph)), flux=None))
    sudden = walk.graph.sudden[walk.graph.following]
    share = walk.planner.leaving / steady.planner.leaving
    assert 0.1 < sudden.mean() < 0.4
    assert share[sudden].max() < 0.2 < 1 < share[~sudden].min()
    assert walk.planner.leaving.mean() == pytest.approx(steady.planner.leaving.mean())
