"""The hybrid: a walk whose jumps go where the prior expects them."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from sda_lib.errors import SdaError
from sda_lib.prior.network import control_values
from sda_lib.prior.sampling_state import sampling_states
from sda_lib.writers import hybrid
from sda_lib.writers.hybrid import PriorSteering
from sda_lib.writers.registry import writer_of
from sda_lib.writers.request import Request


def write(model, frames=40, seed=0, writer="hybrid", **options):
    return writer_of(model, writer).write(Request(frames, **options), np.random.default_rng(seed))


def state(model, rows=1):
    return sampling_states(model.prior, model.codec.bottleneck.codebooks.numpy())(rows)


def test_steering_depends_on_the_whole_walk(plain, network_prior):
    """What was grains since the last jump, what stood before the sound, how long it lasts: each changes the costs."""
    model = plain.with_prior(network_prior(plain))
    graph = writer_of(model, "walk").graph
    codes, places = graph.codes[:2], np.arange(10, 20)

    def costs(grains, frames=30, ends=True, **options):
        steering = PriorSteering(state(model), codes, Request(frames, **options), ends)
        for grain in grains:
            steering.record(grain)
        return steering.costs(places)

    before = graph.like.with_indices(graph.codes[:, 40:50])
    assert costs([0, 1, 2]) == pytest.approx(costs([0, 1, 2]))
    for other in (costs([0, 1, 30]), costs([0, 1, 2], 200), costs([0, 1, 2], ends=False)):
        assert np.abs(other - costs([0, 1, 2])).max() > 0.01
    assert np.abs(costs([0], ends=False, before=before) - costs([0], ends=False)).max() > 0.01
    assert np.abs(costs([0], controls={"density": 1.0}) - costs([0])).max() > 0.01


def test_prior_favors_likely_jumps(model, monkeypatch):
    """The more a nat costs, the likelier is what is written, by the prior's own account; at no price it is the walk."""
    likelihood = []
    for weight in (0.0, 4.0):
        monkeypatch.setattr(hybrid, "WEIGHT", weight)
        written = [write(model, 40, seed, ends=False).indices for seed in range(6)]
        if not weight:
            hasty = dataclasses.replace(writer_of(model, "walk"), middle_run=hybrid.MIDDLE_RUN)
            walked = [hasty.write(Request(40, ends=False), np.random.default_rng(seed)).indices for seed in range(6)]
            assert all(np.array_equal(one, other) for one, other in zip(written, walked, strict=True))
        likelihood.append(-np.mean([nats(model, indices) for indices in written]))
    assert likelihood[1] > likelihood[0] + 0.1


def test_jumps_more_often_than_the_walk(model):
    """At novelty 0 both keep to the recordings for as long."""

    def jumps(writer, novelty):
        paths = [
            writer_of(model, writer).path(Request(200, novelty=novelty, ends=False), np.random.default_rng(seed))
            for seed in range(3)
        ]
        return sum(int((np.diff(path) != 1).sum()) for path in paths)

    assert jumps("hybrid", 0.5) > 1.1 * jumps("walk", 0.5)
    assert jumps("hybrid", 0.0) < 0.5 * jumps("hybrid", 0.5)


def nats(model, indices):
    """Mean surprise per frame of codes [level, frame]."""
    past, found = state(model), []
    for column in indices[:2].T:
        found.append(float(past.nll(column[:, None], 0, control_values({}))[0]))
        past.condition(column[:, None], 0, control_values({}))
    return np.mean(found)


@pytest.mark.parametrize("frames", [1, 2, 150])
@pytest.mark.parametrize("novelty", [0.2, 0.9])
def test_exact_length_and_seed_decides(model, frames, novelty):
    options = {"novelty": novelty, "level_temperatures": (0.0, 0.5)}
    codes = write(model, frames, 1, **options)
    assert codes.indices.shape == (model.levels, frames)
    assert np.array_equal(codes.indices, write(model, frames, 1, **options).indices)
    if frames > 2:
        assert len({write(model, frames, seed, **options).indices.tobytes() for seed in range(5)}) > 1


def test_steps_continue_a_recording_or_follow_a_neighbor(model):
    walk = writer_of(model, "hybrid")
    graph = walk.graph
    for here, there in pairwise(walk.path(Request(200, controls={"loudness": 0.5}), np.random.default_rng(0))):
        on = there == here + 1 and graph.recording[here] == graph.recording[there]
        assert on or there - 1 in graph.neighbors[here][np.isfinite(graph.distances[here])]


def test_narrowest_sampling_takes_the_cheapest_jump(model):
    """With one place to choose from, and with the least share, temperature counts for nothing."""
    options = {"novelty": 0.5, "ends": False}  # an end that is led to quiet grains is random by itself
    narrow = [write(model, 30, top_k=1, temperature=hot, **options).indices for hot in (0.1, 9.0)]
    least = write(model, 30, top_p=0.0, temperature=9.0, **options).indices
    assert np.array_equal(*narrow)
    assert np.array_equal(narrow[0], least)


def test_a_continuation_depends_on_the_codes_before(model, rain):
    after = {write(model, 30, before=before).indices.tobytes() for before in (None, rain, write(model, 5, seed=9))}
    assert len(after) == 3


@pytest.mark.parametrize(("first", "end"), [(0, 4), (5, 12), (5, 35), (0, None)])
@pytest.mark.parametrize("levels", [None, (0, 1), (2, None)])
def test_fill_changes_the_given_cells_only(model, rain, first, end, levels):
    end = min(end or rain.frames, rain.frames)
    levels = None if levels is None else (levels[0], levels[1] or model.levels)
    filled = writer_of(model, "hybrid").fill(rain, first, end, Request(levels=levels), np.random.default_rng(0))
    changed = np.zeros(rain.indices.shape, bool)
    changed[slice(*levels) if levels else slice(None), first:end] = True
    assert np.array_equal(filled.indices[~changed], rain.indices[~changed])
    assert not np.array_equal(filled.indices, rain.indices)


def test_models_without_prior_or_recordings_are_refused(plain, network_prior):
    with pytest.raises(SdaError, match="sda prior"):
        writer_of(plain, "hybrid")
    without_memory = dataclasses.replace(plain.with_prior(network_prior(plain)), memory=None)
    with pytest.raises(SdaError, match="without its recordings"):
        writer_of(without_memory, "hybrid")
