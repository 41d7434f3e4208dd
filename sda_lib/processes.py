"""Check whether a recorded process is still running, and that its number was not reused.

psutil compares process objects that it holds; a run's folder stores the same information as text that outlives the
reader.
"""

from __future__ import annotations

import os
import time

# Largest difference in seconds between two start times that count as the same process; process numbers are not reused
# that soon.
CLOSE = 1.0


def start_time(process: int) -> str:
    """Return the start time of a process as text; empty if it has ended.

    In seconds since boot on Linux, where psutil derives the time of day from a clock that may be adjusted, and since
    1970 elsewhere.
    """
    import psutil  # takes 20 ms that most commands don't need

    try:
        boot = psutil.boot_time() if psutil.LINUX else 0.0
        found = psutil.Process(process)
        ended = found.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
        return "" if ended else f"{found.create_time() - boot:.2f}"
    except (psutil.NoSuchProcess, ValueError, OverflowError):
        return ""


def is_running(process: int, born: str = "") -> bool:
    """Return whether the process with this start time is still running.

    Without a start time, any running process with the number counts.
    """
    now = start_time(process)
    return bool(now) and (not born or abs(float(now) - _seconds(born)) < CLOSE)


def _seconds(born: str) -> float:
    """Parse the output of `start_time`, or the notes of version 0.1; return NaN for unreadable text.

    Version 0.1 noted "BOOT TICKS" on Linux, a date as printed by `ps` elsewhere.
    """
    words = born.split()
    try:
        if len(words) == 2:
            return int(words[1]) / os.sysconf("SC_CLK_TCK")
        return float(born) if len(words) == 1 else time.mktime(time.strptime(born))
    except (ValueError, OverflowError):
        return float("nan")
