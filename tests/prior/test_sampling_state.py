"""Sampling states compute frame by frame what networks compute at once."""

import numpy as np
import pytest
import torch

from sda_lib.codec.codebooks import partial_latents
from sda_lib.prior.network import (
    control_values,
    network_inputs,
)
from sda_lib.prior.sampling_state import log_softmax, sampling_states


def state(model, rows=1):
    return sampling_states(model.prior, model.codec.bottleneck.codebooks.numpy())(rows)


def test_network_state_equals_the_torch_network(plain, network_prior):
    """Numpy step by step against torch at once, controls and remaining duration included."""
    prior, books = network_prior(plain), plain.codec.bottleneck.codebooks
    codes = np.random.default_rng(0).integers(plain.codebook_size, size=(2, 12))
    controls = control_values({"density": 0.7})
    state = sampling_states(prior, books.numpy())(3)
    stepped = []
    for frame in range(12):
        column = np.repeat(codes[:, frame, None], 3, 1)
        stepped.append([log_softmax(state.logits(level, column[:level], 12 - frame, controls))[1] for level in (0, 1)])
        state.update(column)
    for level in (0, 1):
        before, below = (partial_latents(books.numpy(), codes, n) for n in (level + 1, level))
        before = np.concatenate([before[:1] * 0, before[:-1]])
        frames = network_inputs(before, below, np.arange(12) == 0, np.arange(12, 0, -1), np.tile(controls, (12, 1)))
        last = torch.from_numpy(np.r_[-1, codes[level, :-1]])[None]
        whole = prior.networks[level](torch.from_numpy(frames)[None], books[level], last)[0].log_softmax(1).numpy()
        assert np.abs(whole - np.array(stepped)[:, level]).max() < 1e-3


def test_nll_agrees_with_logits_and_keeps_the_state(model):
    """Of several candidates, at the beginning and after frames; a second call returns the same."""
    generator, controls = np.random.default_rng(0), control_values({"loudness": 0.8})
    frames, columns = (generator.integers(model.codebook_size, size=(2, n)) for n in (9, 5))
    for past in (frames[:, :0], frames):
        for number in range(columns.shape[1]):
            one, beside = state(model), state(model)
            one.condition(past, 20, controls)
            beside.condition(past, 20, controls)
            left, column = 20 - past.shape[1], columns[:, number : number + 1]
            expected_logs = [log_softmax(one.logits(level, column[:level], left, controls)) for level in (0, 1)]
            expected = -sum(float(expected_logs[level][0, column[level, 0]]) for level in (0, 1))
            for _ in range(2):
                assert beside.nll(columns, left, controls)[number] == pytest.approx(expected, abs=1e-4)


def test_condition_equals_updates_frame_by_frame(model):
    """At once, in two parts, and frame by frame with logits computed in between."""
    frames, controls = (
        np.random.default_rng(1).integers(model.codebook_size, size=(2, 9)),
        control_values({"pulse": 0.1}),
    )
    at_once, in_two, stepped = state(model, 2), state(model, 2), state(model, 2)
    at_once.condition(frames, 20, controls)
    in_two.condition(frames[:, :4], 20, controls)
    in_two.condition(frames[:, 4:], 16, controls)
    for frame, column in enumerate(frames.T):
        rows = np.repeat(column[:, None], 2, 1)
        for level in (0, 1):
            stepped.logits(level, rows[:level], 20 - frame, controls)
        stepped.update(rows)
    after = [one.logits(0, frames[:0], 11, controls) for one in (at_once, in_two, stepped)]
    assert after[1] == pytest.approx(after[0], abs=1e-4)
    assert after[2] == pytest.approx(after[0], abs=1e-4)
