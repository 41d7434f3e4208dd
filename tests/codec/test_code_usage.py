"""How codes are used, in counts that can be checked by hand or by drawing."""

import numpy as np
import pytest

from sda_lib.codec.code_usage import CodeUsage, reachable_efficiency, reachable_utilization


def test_even_use_has_all_bits_and_one_code_none():
    use = CodeUsage(np.array([[5, 5, 5, 5], [20, 0, 0, 0], [10, 10, 0, 0]]))
    assert use.utilization.tolist() == [1.0, 0.25, 0.5]
    assert use.entropy.tolist() == [2.0, 0.0, 1.0]
    assert use.perplexity.tolist() == [4.0, 1.0, 2.0]
    assert use.efficiency.tolist() == [1.0, 0.0, 0.5]
    assert use.dead.tolist() == [0, 3, 2]
    assert use.frames == 20
    with pytest.raises(ValueError, match="read-only"):
        use.usage[0, 0] = 1


def test_transitions_do_not_cross_recordings():
    use = CodeUsage.of([np.array([[0, 1, 1], [2, 2, 2]]), np.array([[2, 0], [0, 1]])], 3)
    assert use.usage.tolist() == [[2, 2, 1], [1, 1, 3]]
    assert use.transitions[0].tolist() == [[0, 1, 0], [0, 1, 0], [1, 0, 0]]
    assert use.transitions[1].tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 2]]


@pytest.mark.parametrize(("frames", "size"), [(30, 64), (128, 64), (512, 64), (80, 16)])
def test_reachable_efficiency_is_that_of_even_draws(frames, size):
    generator = np.random.default_rng(0)
    draws = [np.bincount(generator.integers(0, size, frames), minlength=size) for _ in range(300)]
    use = CodeUsage(np.stack(draws))
    assert reachable_utilization(frames, size) == pytest.approx(use.utilization.mean(), abs=0.02)
    assert reachable_efficiency(frames, size) == pytest.approx(use.efficiency.mean(), abs=0.1)


def test_no_codes_are_no_levels():
    use = CodeUsage(np.zeros((0, 0), int))
    assert (use.levels, use.frames) == (0, 0)
    for measure in (use.utilization, use.entropy, use.perplexity, use.efficiency, use.dead):
        assert len(measure) == 0
