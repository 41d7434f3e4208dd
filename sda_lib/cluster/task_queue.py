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

# Unfinished tasks per worker: enough that none is idle while results of others are fetched and written.
QUEUED_PER_WORKER = 4
# Seconds between two looks at the workers while nothing finishes, and how long there may be none.
LOOK_SECONDS, WITHOUT_WORKERS = 2.0, 60.0


@dataclass(frozen=True, eq=False)
class _End:
    """The end of a task: its number, and its result or what it raised."""

    number: int
    result: Any = None
    error: BaseException | None = None


class TaskQueue(Generic[Job]):
    """Jobs on a cluster that are not taken yet.

    `sent_model` names the model that the workers were given (`Cluster.share`), if they were.
    """

    def __init__(self, cluster: Cluster, sent_model: str = "") -> None:
        self.cluster = cluster
        self.sent_model = sent_model
        self.returns_files = not cluster.is_local
        self.pending: dict[int, tuple[Job, Future]] = {}
        self._ends: queue.SimpleQueue[_End] = queue.SimpleQueue()
        self._numbers = itertools.count()
        self._prefix = new_name()
        self._size = cluster.size
        self._looked = self._seen = time.monotonic()

    @property
    def is_busy(self) -> bool:
        """Whether there is enough work for the workers."""
        return len(self.pending) - self._ends.qsize() >= self._size * QUEUED_PER_WORKER

    def submit(self, job: Job, work: Callable[..., object], *arguments: object) -> None:
        """Queue `work(*arguments)`, a module-level function, as a job. Raises SdaError where the cluster is gone."""
        self._look()
        number = next(self._numbers)
        with explained(self.cluster.words):
            key = f"{self._prefix}-{number}"
            future = self.cluster.client.submit(work, *arguments, key=key, pure=False, priority=-number)
        self.pending[number] = job, future
        future.add_done_callback(lambda ended: self._ends.put(_end_of(number, ended)))

    def finished(self, timeout: float | None = None) -> Iterator[tuple[Job, Any]]:
        """Yield finished jobs with their results, waiting up to `timeout` seconds for one (None: without limit).

        Raises the error of the first job that failed, and SdaError where the cluster is gone or has had no workers for
        WITHOUT_WORKERS seconds.
        """
        end = self._next(timeout)
        while end is not None:
            job, future = self.pending.pop(end.number)
            future.release()
            if end.error is not None:
                with explained(self.cluster.words):
                    raise end.error
            yield job, end.result
            end = self._next(0)

    def cancel(self) -> None:
        """Give up all jobs; those that workers have begun end with the cluster, or are finished for nobody."""
        self.cluster.client.cancel([future for _, future in self.pending.values()], force=True)
        self.pending.clear()

    def _next(self, timeout: float | None) -> _End | None:
        """Return the next end of a task, waiting up to `timeout` seconds for it; None if there is none by then."""
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            left = LOOK_SECONDS if until is None else max(0.0, min(LOOK_SECONDS, until - time.monotonic()))
            try:
                end = self._ends.get(block=left > 0, timeout=left or None)
            except queue.Empty:
                if until is not None and time.monotonic() >= until:
                    return None
                self._look()
                continue
            if end.number in self.pending:  # it may have been given up
                return end

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


def _end_of(number: int, future: Future) -> _End:
    """Return the end of a task, in a thread of Dask's, so that results are fetched while others are written."""
    try:
        return _End(number, future.result())
    except BaseException as error:
        return _End(number, error=error)
