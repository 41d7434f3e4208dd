"""Crew: other processes that make sounds of one model, which each of them loads once.

Nothing heavy is imported here, so that they can load it while the one who calls them does.
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

AHEAD = 2
"""Orders that wait per worker: enough that none is idle, few enough that stopping is quick."""


@dataclass(frozen=True, eq=False)
class Crew(Generic[Job]):
    """So many processes, and what they are asked for."""

    pool: ProcessPoolExecutor
    size: int
    waiting: dict[Future, Job]

    @property
    def is_busy(self) -> bool:
        """Whether they have enough to do for a while."""
        return len(self.waiting) >= self.size * AHEAD

    def take(self, job: Job, work: Callable[..., object], *arguments: object) -> None:
        """Queue `work(*arguments)`, a function of a module. Raises SdaError when a process was ended from outside."""
        with telling_of_deaths():
            self.waiting[self.pool.submit(work, *arguments)] = job

    def done(self, until: float | None = None) -> Iterator[Job]:
        """Orders that are done; waits `until` so many seconds have passed for the first one (none: until it is there).
        Raises the SdaError of the first that failed."""
        for future in wait(self.waiting, until, FIRST_COMPLETED).done:
            order = self.waiting.pop(future)
            with telling_of_deaths():
                future.result()
            yield order


def workers_for(count: int, wanted: int | None) -> int:
    """How many processes: as many as are wanted, else one per core as soon as there is enough to do to pay for them."""
    if wanted is not None:
        return max(1, min(wanted, count))
    return min(os.cpu_count() or 1, count // 8 + 1)


@contextlib.contextmanager
def called(model_path: Path, size: int) -> Iterator[Crew | None]:
    """A crew that loads the model from now on, and goes home at the end; none of no processes."""
    if size < 1:
        yield None
        return
    pool = ProcessPoolExecutor(
        size, multiprocessing.get_context("spawn"), initializer=_begin, initargs=(Path(model_path),)
    )
    try:
        for _ in range(size):
            pool.submit(_ready)
        yield Crew(pool, size, {})
    finally:
        pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def telling_of_deaths() -> Iterator[None]:
    """A process that was killed is one sentence."""
    try:
        yield
    except BrokenProcessPool as error:
        raise SdaError("A worker was ended from outside; give the same command again to go on.") from error


# --- in a process of the crew ----------------------------------------------------------------------------------------

_loaded: SdaModel | SdaError | None = None  # a process' own


def _begin(model_path: Path) -> None:
    """Load the model, on one thread: the cores are for the others. When the process that asked for the work is gone, so
    is this one."""
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
    """Makes a process begin."""


def loaded() -> SdaModel:
    """Return the model of this worker process. Raises the SdaError that loading it ended with."""
    if isinstance(_loaded, SdaError):
        raise _loaded
    assert _loaded is not None
    return _loaded
