"""The noise of a block is one sequence, however it is divided."""

import numpy as np

from sda_lib.export.dither import Dither


def test_noise_is_that_of_whole_blocks_and_of_triangular_density():
    chance, dither = np.random.default_rng(0), Dither(2, 0.5)
    for length in (1000, 0, 37):
        wanted = (chance.random((2, length)) - chance.random((2, length))) * 0.5
        noise = dither.of_block(length)
        parts = [noise.next(size) for size in (length // 3, length - length // 3)]
        assert np.array_equal(np.concatenate(parts, 1), wanted)
    noise = Dither(1, 1.0).of_block(100_000).next(100_000)
    assert abs(noise.mean()) < 0.01
    assert abs(noise.var() - 1 / 6) < 0.01
    assert np.abs(noise).max() < 1
