"""Plans of patterns: whole events where they fit, own rests, exact lengths, density and pulse."""

import numpy as np
import pytest

from sda_lib.writers.pattern_plan import STRETCH, Slot, Tempo, plan_pattern, rest_path

HITS = [Slot(0, frames, 0) for frames in (8, 10, 12, 20)]
CALLS = [Slot(0, 10, 30), Slot(0, 12, 20)]
WORDS = [Slot(6, 20, 4), Slot(8, 24, 6)]


def plan(natural, frames, tempo=Tempo(), seed=0, first=0):  # noqa: B008
    generator = np.random.default_rng(seed)
    return plan_pattern(natural, first, frames, tempo, lambda *_: int(generator.integers(len(natural))), generator)


@pytest.mark.parametrize("natural", [HITS, CALLS, WORDS, [Slot(0, 1, 0)], [Slot(0, 300, 0)]])
@pytest.mark.parametrize("frames", [1, 2, 19, 21, 100, 1000])
@pytest.mark.parametrize("tempo", [Tempo(), Tempo(4.0), Tempo(0.25), Tempo(1.0, 7, 0.3)])
def test_exact_length(natural, frames, tempo):
    steps = plan(natural, frames, tempo)
    assert sum(step.frames for step in steps) == frames
    assert all(step.frames > 0 for step in steps)


def test_events_have_their_natural_length_back_to_back():
    steps = plan(HITS, 500)
    assert not any(step.quiet for step in steps)
    assert all(step.frames == HITS[step.part].frames for step in steps[:-1])
    assert len({step.part for step in steps}) == len(HITS)


def test_events_inside_silence_keep_their_rests():
    steps = plan(CALLS, 500)
    for event, rest in zip(steps[:-2:2], steps[1:-2:2], strict=False):
        assert (event.quiet, rest.quiet) == (0, 1)
        assert (event.frames, rest.frames) == CALLS[event.part][1:]


def test_words_have_quiet_on_both_sides():
    first, word, rest, *_ = plan(WORDS, 200)
    assert [(step.quiet, step.frames) for step in (first, word, rest)] == [(-1, 6), (0, 20), (1, 4)]
    assert [step.frames for step in plan(WORDS, 30)] == [6, 20, 4]  # as long as the recording: all of it


def test_a_short_sound_begins_with_what_sounds():
    assert [(step.quiet, step.frames) for step in plan(WORDS, 22)] == [(0, 20), (1, 2)]
    assert [(step.quiet, step.frames) for step in plan(WORDS, 15)] == [(0, 15)]


def test_no_fragment_is_left_at_the_end():
    """An event or a rest is prolonged where less than a quarter of an event would be left."""
    assert [step.frames for step in plan([Slot(0, 20, 0)], 45)] == [20, 25]
    assert [step.frames for step in plan([Slot(0, 20, 10)], 33)] == [20, 13]
    assert [step.frames for step in plan([Slot(0, 20, 10)], 23)] == [20, 3]
    for frames in range(20, 120):
        *others, last = plan([Slot(0, 20, 0)], frames)
        assert all(step.frames == 20 for step in others)
        assert last.frames <= STRETCH * 20


def onsets(steps):
    ends = np.cumsum([step.frames for step in steps])
    return np.array([end - step.frames for step, end in zip(steps, ends, strict=True) if not step.quiet])


def test_density_changes_the_time_between_events():
    counts = [len(onsets(plan(HITS, 800, Tempo(factor)))) for factor in (4.0, 1.0, 0.25)]
    assert counts[0] < 0.4 * counts[1] < counts[1] < 0.4 * counts[2]
    drawn = [Tempo.drawn(density, None, 20.0, np.random.default_rng(0)).factor for density in (0.0, 0.5, 1.0)]
    assert drawn[0] > 2 * drawn[1] > 4 * drawn[2]


def test_rests_of_a_low_density_are_no_events():
    steps = plan(HITS, 400, Tempo(3.0))
    quiet = sum(step.frames for step in steps if step.quiet)
    assert 0.5 < quiet / 400 < 0.75


def test_a_pulse_is_regular():
    times = onsets(plan(CALLS, 2000, Tempo(1.0, 9, 0.0)))
    assert (times % 9 == 0).all()
    stray = onsets(plan(CALLS, 2000, Tempo(1.0, 9, 0.5)))
    assert (stray % 9 != 0).any()


def test_a_pulse_is_drawn_as_often_as_it_is_strong():
    generator = np.random.default_rng(0)
    shares = [
        np.mean([Tempo.drawn(None, pulse, 20.0, generator).period > 0 for _ in range(200)]) for pulse in (0, 0.5, 1)
    ]
    assert shares == pytest.approx([0, 0.5, 1], abs=0.15)
    assert Tempo.drawn(None, None, 20.0, generator) == Tempo()


def test_a_rest_follows_runs_of_quiet():
    path = rest_path([(100, 4), (200, 50)], 7, iter([0, 1]).__next__)
    assert path.tolist() == [100, 101, 102, 103, 200, 201, 202]
    assert rest_path([(100, 4)], 0, lambda: 0).tolist() == []
