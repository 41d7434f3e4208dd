"""Idle work: what nobody waits for, worked out in small turns in a thread, out of the way of the next act."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial

from sda_lib.errors import SdaError

log = logging.getLogger(__name__)

REST = 0.3
"""Seconds without newer work before any is done: what follows at once finds both cores free."""
Pause = Callable[[], None]
Turn = Callable[[Pause], Callable[[], None]]
"""Works something out and calls its argument between small parts; returns what is to be done with it in the page's own
thread."""


class Dropped(Exception):  # noqa: N818 (no error: it ends a turn)
    """Newer work took the place of this, or the program ends."""


class IdleWork:
    """Turns that run one after the other while no act is under way; newer work takes the place of older.

    `lock` gives the lock that acts hold: a turn goes on where it pauses only once that is free, and never holds it.
    What turns return waits until `deliver` is called. What they raise is given to `report` as one sentence.
    """

    def __init__(
        self, lock: Callable[[], AbstractContextManager[object]], report: Callable[[str], None], rest: float = REST
    ) -> None:
        self._lock, self._report, self._rest = lock, report, rest
        self._hurry = threading.Event()  # somebody waits: no rest
        self._state = threading.Lock()
        self._turns: deque[Turn] = deque()
        self._found: deque[Callable[[], None]] = deque()
        self._number = 0  # of the work: turns of another one are dropped where they pause
        self._thread: threading.Thread | None = None

    def begin(self, turns: Sequence[Turn]) -> None:
        """Work on these turns from now on, and drop what is left of any before."""
        with self._state:
            self._number += 1
            self._turns = deque(turns)
            self._found.clear()
            self._hurry.clear()
            if turns and self._thread is None:
                # No daemon: a thread that is inside torch when Python ends would take the process down with it.
                self._thread = threading.Thread(target=self._work, name="sda-idle", daemon=False)
                self._thread.start()

    def cancel(self) -> None:
        """Drop all that is left."""
        self.begin(())

    @property
    def is_working(self) -> bool:
        """Whether there is something to do, or found and not delivered."""
        return self._thread is not None or bool(self._found)

    def deliver(self) -> None:
        """Do what the turns so far ask for, in this thread."""
        with self._lock():
            while self._found:
                self._found.popleft()()

    def finish(self) -> None:
        """Wait until all is worked out, and deliver it; not from inside an act, for which the turns would wait."""
        self._join()
        self.deliver()

    def close(self) -> None:
        """Drop all that is left, and wait until the thread has ended; not from inside an act."""
        self.cancel()
        self._join()

    def _join(self) -> None:
        self._hurry.set()
        thread = self._thread
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        rested = 0
        while (work := self._next()) is not None:
            number, turn = work
            if number != rested:
                self._hurry.wait(self._rest)
                rested = number
            try:
                self._pause(number)
                act = turn(partial(self._pause, number))
            except Dropped:
                continue
            except SdaError as error:
                act = partial(self._report, str(error))
            except Exception as error:  # whatever it is, the turns after it are others' work
                log.exception("idle work failed")
                kind = f"{type(error).__name__}: {error}"
                act = partial(self._report, f"A part of the page could not be worked out ({kind}); see the log.")
            with self._state:
                if number == self._number:
                    self._found.append(act)

    def _next(self) -> tuple[int, Turn] | None:
        with self._state:
            if not self._turns:
                self._thread = None
                return None
            return self._number, self._turns.popleft()

    def _pause(self, number: int) -> None:
        """Wait while an act is under way."""
        with self._lock():
            pass
        if not threading.main_thread().is_alive():
            self.cancel()
        if number != self._number:
            raise Dropped
