"""A process that does one thing after another for a script, and whose memory, time and end are watched."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# What a call came to: its answer (None: the process ended), seconds of processor time, bytes above what the process had
# before, and why there is no answer.
Outcome = tuple[Any, float, int, str]


def memory(key: str) -> int:
    """Return VmRSS, or the highest value since `forget_peak` (VmHWM), of this process in bytes; 0 where unknown."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{key}:"))
    except (OSError, StopIteration):
        return 0


def forget_peak() -> None:
    """Let the peak of this process' memory begin from now (Linux)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


class Watched:
    """A process that answers `act(argument)`; it is started again after a crash or a hang.

    `first` is an argument for what is imported and kept at the first call, which is not measured.
    """

    def __init__(self, act: Callable[[Any], Any], first: Any, seconds: float) -> None:
        self._act, self._first, self._seconds = act, first, seconds
        self._start()

    def _start(self) -> None:
        self._here, there = multiprocessing.Pipe()
        context = multiprocessing.get_context("fork")
        self._process = context.Process(target=_serve, args=(there, self._act), daemon=True)
        self._process.start()
        there.close()
        self._here.send(self._first)
        self._here.recv()

    def call(self, argument: Any) -> Outcome:
        """Return what came of a call."""
        self._here.send(argument)
        try:
            if self._here.poll(self._seconds):
                return self._here.recv()
            outcome = f"hangs for {self._seconds:g} s"
        except EOFError:
            self._process.join()
            code = self._process.exitcode or 0
            outcome = f"crashes ({signal.Signals(-code).name if code < 0 else 'exit'})"
        self.stop()
        self._start()
        return None, self._seconds, 0, outcome

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()


def _serve(connection: Any, act: Callable[[Any], Any]) -> None:
    while (argument := connection.recv()) is not None:
        forget_peak()
        before, begun = memory("VmRSS"), time.process_time()
        answer = act(argument)
        connection.send((answer, time.process_time() - begun, max(0, memory("VmHWM") - before), ""))
