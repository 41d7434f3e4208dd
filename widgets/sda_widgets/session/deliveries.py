"""Deliveries: results of threads, applied at the page's heartbeat."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable


class Deliveries:
    """Functions that apply a result. A change sent from a thread itself could be lost while the page is being built."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, apply: Callable[[], None]) -> None:
        """Queue a function; called from a thread."""
        self._waiting.append(apply)

    def apply(self) -> None:
        """Call the queued functions."""
        while self._waiting:
            self._waiting.popleft()()
