"""History: undo of any sequence restores the sound, and no branch is lost."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as some

from sda_lib.codec.codes import Codes
from sda_lib.editing.registry import Edit
from sda_lib.sessions import history
from sda_lib.sessions.history import History, SoundState

START = Codes(np.arange(24).reshape(3, 8) % 9, 9, 64, 8000)
ACTS = [
    Edit("reverse"),
    Edit("step", {"amount": 2, "levels": (0, 2)}),
    Edit("set", {"code": 4, "frames": (1, 3)}),
    Edit("shift", {"by": 3}),
    Edit("duplicate", {"frames": (0, 1)}),
    Edit("mute", {"levels": (1, 2)}),
]


def done(past, edit):
    codes = edit.apply(past.state.codes)
    return past.add(edit, edit.description(past.state.codes), SoundState(codes))


@settings(max_examples=60, deadline=None)
@given(moves=some.lists(some.one_of(some.sampled_from(ACTS), some.sampled_from(["undo", "redo"])), max_size=20))
def test_undo_of_any_sequence_restores_the_sound(moves):
    past = History.begin(SoundState(START))
    for move in moves:
        past = getattr(past, move)() if isinstance(move, str) else done(past, move)
    where = past.current
    while past.can_undo:
        before = past.steps[past.current].parent
        past = past.undo()
        assert past.current == before
    assert past.state.codes.is_same(START)
    assert past.go_to(where).state.codes.is_same(replayed(past.go_to(where)))


def replayed(past):
    codes = START
    for number in past.path[1:]:
        codes = past.steps[number].action.apply(codes)
    return codes


def test_a_step_after_undo_keeps_both_branches():
    past = History.begin(SoundState(START))
    one = done(past, ACTS[0])
    two = done(one.undo(), ACTS[1])
    assert two.branches == (0, 0, 1)
    assert two.go_to(1).state.codes.is_same(one.state.codes)
    assert not two.can_redo
    back = two.go_to(1).undo()
    assert back.can_redo
    assert back.redo().current == 1, "redo leads to the child visited last"
    assert two.undo().redo().current == 2


def test_the_current_step_can_be_replaced():
    past = done(History.begin(SoundState(START)), ACTS[0])
    other = past.with_current_step(ACTS[1], SoundState(ACTS[1].apply(START)))
    assert len(other.steps) == len(past.steps)
    assert other.state.codes.is_same(ACTS[1].apply(START))
    assert other.steps[1].action is ACTS[1]


def test_a_long_history_drops_only_its_oldest_steps(monkeypatch):
    monkeypatch.setattr(history, "MOST_STEPS", 10)
    past = History.begin(SoundState(START))
    for turn in range(37):
        past = done(past, ACTS[turn % 4])
        assert len(past.steps) <= 10
    last = past.state.codes
    while past.can_undo:
        past = past.undo()
    assert past.steps[0].action is None
    codes = past.state.codes
    while past.can_redo:
        past = past.redo()
        codes = past.steps[past.current].action.apply(codes)
    assert codes.is_same(last)
