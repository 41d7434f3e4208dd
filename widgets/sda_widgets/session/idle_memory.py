"""Idle memory: what acts have freed goes back to the system once none has followed for a while."""

from __future__ import annotations

import threading

from sda_lib.allocation import release_freed_memory
from sda_widgets.session.context import Context

# Seconds without an act before freed memory is returned, so that acts that follow each other find it.
REST = 5.0


class IdleMemory:
    """Returns freed memory of a page's kernel, once after the last of several acts."""

    def __init__(self, context: Context, rest: float = REST) -> None:
        self._rest, self._acted, self._is_closed = rest, threading.Event(), False
        context.observe(lambda _change: self._acted.set(), "busy")
        self._acted.set()
        self._thread = threading.Thread(target=self._work, name="sda-memory", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End."""
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
                release_freed_memory()
