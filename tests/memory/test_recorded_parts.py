"""Parts of recordings on the grid of grains: what sounds, what is quiet, and what belongs together."""

import numpy as np
import pytest

from sda_lib.memory.recorded_parts import BLOCKS, Levels, RecordedParts

RATE = 20.0
"""Frames per second."""


def levels(*spans, seconds=None):
    """A recording of spans (seconds, dB at the beginning, dB at the end)."""
    rows = [np.linspace(one, other, round(length * RATE * BLOCKS)) for length, one, other in spans]
    level = np.concatenate(rows)
    level = np.pad(level, (0, -len(level) % BLOCKS), constant_values=-100.0)
    return Levels(level, BLOCKS, seconds or sum(span[0] for span in spans))


HIT = levels((0.5, -10, -70))
RAIN = levels((6.0, -20, -20))
PADDED = levels((1.5, -100, -100), (0.5, -10, -70), (2.0, -100, -100))
WORD = levels((0.6, -70, -70), (1.0, -20, -20), (0.4, -70, -70))
CALLS = levels((3.0, -80, -80), (1.0, -20, -40), (2.1, -75, -75), (1.0, -25, -45), (5.0, -80, -80))
SILENCE = levels((1.0, -100, -100))


def parts_of(*recordings):
    return RecordedParts.of_levels(recordings, RATE)


def test_events_and_textures_of_a_mixture():
    parts = parts_of(HIT, RAIN, SILENCE, CALLS)
    assert parts.events.tolist() == [True, False, False, True]
    assert parts.recording.tolist() == [0, 1, 3, 3]
    assert parts.sounding.tolist() == [0, 1, 3]
    assert parts.patterned.tolist() == [0, 2, 3]
    assert parts.of_recording(3).tolist() == [2, 3]
    assert parts.ends_in_quiet.tolist() == [True, False, False, True]


def test_parts_begin_at_their_grain():
    parts = parts_of(RAIN, PADDED)
    assert abs(int(parts.first[1]) - (120 + 30)) <= 1
    assert 9 <= parts.frames[1] <= 12


def test_long_quiet_around_an_event_is_left_out():
    parts = parts_of(PADDED)
    assert (parts.lead.tolist(), parts.rest.tolist()) == ([0], [0])
    assert parts.seconds[0] == pytest.approx(0.5, abs=0.1)


def test_quiet_that_is_no_longer_than_a_word_belongs_to_it():
    parts = parts_of(WORD)
    assert parts.lead[0] + parts.frames[0] + parts.rest[0] == 40
    assert parts.lead[0] == pytest.approx(12, abs=1)
    assert parts.rest[0] == pytest.approx(8, abs=1)
    assert parts.seconds[0] == pytest.approx(2.0)


def test_quiet_between_two_calls_belongs_to_the_first():
    parts = parts_of(CALLS)
    assert parts.rest[0] == pytest.approx(42, abs=2)
    assert parts.lead.tolist() == [0, 0]
    assert parts.seconds[0] == pytest.approx(4.1, abs=0.2)


def test_levels_are_those_of_the_beginning():
    assert parts_of(CALLS).level == pytest.approx([-22, -27], abs=2)


def test_quiet_grains_are_outside_all_parts_and_filled():
    cut = levels((2.0, -10, -10), (0.77, -80, -80))
    parts = parts_of(WORD, cut)
    inside = np.zeros(len(parts.quiet), bool)
    for first, frames in zip(parts.first, parts.frames, strict=True):
        inside[first : first + frames] = True
    assert not (inside & parts.quiet).any()
    assert parts.quiet[:10].all()
    assert not parts.quiet[-1]  # partly filled


def silenced(recording, before, behind):
    """A recording with seconds of silence around it."""
    return levels((before, -100, -100), *recording, (behind, -100, -100))


@pytest.mark.parametrize("before", [0.6, 0.9, 3.0])
@pytest.mark.parametrize(
    "recording",
    [
        ((0.5, -10, -70),),
        ((0.6, -60, -60), (1.0, -20, -20), (0.4, -60, -60)),
        ((1.0, -20, -40), (2.1, -75, -75), (1.0, -25, -45)),
        ((6.0, -20, -20),),
    ],
)
def test_silence_at_the_ends_changes_neither_parts_nor_durations(recording, before):
    """At any length, the silence is neither a lead nor a rest; pauses inside and quiet around a word stay."""
    one, other = parts_of(levels(*recording), HIT), parts_of(silenced(recording, before, before), HIT)
    for fact in ("event", "lead", "rest"):
        assert getattr(one, fact).tolist() == getattr(other, fact).tolist()
    assert abs(other.frames - one.frames).max() <= 1
    assert other.seconds == pytest.approx(one.seconds, abs=2 / RATE)
    first = round(before * RATE)
    assert not other.quiet[: first - 1].any()
    assert other.first[0] - other.lead[0] == pytest.approx(first, abs=1)


def test_a_short_silence_is_a_pause_of_the_recording():
    """Half a second around a word belongs to it, as quiet does."""
    one, other = (parts_of(levels((0.4, low, low), (1.0, -20, -20), (0.3, low, low)), HIT) for low in (-200.0, -75.0))
    for fact in ("event", "lead", "rest", "frames"):
        assert getattr(one, fact).tolist() == getattr(other, fact).tolist()
    assert one.lead[0] > 0
    assert one.rest[0] > 0


def test_a_recording_far_below_the_others_is_no_silence():
    """Its level alone decides, unless it is fainter than noise of converters."""
    faint = levels((0.8, -200, -200), (1.0, -62, -64), (0.8, -200, -200))
    parts = parts_of(RAIN, faint)
    assert parts.sounding.tolist() == [0, 1]
    assert parts.seconds[1] == pytest.approx(1.0, abs=0.1)


def test_frames_ahead_are_those_to_the_end_of_a_part():
    parts = parts_of(CALLS)
    first, frames = int(parts.first[0]), int(parts.frames[0])
    assert parts.ahead[first : first + frames].tolist() == list(range(frames, 0, -1))
    assert parts.ahead[0] == 1


def test_durations_are_exact():
    """What fills up the last frame does not count."""
    assert parts_of(levels((1.237, -10, -10))).seconds[0] == pytest.approx(1.237)


def test_silence_alone_has_no_parts():
    parts = parts_of(SILENCE, SILENCE)
    assert len(parts) == 0
    assert parts.sounding.tolist() == []
    assert parts.seconds.tolist() == [0.0, 0.0]
