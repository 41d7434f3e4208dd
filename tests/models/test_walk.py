"""The graph walk: exact lengths, same seed same codes, jumps land where they may, novelty shortens runs."""

import numpy as np
import pytest

from sda_lib.errors import SdaError
from sda_lib.models.bundle import SdaModel
from sda_lib.models.walk import Walk


@pytest.fixture(scope="module")
def walk(tiny_model_path):
    return Walk.over(SdaModel.load(tiny_model_path).memory)


def path(walk, frames=60, novelty=0.5, seed=0):
    return walk.path(frames, novelty, 0.5, 48, np.random.default_rng(seed))


@pytest.mark.parametrize("frames", [1, 7, 400])
def test_exact_length(walk, frames):
    codes = walk.write(frames, generator=np.random.default_rng(0))
    assert codes.frames == frames
    assert codes.levels == walk.codes.shape[0]


def test_seed_decides(walk):
    assert path(walk, seed=1).tolist() == path(walk, seed=1).tolist()
    assert len({tuple(path(walk, seed=seed)) for seed in range(5)}) > 1


def test_codes_are_those_of_the_path(walk):
    codes = walk.write(30, generator=np.random.default_rng(3))
    there = walk.path(30, 0.5, 0.5, 48, np.random.default_rng(3))
    assert np.array_equal(codes.indices, walk.codes[:, there])


def test_no_step_runs_over_a_recordings_end(walk):
    steps = path(walk, 300)
    on = np.flatnonzero(np.diff(steps) == 1)
    assert (walk.file[steps[on]] == walk.file[steps[on + 1]]).all()


def test_novelty_shortens_the_runs(walk):
    def jumps(novelty):
        return sum(int((np.diff(path(walk, 120, novelty, seed)) != 1).sum()) for seed in range(8))

    assert jumps(0.0) < jumps(0.5) < jumps(1.0)


def test_a_one_shot_starts_with_an_attack(walk):
    starts = set(np.flatnonzero(np.diff(walk.file, prepend=-1)))
    assert all(path(walk, 20, seed=seed)[0] in starts for seed in range(6))


def test_nothing_is_no_sound(walk):
    with pytest.raises(SdaError, match="at least one frame"):
        walk.write(0, generator=np.random.default_rng(0))
