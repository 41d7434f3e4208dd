"""Pauses between the acts of a page: what its kernel does when none has followed for a while."""

from __future__ import annotations

import threading
from collections.abc import Callable

from sda_widgets.session.context import Context


class Pauses:
    """Calls `act` in a thread of its own, once in each pause of `rest` seconds between the acts of a page."""

    def __init__(self, context: Context, rest: float, act: Callable[[], object]) -> None:
        self._rest, self._act, self._acted, self._is_closed = rest, act, threading.Event(), False
        context.observe(lambda _change: self._acted.set(), "busy")
        self._acted.set()
        self._thread = threading.Thread(target=self._work, name="sda-pauses", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait for no more pauses."""
        self._is_closed = True
        self._acted.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._is_closed:
            self._acted.wait()
            while self._acted.is_set() and not self._is_closed:
                self._acted.clear()
                self._acted.wait(self._rest)
            if not self._is_closed:
                self._act()
