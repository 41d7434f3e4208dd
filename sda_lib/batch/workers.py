"""Workers that make sounds of one model, which each of them loads once: processes of this computer or of a cluster.

Nothing heavy is imported here, so that the workers load the model while the main process does.
"""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from threadpoolctl import threadpool_limits

from sda_lib.errors import SdaError, explained_as

if TYPE_CHECKING:
    from sda_lib.model.model import SdaModel

Job = TypeVar("Job")

# Queued jobs per worker: enough that none is idle, few enough to stop quickly.
QUEUED_PER_WORKER = 2


class WorkerPool(Protocol[Job]):
    """Workers, and the jobs whose results are not taken: a `ProcessPool`, or a cluster's `TaskQueue`."""

    @property
    def pending(self) -> Collection[Any]:
        """Jobs that are not taken yet."""

    @property
    def is_busy(self) -> bool:
        """Whether no more jobs should be queued now."""

    @property
    def sent_model(self) -> str:
        """Name of the model among the files that the workers share; empty for processes that have loaded it."""

    @property
    def returns_files(self) -> bool:
        """Whether workers return files to be written here, as they have other disks."""

    def submit(self, job: Job, work: Callable[..., object], *arguments: object) -> None:
        """Queue `work(*arguments)`, a module-level function, as a job. Raises SdaError where the workers are gone."""

    def finished(self, timeout: float | None = None) -> Iterator[tuple[Job, Any]]:
        """Yield finished jobs with their results, waiting up to `timeout` seconds for the first (None: without limit).

        Raises the SdaError of the first job that failed.
        """


@dataclass(frozen=True, eq=False)
class ProcessPool(Generic[Job]):
    """A pool of `size` worker processes, and the jobs that are not finished."""

    executor: ProcessPoolExecutor
    size: int
    pending: dict[Future[object], Job] = field(default_factory=dict)
    sent_model: str = ""
    returns_files: bool = False

    @property
    def is_busy(self) -> bool:
        """Whether the queue is full."""
        return len(self.pending) >= self.size * QUEUED_PER_WORKER

    def submit(self, job: Job, work: Callable[..., object], *arguments: object) -> None:
        """Queue a job as in `WorkerPool`. Raises SdaError if a worker process has died."""
        with worker_death_as_error():
            self.pending[self.executor.submit(work, *arguments)] = job

    def finished(self, timeout: float | None = None) -> Iterator[tuple[Job, Any]]:
        """Yield finished jobs as in `WorkerPool`, in the order in which they finish."""
        for future in wait(self.pending, timeout, FIRST_COMPLETED).done:
            job = self.pending.pop(future)
            with worker_death_as_error():
                result = future.result()
            yield job, result


def workers_for(count: int, wanted: int | None) -> int:
    """Return the number of processes for `count` sounds: `wanted`, else one per core, each for at least 8."""
    if wanted is not None:
        return max(1, min(wanted, count))
    return min(os.cpu_count() or 1, count // 8 + 1)


@contextlib.contextmanager
def start_workers(model_path: Path, size: int) -> Iterator[ProcessPool | None]:
    """Start workers that load the model, and shut them down on exit. Yields None for a size below 1."""
    if size < 1:
        yield None
        return
    executor = ProcessPoolExecutor(
        size, multiprocessing.get_context("spawn"), initializer=_load_model, initargs=(Path(model_path),)
    )
    try:
        for _ in range(size):
            executor.submit(os.getpid)  # any job starts a process
        yield ProcessPool(executor, size)
    finally:
        executor.shutdown(cancel_futures=True)


# Raises SdaError in place of BrokenProcessPool.
worker_death_as_error = functools.partial(
    explained_as, "A worker process was killed (out of memory?). Run the command again to continue.", BrokenProcessPool
)


# --- in a worker process ---------------------------------------------------------------------------------------------

_model: SdaModel | SdaError | None = None  # one per worker process


def _load_model(path: Path) -> None:
    """Load the model on one thread, since the cores are shared with the other workers.

    The worker ends when its parent process does.
    """
    global _model
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from sda_lib.model.model import SdaModel

    threadpool_limits(1)
    try:
        _model = SdaModel.load(path)
    except SdaError as error:
        _model = error


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def worker_model() -> SdaModel:
    """Return the model of this worker process. Raises the SdaError that loading it raised."""
    if isinstance(_model, SdaError):
        raise _model
    assert _model is not None
    return _model
