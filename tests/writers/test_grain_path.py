"""Grain paths follow codes, avoid given ones, and end where recordings do."""

from dataclasses import replace

import numpy as np

from sda_lib.codec.codebooks import partial_latents
from sda_lib.writers.grain_path import GrainPathSearch
from sda_lib.writers.registry import writer_of


def prepared(plain, levels):
    books = plain.codec.bottleneck.codebooks.numpy()
    graph = writer_of(plain, "walk").graph
    return graph, GrainPathSearch.of(graph, books, levels), partial_latents(books, graph.codes, levels)


def test_grains_follow_codes_that_a_recording_has(plain):
    """A recording's codes lead to its grains, or to others if these are avoided; costly jumps keep to one recording."""
    graph, search, latents = prepared(plain, plain.levels)
    own = graph.codes[:, 5:25]
    assert np.array_equal(graph.codes[:, search.search(latents[5:25], 0.3)], own)
    others = graph.codes[:, search.search(latents[5:25], 0.3, avoid=own)]
    assert not (others == own).all(0).any()
    patchwork = latents[np.random.default_rng(0).integers(len(graph), size=20)]
    jumps = [np.count_nonzero(np.diff(search.search(patchwork, jump)) != 1) for jump in (0.01, 100.0)]
    assert jumps[0] > 10
    assert jumps[1] <= 1


def test_grains_end_with_the_sound_and_quietly(plain):
    graph, search, latents = prepared(plain, 1)
    loudest = int(graph.loudness.argmax())
    steady = np.repeat(latents[loudest : loudest + 1], 12, 0)
    quiet = float(np.quantile(graph.loudness, 0.2))
    ended, not_ended = (search.search(steady, 0.3, quiet=limit)[-1] for limit in (quiet, None))
    assert graph.loudness[ended] < graph.loudness[not_ended]
    assert graph.remaining[ended] < graph.remaining[not_ended]


def test_cut_off_grains_are_avoided(cut_off):
    """Except at a sound's end, where recordings have died away."""
    lengths = (24, 9, 31)
    loud = cut_off(lengths).graph
    quiet = replace(loud, loudness=np.concatenate([-np.linspace(0, 60, length) for length in lengths]))
    for graph, ends_with_one in ((loud, False), (quiet, True)):
        latents, tail = graph.latents, graph.tail
        free = np.zeros((len(graph), 14), np.float32)
        prepared = GrainPathSearch(graph, latents, (latents**2).sum(1), free, free, np.zeros(len(graph)))
        found = prepared.search(np.repeat(latents[23:24], 12, 0), jump=1.0)
        assert not tail[found[:-1]].any()
        assert tail[found[-1]] == ends_with_one


def test_grains_that_cost_something_are_avoided(plain):
    """A recording's codes lead to the grains of others where its own cost much."""
    graph, free, latents = prepared(plain, 2)
    own = graph.recording == 0
    assert (graph.recording[free.search(latents[own], jump=1.0)] == 0).mean() > 0.9
    books = plain.codec.bottleneck.codebooks.numpy()
    costly = GrainPathSearch.of(graph, books, 2, np.where(own, 1000.0, 0.0))
    assert not (graph.recording[costly.search(latents[own], jump=1.0)] == 0).any()
