"""The walk: exact lengths, equal seeds, jumps between similar grains, novelty and ends."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from sda_lib.model.model import SdaModel
from sda_lib.writers.provenance import code_words as words_of
from sda_lib.writers.provenance import shared_runs
from sda_lib.writers.registry import walk_of
from sda_lib.writers.request import Request


@pytest.fixture(scope="module")
def walk(tiny_model_path):
    return walk_of(SdaModel.load(tiny_model_path))


def path(walk, frames=60, seed=0, **options):
    return walk.path(Request(frames, **options), np.random.default_rng(seed))


def write(walk, frames=60, seed=0, **options):
    return walk.write(Request(frames, **options), np.random.default_rng(seed))


@pytest.mark.parametrize("frames", [1, 2, 7, 400])
@pytest.mark.parametrize("novelty", [0.0, 1.0])
def test_exact_length(walk, frames, novelty):
    codes = write(walk, frames, novelty=novelty)
    assert codes.frames == frames
    assert codes.levels == walk.graph.codes.shape[0]


@pytest.mark.parametrize("novelty", [0.3, 0.9])
def test_seed_decides(walk, novelty):
    options = {"novelty": novelty, "level_temperatures": (0.5,)}
    assert np.array_equal(write(walk, seed=1, **options).indices, write(walk, seed=1, **options).indices)
    assert len({write(walk, seed=seed, **options).indices.tobytes() for seed in range(5)}) > 1


def test_codes_are_those_of_the_path(walk):
    assert np.array_equal(write(walk, 30, 3).indices, walk.graph.codes[:, path(walk, 30, 3)])


def test_steps_continue_a_recording_or_follow_a_neighbor(walk):
    graph, steps = walk.graph, path(walk, 300, controls={"loudness": 0.5})
    for here, there in pairwise(steps):
        on = there == here + 1 and graph.recording[here] == graph.recording[there]
        alike = there - 1 in graph.neighbors[here][np.isfinite(graph.distances[here])]
        assert on or alike


def test_novelty_means_fewer_copies(walk):
    def share(novelty):
        found = []
        for seed in range(6):
            code_words = words_of(write(walk, 30, seed, novelty=novelty).indices)
            runs, _ = shared_runs(code_words, words_of(walk.graph.codes), walk.graph.recording)
            found.append((runs[7:] >= 8).mean())
        return np.mean(found)

    close, middle, far = share(0.0), share(0.5), share(1.0)
    assert close > 0.6
    assert close > middle > far
    assert far < 0.2


def test_a_long_sound_does_not_loop_or_die(walk):
    steps = path(walk, 1400, novelty=0.0)
    rate = walk.graph.like.frame_rate
    seen, longest, again = set(), 0, 0
    for pair in pairwise(steps.tolist()):
        again = again + 1 if pair in seen else 0
        longest = max(longest, again)
        seen.add(pair)
    assert longest / rate <= 2.0
    level = 10 ** (walk.graph.loudness[steps] / 10)
    first, last = level[: len(level) // 3].mean(), level[-len(level) // 3 :].mean()
    assert abs(10 * np.log10(last / first)) < 8


def test_a_one_shot_starts_with_an_attack(walk):
    assert all(path(walk, 20, seed)[0] in walk.graph.starts for seed in range(6))


def test_a_one_shot_ends_quietly_where_the_corpus_can(walk):
    """Of the three recordings one decays; whoever asks for about its length mostly gets its end."""
    loudness = walk.graph.loudness
    quiet = [loudness[steps[-1]] < loudness[steps].max() - 20 for steps in (path(walk, 24, s) for s in range(10))]
    assert sum(quiet) >= 8


def test_no_quiet_end_where_no_recording_has_one(walk):
    """With grains that are all as loud but for one, a short sound ends there no more often than chance has it."""
    loudness = np.zeros(len(walk.graph))
    loudness[::7] = -40
    steady = replace(walk, graph=replace(walk.graph, loudness=loudness))
    ends = [loudness[path(steady, 20, seed, ends=True)[-2:]].max() for seed in range(20)]
    assert not steady.graph.mostly_fade
    assert np.mean(np.array(ends) < -20) < 0.5


def test_a_continuation_follows_the_recording(walk):
    """The codes of a recording's first frames are mostly followed by its next frame."""
    start = int(walk.graph.starts[1])
    before = walk.graph.like.with_indices(walk.graph.codes[:, start : start + 6])
    nexts = [path(walk, 3, seed, before=before, temperature=0.05)[0] for seed in range(8)]
    assert nexts.count(start + 6) >= 6


