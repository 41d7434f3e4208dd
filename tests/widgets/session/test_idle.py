"""Background tasks that run while no user action is under way."""

import threading

import pytest

from sda_lib.errors import SdaError
from sda_widgets.session.idle import IdleWork

pytestmark = pytest.mark.slow
PATIENCE = 30.0


class Held:
    """A turn that waits inside itself until it may go on."""

    def __init__(self, done):
        self.done, self.begun, self.free = done, threading.Event(), threading.Event()

    def __call__(self, pause):
        self.begun.set()
        assert self.free.wait(PATIENCE)
        pause()
        return lambda: self.done.append(self)


@pytest.fixture
def work():
    """Idle work, the lock that acts hold, and what was reported."""
    lock, said = threading.RLock(), []
    idle = IdleWork(lock, said.append, rest=0.0)
    idle.lock, idle.said = lock, said
    yield idle
    idle.close()


def test_turns_are_done_in_order_where_they_are_delivered(work):
    done = []
    work.begin([lambda _pause, at=at: lambda: done.append((at, threading.current_thread())) for at in range(5)])
    work.finish()
    assert done == [(at, threading.current_thread()) for at in range(5)]
    assert not work.is_working


def test_nothing_is_begun_while_an_act_is_under_way(work):
    begun, looked = [], threading.Event()
    with work.lock:
        work.begin([lambda _pause: begun.append(1) or looked.set])
        assert work.is_working
        assert not looked.wait(0.05)
        assert begun == []
    work.finish()
    assert begun == [1]
    assert looked.is_set()


def test_a_turn_waits_where_it_pauses_and_goes_on_after_the_act(work):
    done = []
    turn = Held(done)
    work.begin([turn])
    assert turn.begun.wait(PATIENCE)
    with work.lock:  # free although a turn is under way
        turn.free.set()
        work.deliver()
        assert done == []
    work.finish()
    assert done == [turn]


def test_newer_work_drops_what_is_under_way_and_what_waits(work):
    done = []
    turn = Held(done)
    work.begin([turn, lambda _pause: lambda: done.append("old")])
    assert turn.begun.wait(PATIENCE)
    work.begin([lambda _pause: lambda: done.append("new")])
    turn.free.set()
    work.finish()
    assert done == ["new"]


def test_what_was_found_by_older_work_is_not_delivered(work):
    done = []
    work.begin([lambda _pause: lambda: done.append("old")])
    work._join()
    work.begin([lambda _pause: lambda: done.append("new")])
    work.finish()
    assert done == ["new"]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (SdaError("No space left."), "No space left."),
        (ZeroDivisionError("by 0"), "could not be computed. Something unforeseen happened (ZeroDivisionError: by 0)"),
    ],
)
def test_what_fails_is_one_sentence_and_later_turns_and_work_go_on(work, error, sentence):
    done = []

    def fails(_pause):
        raise error

    work.begin([fails, lambda _pause: lambda: done.append("after")])
    work.finish()
    assert done == ["after"]
    assert len(work.said) == 1
    assert sentence in work.said[0]
    work.begin([lambda _pause: lambda: done.append("later")])
    work.finish()
    assert done == ["after", "later"]


def test_work_rests_before_it_begins_unless_somebody_waits(work):
    done = []
    work._rest = PATIENCE  # newer work would come long before
    work.begin([lambda _pause: lambda: done.append("old")])
    work.begin([lambda _pause: lambda: done.append("new")])
    assert done == []
    work.finish()
    assert done == ["new"]


def test_closing_ends_the_thread(work):
    done = []
    turn = Held(done)
    work.begin([turn, turn])
    assert turn.begun.wait(PATIENCE)
    thread = work._thread
    turn.free.set()
    work.close()
    assert not thread.is_alive()
    assert done == []
    assert not work.is_working
