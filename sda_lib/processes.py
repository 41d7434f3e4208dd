"""Processes: whether the one that was noted down is still there, and not another one with its number.

psutil compares processes that it holds; a run's folder needs the same as text that outlives the reader.
"""

from __future__ import annotations

import os
import time

CLOSE = 1.0
"""Seconds between the beginnings of two processes that are taken for one; a number does not come again as soon."""


def birth(process: int) -> str:
    """When a process began; empty if it has ended. In seconds since the system started on Linux, where psutil derives
    the time of day from a clock that may be set, and since 1970 elsewhere."""
    import psutil  # 20 ms that most commands don't need

    try:
        boot = psutil.boot_time() if psutil.LINUX else 0.0
        found = psutil.Process(process)
        ended = found.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
        return "" if ended else f"{found.create_time() - boot:.2f}"
    except (psutil.NoSuchProcess, ValueError, OverflowError):
        return ""


def is_there(process: int, born: str = "") -> bool:
    """Whether the process that began then is still there; by its number alone if it isn't known when it began."""
    now = birth(process)
    return bool(now) and (not born or abs(float(now) - _seconds(born)) < CLOSE)


def _seconds(born: str) -> float:
    """What `birth` said, or what runs of version 0.1 noted down: "BOOT TICKS" on Linux, a date as of `ps` elsewhere."""
    words = born.split()
    try:
        if len(words) == 2:
            return int(words[1]) / os.sysconf("SC_CLK_TCK")
        return float(born) if len(words) == 1 else time.mktime(time.strptime(born))
    except (ValueError, OverflowError):
        return float("nan")
