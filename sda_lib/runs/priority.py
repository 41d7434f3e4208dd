"""Priority of background work, and how slow this machine is for it: run as a script, it measures that.

It imports nothing of the package, so that the script begins in a moment.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

# Niceness of the process of a training, unless SDA_NICENESS is set.
NICENESS = 10
# Niceness of the session of this process, on Linux with autogroups.
AUTOGROUP = Path("/proc/self/autogroup")
# Seconds of one core that the measurement takes, and the longest time that it may take.
WORK, LONGEST = 0.3, 10.0


def lower_priority() -> None:
    """Lower the priority of this process, so that interactive programs stay responsive.

    On Linux niceness counts only within a session where sessions share the processor among them (`man 7 sched`, "The
    autogroup feature"); then the priority of the session is lowered as well.
    """
    given = os.environ.get("SDA_NICENESS", "")
    steps = int(given) if given.isdigit() else NICENESS
    if hasattr(os, "nice"):
        os.nice(steps)
    if hasattr(os, "getsid") and os.getsid(0) == os.getpid():  # this process leads its session
        with contextlib.suppress(OSError):
            AUTOGROUP.write_text(str(steps))


def slowness() -> float:
    """Return how many times longer work takes in this process now than with a core of its own; at least 1."""
    began, worked = time.monotonic(), time.process_time()
    while time.process_time() - worked < WORK and time.monotonic() - began < LONGEST:
        sum(range(1000))
    return max(1.0, (time.monotonic() - began) / max(time.process_time() - worked, 1e-3))


def background_slowness() -> float:
    """Return the slowness of work of a training's priority, as a process of its own measures it; 1 if it can't."""
    command = [sys.executable, "-I", "-S", __file__]
    try:
        found = subprocess.run(
            command, capture_output=True, text=True, timeout=2 * LONGEST, start_new_session=True, check=True
        )
        return float(found.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return 1.0


if __name__ == "__main__":
    lower_priority()
    sys.stdout.write(str(slowness()))
