"""The graph of grains: neighbors are the nearest, never forbidden ones; the fast search finds nearly all of them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sda_lib.codec.codes import Codes
from sda_lib.memory import graph as graphs
from sda_lib.memory.graph import Graph


def points(count, dim=6):
    return torch.randn(count, dim, generator=torch.Generator().manual_seed(0)).cumsum(0) * 0.3


def graph_of(lengths, sounding=None, other_recordings=False):
    count = sum(lengths)
    codes = Codes(np.zeros((2, count), int), 4, 2048, 48000)
    return Graph.of(points(count), lengths, np.zeros(count), codes, other_recordings, sounding)


def test_neighbors_are_the_nearest_with_a_usable_successor():
    graph = graph_of((50, 70, 40))
    pairs = graphs.pair_keys(torch.from_numpy(graph.latents), torch.from_numpy(graph.remaining > 2))
    distance = torch.cdist(pairs, pairs).numpy() / graph.unit
    number = np.arange(len(graph))
    near = (np.abs(number[:, None] - number) <= 3) & (graph.recording[:, None] == graph.recording)
    distance[near | (graph.remaining <= 2)[None]] = np.inf
    assert np.allclose(graph.distances, np.sort(distance, 1)[:, : graphs.NEIGHBORS], atol=1e-3)
    assert (graph.remaining[graph.neighbors] > 2).all()


def test_other_recordings_excludes_the_own_recording():
    graph = graph_of((30, 20), other_recordings=True)
    there = np.isfinite(graph.distances)
    assert there.any(1).all()
    assert (graph.recording[graph.neighbors] != graph.recording[:, None])[there].all()


@pytest.mark.parametrize("lengths", [(1,), (2,), (1, 1, 1), (43,)])
def test_tiny_corpora(lengths):
    graph = graph_of(lengths)
    assert np.isfinite(graph.unit)
    assert len(graph) == sum(lengths)


@pytest.mark.parametrize(("lengths", "left_out"), [((1, 1, 1), 0), ((2, 2, 3), 0), ((3,), 1), ((1, 2, 3, 9), 4)])
def test_tails_are_excluded_where_most_recordings_are_longer(lengths, left_out):
    graph = graph_of(lengths)
    assert graph.tail.sum() == left_out
    assert not graph.tail[graph.remaining > 1].any()
    landings = (graph.neighbors + 1)[np.isfinite(graph.distances)]
    assert not graph.tail[landings].any()


def test_search_in_cells_finds_nearly_all_neighbors(monkeypatch):
    lengths = (400,) * 20
    full = graph_of(lengths)
    monkeypatch.setattr(graphs, "CELL", 64)
    fast = graph_of(lengths)
    found = [len(np.intersect1d(a, b)) / len(a) for a, b in zip(full.neighbors, fast.neighbors, strict=True)]
    assert np.mean(found) > 0.9


def test_silence_at_the_ends_is_no_place_of_a_walk():
    sounding = np.ones(60, bool)
    sounding[[0, 1, 2, 28, 29, 58, 59]] = False
    graph = graph_of((30, 30), sounding)
    assert graph.starts.tolist() == [3, 30]
    assert graph.recording.tolist() == [0] * 30 + [1] * 30
    assert (graph.remaining[3], graph.remaining[30], graph.remaining[0]) == (25, 28, 3)
    assert graph.tail[~sounding].all()
    found = graph.neighbors[np.isfinite(graph.distances)]
    assert sounding[found].all()
    assert sounding[found + 1].all()


def test_silence_at_the_ends_is_no_sudden_change():
    """Measures of changes belong to all grains, also where the first recording begins with silence."""
    sounding = np.ones(60, bool)
    sounding[[0, 1, 2, 58, 59]] = False
    level = np.where(sounding, -20.0 + np.random.default_rng(0).normal(0, 1, 60), -100.0)
    graph = replace(graph_of((30, 30), sounding), loudness=level)
    assert len(graph.sudden) == 60
    assert not graph.sudden[[3, 30]].any()


def test_a_recording_that_is_silent_begins_with_its_first_grain():
    sounding = np.arange(60) >= 30
    graph = graph_of((30, 30), sounding)
    assert graph.starts.tolist() == [0, 30]
    assert not graph.tail[:29].any()


def test_sudden_borders_are_those_that_change_most():
    """In level or in the spectra; none where nothing is known to change."""
    graph, chance = graph_of((50, 70, 40)), np.random.default_rng(0)
    assert not graph.sudden.any()
    level, flux = -30 + chance.normal(0, 1, 160), chance.random(160)
    level[20:] += 20
    sudden = replace(graph, loudness=level, flux=flux).sudden
    assert sudden[20]
    assert not sudden[50] or flux[50] > 0.7  # a recording's beginning is no step
    assert sudden[flux > 0.95].all()
    assert graphs.SUDDEN_SHARE <= sudden.mean() <= 2 * graphs.SUDDEN_SHARE + 0.02
