"""The hybrid: a walk like any other, whose jumps go where the prior that heard it expects them."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from sda_lib.errors import SdaError
from sda_lib.prior.network import control_values
from sda_lib.prior.sampling_state import log_softmax, sampling_states
from sda_lib.writers import hybrid
from sda_lib.writers.hybrid import PriorSteering
from sda_lib.writers.registry import writer_of
from sda_lib.writers.request import Request


def write(model, frames=40, seed=0, writer="hybrid", **options):
    return writer_of(model, writer).write(Request(frames, **options), np.random.default_rng(seed))


def state(model, rows=1):
    return sampling_states(model.prior, model.codec.bottleneck.codebooks.numpy())(rows)


# --- what the prior is asked


def test_surprise_is_what_the_scores_say_and_nothing_is_heard(model):
    """Of candidates beside each other, before anything was heard and after; asked twice it is the same."""
    generator, controls = np.random.default_rng(0), control_values({"loudness": 0.8})
    heard, columns = (generator.integers(model.codebook_size, size=(2, n)) for n in (9, 5))
    for past in (heard[:, :0], heard):
        for number in range(columns.shape[1]):
            one, beside = state(model), state(model)
            one.condition(past, 20, controls)
            beside.condition(past, 20, controls)
            left, column = 20 - past.shape[1], columns[:, number : number + 1]
            told = [log_softmax(one.logits(level, column[:level], left, controls)) for level in (0, 1)]
            expected = -sum(float(told[level][0, column[level, 0]]) for level in (0, 1))
            for _ in range(2):
                assert beside.nll(columns, left, controls)[number] == pytest.approx(expected, abs=1e-4)


def test_to_listen_to_a_stretch_is_to_hear_it_frame_by_frame(model):
    """In one go, in two, and with scores asked for on the way."""
    heard, controls = (
        np.random.default_rng(1).integers(model.codebook_size, size=(2, 9)),
        control_values({"pulse": 0.1}),
    )
    at_once, in_two, stepped = state(model, 2), state(model, 2), state(model, 2)
    at_once.condition(heard, 20, controls)
    in_two.condition(heard[:, :4], 20, controls)
    in_two.condition(heard[:, 4:], 16, controls)
    for frame, column in enumerate(heard.T):
        rows = np.repeat(column[:, None], 2, 1)
        for level in (0, 1):
            stepped.logits(level, rows[:level], 20 - frame, controls)
        stepped.update(rows)
    after = [one.logits(0, heard[:0], 11, controls) for one in (at_once, in_two, stepped)]
    assert after[1] == pytest.approx(after[0], abs=1e-4)
    assert after[2] == pytest.approx(after[0], abs=1e-4)


def test_steering_hears_the_walk_as_it_went(plain, network_prior):
    """What was taken since the last jump, what stood before the sound, how long it lasts: each changes the costs."""
    model = plain.with_prior(network_prior(plain))
    graph = writer_of(model, "walk").graph
    codes, places = graph.codes[:2], np.arange(10, 20)

    def costs(taken, frames=30, ends=True, **options):
        steering = PriorSteering(state(model), codes, Request(frames, **options), ends)
        for grain in taken:
            steering.record(grain)
        return steering.costs(places)

    before = graph.like.with_indices(graph.codes[:, 40:50])
    assert costs([0, 1, 2]) == pytest.approx(costs([0, 1, 2]))
    for other in (costs([0, 1, 30]), costs([0, 1, 2], 200), costs([0, 1, 2], ends=False)):
        assert np.abs(other - costs([0, 1, 2])).max() > 0.01
    assert np.abs(costs([0], ends=False, before=before) - costs([0], ends=False)).max() > 0.01
    assert np.abs(costs([0], controls={"density": 1.0}) - costs([0])).max() > 0.01


# --- writing


def test_prior_draws_jumps_to_what_it_expects(model, monkeypatch):
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


def test_turns_more_often_than_the_walk(model):
    """At novelty 0 both keep to the recordings for as long."""

    def jumps(writer, novelty):
        paths = [
            writer_of(model, writer).path(Request(200, novelty=novelty, ends=False), np.random.default_rng(seed))
            for seed in range(3)
        ]
        return sum(int((np.diff(path) != 1).sum()) for path in paths)

    assert jumps("hybrid", 0.5) > 1.3 * jumps("walk", 0.5)
    assert jumps("hybrid", 0.0) < 0.5 * jumps("hybrid", 0.5)


def nats(model, indices):
    """Mean surprise per frame of codes [level, frame]."""
    heard, found = state(model), []
    for column in indices[:2].T:
        found.append(float(heard.nll(column[:, None], 0, control_values({}))[0]))
        heard.condition(column[:, None], 0, control_values({}))
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


def test_a_step_goes_on_in_a_recording_or_lands_after_a_grain_that_is_alike(model):
    walk = writer_of(model, "hybrid")
    graph = walk.graph
    for here, there in pairwise(walk.path(Request(200, controls={"loudness": 0.5}), np.random.default_rng(0))):
        on = there == here + 1 and graph.recording[here] == graph.recording[there]
        assert on or there - 1 in graph.neighbors[here][np.isfinite(graph.distances[here])]


def test_least_choice_is_the_cheapest_jump(model):
    """With one place to choose from, and with the least share, temperature counts for nothing."""
    options = {"novelty": 0.5, "ends": False}  # an end that is led to quiet grains has chances of its own
    narrow = [write(model, 30, top_k=1, temperature=hot, **options).indices for hot in (0.1, 9.0)]
    least = write(model, 30, top_p=0.0, temperature=9.0, **options).indices
    assert np.array_equal(*narrow)
    assert np.array_equal(narrow[0], least)


def test_goes_on_from_what_stands_before(model, rain):
    after = {write(model, 30, before=before).indices.tobytes() for before in (None, rain, write(model, 5, seed=9))}
    assert len(after) == 3


@pytest.mark.parametrize(("first", "end"), [(0, 4), (5, 12), (5, 35), (0, None)])
@pytest.mark.parametrize("levels", [None, (0, 1), (2, None)])
def test_fill_changes_the_cells_asked_for_alone(model, rain, first, end, levels):
    end = min(end or rain.frames, rain.frames)
    levels = None if levels is None else (levels[0], levels[1] or model.levels)
    filled = writer_of(model, "hybrid").fill(rain, first, end, Request(levels=levels), np.random.default_rng(0))
    changed = np.zeros(rain.indices.shape, bool)
    changed[slice(*levels) if levels else slice(None), first:end] = True
    assert np.array_equal(filled.indices[~changed], rain.indices[~changed])
    assert not np.array_equal(filled.indices, rain.indices)


# --- what it needs


def test_what_is_missing_is_said_in_one_sentence(plain, network_prior):
    with pytest.raises(SdaError, match="sda prior"):
        writer_of(plain, "hybrid")
    alone = dataclasses.replace(plain.with_prior(network_prior(plain)), memory=None)
    with pytest.raises(SdaError, match="without its recordings"):
        writer_of(alone, "hybrid")
