"""Sampling: temperature, top-k and top-p."""

import numpy as np
import pytest

from sda_lib.writers.sampling import AS_LEARNED, sample_codes, sample_jump


@pytest.mark.parametrize(("top_k", "top_p"), [(1, 1.0), (48, 0.0)])
def test_narrowest_sampling_takes_the_likeliest_code(top_k, top_p):
    logits = np.log(np.random.default_rng(0).dirichlet(np.ones(20), 50))
    drawn = sample_codes(logits, 0.5, top_k, top_p, np.random.default_rng(1))
    assert np.array_equal(drawn, logits.argmax(1))


def test_temperature_as_learned_keeps_the_probabilities():
    shares = np.array([0.6, 0.3, 0.1])
    drawn = sample_codes(np.tile(np.log(shares), (20000, 1)), AS_LEARNED, 48, 1.0, np.random.default_rng(0))
    assert np.bincount(drawn) / 20000 == pytest.approx(shares, abs=0.015)
    cold = sample_codes(np.tile(np.log(shares), (20000, 1)), 0.1, 48, 1.0, np.random.default_rng(0))
    assert np.bincount(cold)[0] / 20000 > 0.95
    few = sample_codes(np.tile(np.log(shares), (20000, 1)), AS_LEARNED, 48, 0.85, np.random.default_rng(0))
    assert set(few.tolist()) == {0, 1}


def test_top_k_and_top_p_narrow_the_jumps():
    costs, generator = np.array([0.0, 0.1, 0.2, np.inf]), np.random.default_rng(0)

    def choices(temperature=0.5, top_k=48, top_p=1.0):
        return {sample_jump(costs, temperature, top_k, top_p, generator) for _ in range(200)}

    assert choices() == {0, 1, 2}
    assert choices(top_k=2) == {0, 1}
    assert choices(top_p=0.5) == {0, 1}
    assert choices(top_p=0.01) == {0}
    assert choices(temperature=0.0) == {0}
