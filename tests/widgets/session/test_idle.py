"""Background tasks that run while no user action is under way."""

import threading

import pytest

from sda_lib.errors import SdaError
from sda_widgets.session.context import Context
from sda_widgets.session.idle import IdlePart, IdleWork

pytestmark = pytest.mark.slow
PATIENCE = 30.0


class Held:
    """A task that waits until it is released."""

    def __init__(self, done):
        self.done, self.begun, self.free = done, threading.Event(), threading.Event()

    def __call__(self, pause):
        self.begun.set()
        assert self.free.wait(PATIENCE)
        pause()
        return lambda: self.done.append(self)


@pytest.fixture
def work():
    """Idle work, the lock that actions hold, and what was reported."""
    lock, message = threading.RLock(), []
    idle = IdleWork(lock, message.append, rest=0.0)
    idle.lock, idle.message = lock, message
    yield idle
    idle.close()


def test_results_are_delivered_in_order(work):
    done = []
    work.begin([lambda _pause, at=at: lambda: done.append((at, threading.current_thread())) for at in range(5)])
    work.finish()
    assert done == [(at, threading.current_thread()) for at in range(5)]
    assert not work.is_working


def test_no_task_starts_during_an_action(work):
    begun, looked = [], threading.Event()
    with work.lock:
        work.begin([lambda _pause: begun.append(1) or looked.set])
        assert work.is_working
        assert not looked.wait(0.05)
        assert begun == []
    work.finish()
    assert begun == [1]
    assert looked.is_set()


def test_task_pauses_during_an_action(work):
    done = []
    task = Held(done)
    work.begin([task])
    assert task.begun.wait(PATIENCE)
    with work.lock:  # free although a task is under way
        task.free.set()
        work.deliver()
        assert done == []
    work.finish()
    assert done == [task]


def test_newer_work_replaces_older(work):
    done = []
    task = Held(done)
    work.begin([task, lambda _pause: lambda: done.append("old")])
    assert task.begun.wait(PATIENCE)
    work.begin([lambda _pause: lambda: done.append("new")])
    task.free.set()
    work.finish()
    assert done == ["new"]


def test_results_of_older_work_are_dropped(work):
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
        (ZeroDivisionError("by 0"), "(ZeroDivisionError: by 0)"),
    ],
)
def test_failing_task_is_reported_and_others_run(work, error, sentence):
    done = []

    def fails(_pause):
        raise error

    work.begin([fails, lambda _pause: lambda: done.append("after")])
    work.finish()
    assert done == ["after"]
    assert len(work.message) == 1
    assert sentence in work.message[0]
    work.begin([lambda _pause: lambda: done.append("later")])
    work.finish()
    assert done == ["after", "later"]


def test_work_rests_first_unless_finish_is_called(work):
    done = []
    work._rest = PATIENCE  # newer work would come long before
    work.begin([lambda _pause: lambda: done.append("old")])
    work.begin([lambda _pause: lambda: done.append("new")])
    assert done == []
    work.finish()
    assert done == ["new"]


def test_close_ends_the_thread(work):
    done = []
    task = Held(done)
    work.begin([task, task])
    assert task.begun.wait(PATIENCE)
    thread = work._thread
    task.free.set()
    work.close()
    assert not thread.is_alive()
    assert done == []
    assert not work.is_working


def test_a_part_knows_whether_more_is_to_come(places):
    context, done = Context(places), []
    part = IdlePart(context)
    held = Held(done)
    part.idle.begin([held])
    assert held.begun.wait(PATIENCE)
    part.deliver()
    assert part.is_computing
    assert done == []
    held.free.set()
    part.finish()
    assert not part.is_computing
    assert done == [held]
