"""Idle work: small background tasks in a thread that pauses while a user action runs."""

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial

from traitlets import Bool

from sda_widgets.session.context import Context, Part
from sda_widgets.session.guard import errors_as_sentences

# Seconds without newer work before any task starts, so that a quick next action finds both cores free.
REST = 0.3
Pause = Callable[[], None]
# A task: computes something, calling its argument between small parts, and returns a function that applies the result
# in the page's own thread.
Task = Callable[[Pause], Callable[[], None]]


class Dropped(BaseException):
    """Raised in a task that newer work replaces, or when the program ends. It is no error, so nothing reports it."""


class IdleWork:
    """Run tasks one after the other while no user action is under way; newer work replaces older.

    `lock` is the lock that actions hold. At each pause a task waits until it is free; a task never holds it.
    Results wait until `deliver` is called. Exceptions of tasks are passed to `report` as one sentence.
    """

    def __init__(self, lock: AbstractContextManager[object], report: Callable[[str], None], rest: float = REST) -> None:
        self._lock, self._report, self._rest = lock, report, rest
        self._hurry = threading.Event()  # set by `finish` and `close`: skip the rest
        self._state = threading.Lock()
        self._tasks: deque[Task] = deque()
        self._found: deque[Callable[[], object]] = deque()
        self._number = 0  # of the work; a task of older work is dropped at its next pause
        self._thread: threading.Thread | None = None

    def begin(self, tasks: Sequence[Task]) -> None:
        """Replace any remaining work by these tasks."""
        with self._state:
            self._number += 1
            self._tasks = deque(tasks)
            self._found.clear()
            self._hurry.clear()
            if tasks and self._thread is None:
                # Not a daemon: a thread inside torch when Python exits would crash the process.
                self._thread = threading.Thread(target=self._work, name="sda-idle", daemon=False)
                self._thread.start()

    def cancel(self) -> None:
        """Drop all remaining work."""
        self.begin(())

    @property
    def is_working(self) -> bool:
        """Whether there are tasks left or results not yet delivered."""
        return self._thread is not None or bool(self._found)

    def deliver(self) -> None:
        """Apply the results so far in the calling thread."""
        with self._lock:
            while self._found:
                self._found.popleft()()

    def finish(self) -> None:
        """Wait until all work is done, and deliver it. Must not be called inside an action (deadlock)."""
        self._join()
        self.deliver()

    def close(self) -> None:
        """Drop all remaining work and wait until the thread has ended. Must not be called inside an action."""
        self.cancel()
        self._join()

    def _join(self) -> None:
        self._hurry.set()
        if (thread := self._thread) is not None:
            thread.join()

    def _work(self) -> None:
        rested = 0
        while (work := self._next()) is not None:
            number, task = work
            if number != rested:
                self._hurry.wait(self._rest)
                rested = number
            found = self._results(number, task)
            with self._state:
                if number == self._number:
                    self._found.extend(found)

    def _results(self, number: int, task: Task) -> list[Callable[[], object]]:
        """Return what is to be delivered of a task: its result or its error, or nothing when it was dropped."""
        found: list[Callable[[], object]] = []
        failed = errors_as_sentences(
            lambda sentence: found.append(partial(self._report, sentence)), "A part of the page could not be computed."
        )
        with contextlib.suppress(Dropped), failed:
            self._pause(number)
            found.append(task(partial(self._pause, number)))
        return found

    def _next(self) -> tuple[int, Task] | None:
        with self._state:
            if not self._tasks:
                self._thread = None
                return None
            return self._number, self._tasks.popleft()

    def _pause(self, number: int) -> None:
        """Wait while an action is under way. Raises Dropped when newer work has replaced this."""
        with self._lock:
            pass
        if not threading.main_thread().is_alive():
            self.cancel()
        if number != self._number:
            raise Dropped


class IdlePart(Part):
    """A part of a session with idle work of its own. `deliver` is called by the page while `is_computing`."""

    is_computing = Bool(False, help="whether there is more to come")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.idle = IdleWork(context.lock, context.report)

    def deliver(self) -> None:
        """Show what has been computed by now."""
        self.idle.deliver()
        self.is_computing = self.idle.is_working

    def finish(self) -> None:
        """Wait until everything is computed, and show it. Must not be called inside an action."""
        self.idle.finish()
        self.deliver()