def test_controls_are_followed(walk):
    def level(loudness):
        steps = np.concatenate([path(walk, 40, seed, controls={"loudness": loudness}) for seed in range(6)])
        return walk.graph.loudness[steps].mean()

    assert level(1.0) > level(0.5) > level(0.0)


def test_level_temperatures_touch_their_level_only(walk):
    calm, stray = write(walk, 50), write(walk, 50, level_temperatures=(0.0, 0.0, 2.0))
    changed = (calm.indices != stray.indices).any(1)
    assert changed[2]
    assert changed.sum() == 1


@pytest.mark.parametrize("options", [{}, {"ends": True}, {"novelty": 1.0}, {"temperature": 5.0}])
def test_a_walk_avoids_cut_off_grains(options, cut_off):
    """No sound continues after the last grain of a recording; only its end may be there."""
    walk = cut_off((24, 9, 31, 12, 3, 17))
    last = walk.graph.remaining == 1
    passed = [int(last[path(walk, 90, seed, **options)[:-1]].sum()) for seed in range(12)]
    assert sum(passed) == 0


def test_a_sound_may_end_with_a_faded_tail(cut_off):
    """With its last grain where it has died away, but not where it is cut off."""
    loud = cut_off((24, 9, 31, 12, 3, 17))
    fading = np.concatenate([-np.linspace(0, 60, length) for length in (24, 9, 31, 12, 3, 17)])
    quiet = replace(loud, graph=replace(loud.graph, loudness=fading))
    for walk, ends, wanted in ((quiet, True, True), (quiet, False, False), (loud, True, False)):
        last = [walk.graph.remaining[path(walk, 17, seed, ends=ends, novelty=0.0)[-1]] for seed in range(12)]
        assert (1 in last) == wanted


@pytest.mark.parametrize("followed", [True, False])
def test_the_last_run_is_no_shorter_than_others(walk, followed):
    """Where its recording ends too early, the walk leaves it before."""
    least = int(walk.planner.plan(Request(40, ends=True)).least_run)
    paths = [path(walk, 40, seed, ends=True, followed=followed, quiet_end=False) for seed in range(30)]
    jumps = np.array([np.diff(one) != 1 for one in paths])
    assert least > 1
    assert jumps[:, : -least + 1].any()
    assert not jumps[:, -least + 1 :].any()


def test_jumps_are_where_recordings_change_steadily(walk):
    """Both the recording that is left, unless it ends, and the one that is entered."""
    paths = [path(walk, 40, seed, novelty=1.0) for seed in range(40)]
    pairs = np.array([pair for one in paths for pair in pairwise(one) if pair[1] - pair[0] != 1])
    sudden, pairs = walk.graph.sudden, pairs[walk.graph.continues[pairs[:, 0]]]
    assert len(pairs) > 100
    assert sudden[walk.graph.following[pairs[:, 0]]].mean() < 0.5 * sudden.mean()
    assert sudden[pairs[:, 1]].mean() < 0.5 * sudden.mean()


@pytest.mark.parametrize("lengths", [(1,), (1, 1, 1, 1), (2, 2), (2,), (1, 2, 3), (3,), (1, 1, 40)])
@pytest.mark.parametrize("ends", [True, False])
def test_recordings_of_a_grain_or_two_are_enough(lengths, ends, cut_off):
    walk = cut_off(lengths)
    for frames in (1, 2, 30):
        steps = path(walk, frames, ends=ends)
        assert len(steps) == frames
        assert steps.max() < sum(lengths)
