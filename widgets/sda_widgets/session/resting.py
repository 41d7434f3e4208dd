"""Pauses between the acts of a page: memory that is no longer used goes back to the system, or a guest's page ends."""

from __future__ import annotations

import threading
from collections.abc import Callable

from sda_lib.allocation import return_freed_memory
from sda_widgets.session.session import Session

# Seconds without an act before memory is given back: the next act takes some 60 ms longer.
REST = 30.0


class Resting:
    """Waits for pauses of `rest` seconds between the acts of a page, and calls `act` once in each."""

    def __init__(self, session: Session, rest: float = REST, act: Callable[[], object] | None = None) -> None:
        """Without `act`, memory is given back."""
        self._session, self._rest, self._act = session, rest, act or self._give_back
        self._timer: threading.Timer | None = None
        self._is_closed = False
        self._state = threading.Lock()

    def watch(self) -> None:
        """Wait for pauses from now on, until `close`."""
        self._session.observe(lambda change: None if change.new else self._begin(), "busy")
        self._begin()

    def close(self) -> None:
        """Stop waiting."""
        with self._state:
            self._is_closed = True
            self._cancel()

    def _begin(self) -> None:
        with self._state:
            self._cancel()
            if not self._is_closed:
                self._timer = threading.Timer(self._rest, self._act)
                self._timer.daemon = True
                self._timer.start()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _give_back(self) -> None:
        with self._session.lock:  # no act has to wait for memory meanwhile
            return_freed_memory()
