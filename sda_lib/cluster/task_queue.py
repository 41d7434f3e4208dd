"""Jobs on a cluster: queued as tasks, and done again where a worker dies."""

from __future__ import annotations

import itertools
import queue
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from distributed import Future

from sda_lib.cluster.cluster import Cluster
from sda_lib.cluster.problems import GO_ON, explained
from sda_lib.cluster.shared import new_name
from sda_lib.errors import SdaError

Job = TypeVar("Job")

# Unfinished tasks per worker: enough that none is idle.
QUEUED_PER_WORKER = 2
# Seconds between two looks at the workers while nothing finishes, and how long there may be none.
LOOK_SECONDS, WITHOUT_WORKERS = 2.0, 60.0


@dataclass(frozen=True, eq=False)
class _Task(Generic[Job]):
    job: Job
    future: Future


class TaskQueue(Generic[Job]):
    """Jobs on a cluster that are not taken yet.

    `sent_model` names the model that the workers were given (`Cluster.share`), if they were.
    """

    def __init__(self, cluster: Cluster, sent_model: str = "") -> None:
        self.cluster = cluster
        self.sent_model = sent_model
        self.pending: dict[int, _Task[Job]] = {}
        self._unfinished: set[int] = set()
        self._ends: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._numbers = itertools.count()
        self._prefix = new_name()
        self._size = cluster.size
        self._looked = self._seen = time.monotonic()

    @property
    def is_busy(self) -> bool:
        """Whether there is enough work for the workers."""
        self._drain()
        return len(self._unfinished) >= self._size * QUEUED_PER_WORKER

    def submit(self, job: Job, work: Callable[..., object], *arguments: object) -> None:
        """Queue `work(*arguments)`, a module-level function, as a job. Raises SdaError where the cluster is gone."""
        self._look()
        number = next(self._numbers)
        with explained(self.cluster.words):
            key = f"{self._prefix}-{number}"
            future = self.cluster.client.submit(work, *arguments, key=key, pure=False, priority=-number)
        self.pending[number] = _Task(job, future)
        self._unfinished.add(number)
        future.add_done_callback(lambda _: self._ends.put(number))

    def finished(self, timeout: float | None = None) -> Iterator[tuple[Job, Any]]:
        """Yield finished jobs with their results, waiting up to `timeout` seconds for one (None: without limit).

        Raises the error of the first job that failed, and SdaError where the cluster is gone or has had no workers for
        WITHOUT_WORKERS seconds.
        """
        if self._ready() is None:
            self._wait(timeout)
        while (number := self._ready()) is not None:
            task = self.pending.pop(number)
            with explained(self.cluster.words):
                result = task.future.result()
            task.future.release()
            yield task.job, result

    def cancel(self) -> None:
        """Give up all jobs; those that workers have begun end with the cluster, or are finished for nobody."""
        self.cluster.client.cancel([task.future for task in self.pending.values()], force=True)
        self.pending.clear()
        self._unfinished.clear()

    def _ready(self) -> int | None:
        """Return the number of the first job that has ended; None while none has."""
        self._drain()
        return next((number for number in self.pending if number not in self._unfinished), None)

    def _drain(self) -> None:
        """Note the jobs that have ended meanwhile."""
        while True:
            try:
                self._unfinished.discard(self._ends.get_nowait())
            except queue.Empty:
                return

    def _wait(self, timeout: float | None) -> None:
        """Wait until a job ends, for `timeout` seconds at most."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            left = LOOK_SECONDS if end is None else min(LOOK_SECONDS, end - time.monotonic())
            try:
                self._unfinished.discard(
                    self._ends.get(timeout=max(0.0, left)) if left > 0 else self._ends.get_nowait()
                )
                return
            except queue.Empty:
                self._look()
                if end is not None and time.monotonic() >= end:
                    return

    def _look(self) -> None:
        """Count the workers now and then. Raises SdaError where there have been none for long."""
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        with explained(self.cluster.words):
            found = self.cluster.workers()
        if found:
            self._seen, self._size = now, max(found, self.cluster.size if self.cluster.is_local else 1)
        elif now - self._seen > WITHOUT_WORKERS:
            self.cancel()
            since = f"has had no workers for {WITHOUT_WORKERS:.0f} s"
            raise SdaError(f"{self.cluster.where} {since}; start some, and {GO_ON}.")
