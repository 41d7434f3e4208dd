"""Worker processes that make sounds of one model; each loads the model once.

Nothing heavy is imported here, so that the workers can load the model while the main process does.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from threadpoolctl import threadpool_limits

from sda_lib.errors import SdaError

if TYPE_CHECKING:
    from sda_lib.model.model import SdaModel

Job = TypeVar("Job")

# Queued orders per worker: enough that none is idle, few enough to stop quickly.
QUEUED_PER_WORKER = 2


@dataclass(frozen=True, eq=False)
class WorkerPool(Generic[Job]):
    """A pool of `size` worker processes and their queued jobs."""

    pool: ProcessPoolExecutor
    size: int
    pending: dict[Future, Job]

    @property
    def is_busy(self) -> bool:
        """Return whether the queue is full."""
        return len(self.pending) >= self.size * QUEUED_PER_WORKER

    def submit(self, job: Job, work: Callable[..., object], *arguments: object) -> None:
        """Queue `work(*arguments)`, a module-level function. Raises SdaError when a worker process has died."""
        with worker_death_as_error():
            self.pending[self.pool.submit(work, *arguments)] = job

    def done(self, until: float | None = None) -> Iterator[Job]:
        """Yield finished jobs, waiting up to `until` seconds for the first (None: without limit). Raises the SdaError
        of the first that failed."""
        for future in wait(self.pending, until, FIRST_COMPLETED).done:
            order = self.pending.pop(future)
            with worker_death_as_error():
                future.result()
            yield order


def workers_for(count: int, wanted: int | None) -> int:
    """Return the number of processes: `wanted`, at most `count`, or else one per core as far as there are enough sounds
    to be worth it."""
    if wanted is not None:
        return max(1, min(wanted, count))
    return min(os.cpu_count() or 1, count // 8 + 1)


@contextlib.contextmanager
def start_workers(model_path: Path, size: int) -> Iterator[WorkerPool | None]:
    """Start workers that load the model and shut them down on exit. Yields None for a size below 1."""
    if size < 1:
        yield None
        return
    pool = ProcessPoolExecutor(
        size, multiprocessing.get_context("spawn"), initializer=_begin, initargs=(Path(model_path),)
    )
    try:
        for _ in range(size):
            pool.submit(_ready)
        yield WorkerPool(pool, size, {})
    finally:
        pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def worker_death_as_error() -> Iterator[None]:
    """Raise SdaError in place of BrokenProcessPool."""
    try:
        yield
    except BrokenProcessPool as error:
        raise SdaError("A worker was ended from outside; give the same command again to go on.") from error


# --- in a worker process ---------------------------------------------------------------------------------------------

_loaded: SdaModel | SdaError | None = None  # one per worker process


def _begin(model_path: Path) -> None:
    """Load the model on one thread, since the cores are shared with the other workers. The worker ends when its parent
    process does."""
    global _loaded
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from sda_lib.model.model import SdaModel

    threadpool_limits(1)
    try:
        _loaded = SdaModel.load(model_path)
    except SdaError as error:
        _loaded = error


def _end_with_parent() -> None:
    connection.wait([multiprocessing.parent_process().sentinel])
    os._exit(1)


def _ready() -> None:
    """Do nothing; submitting it starts a process."""


def worker_model() -> SdaModel:
    """Return the model of this worker process. Raises the SdaError that loading it raised."""
    if isinstance(_loaded, SdaError):
        raise _loaded
    assert _loaded is not None
    return _loaded
