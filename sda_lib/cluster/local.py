"""A cluster of worker processes on this computer: Dask's LocalCluster, quiet, reachable from here alone, gone at once.

Workers are processes of one thread each. Their files are in a temporary folder that is deleted at the end, or by the
next cluster where this process was killed. They end with this process.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
from collections.abc import Iterator
from typing import Any

import dask
from distributed import Client, LocalCluster, Nanny, Status
from distributed.security import Security

from sda_lib.errors import SdaError
from sda_lib.scratch import scratch_folder

HOST = "127.0.0.1"
# Longest time that the end of the cluster's processes is waited for, in seconds.
CLOSE_SECONDS = 5.0
# Dask's own settings: no pages over HTTP, no word in the terminal, no advice on large arguments (a model has some MB),
# and no statistics for pages that nobody opens (they look at the threads of every process a hundred times a second).
QUIET: dict[str, Any] = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.admin.large-graph-warning-threshold": "1 GiB",
    "distributed.nanny.pre-spawn-environ.DASK_LOGGING__DISTRIBUTED": "critical",
    "distributed.comm.timeouts.connect": "10s",
    "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.scheduler.active-memory-manager.start": False,
}
ENDED = (Status.closing, Status.closed)
LOGGERS = ("distributed", "tornado.application", "asyncio")


@contextlib.contextmanager
def local_client(workers: int) -> Iterator[Client]:
    """Start a cluster of `workers` processes and yield its client at once, before they are ready."""
    security, folder = _security(), scratch_folder("sda-cluster")
    with _environment_kept(), quiet():
        cluster = LocalCluster(
            n_workers=0,
            threads_per_worker=1,
            processes=True,
            host=HOST,
            dashboard_address=None,
            scheduler_kwargs={"dashboard": False, "dashboard_address": f"{HOST}:0"},
            silence_logs=logging.CRITICAL,
            memory_limit=0,  # a worker that grows is not paused or ended: the system's limits hold
            local_directory=str(folder),
            security=security,
        )
        try:
            cluster.sync(_without_interrupts)
            cluster.scale(workers)
            with Client(cluster, set_as_default=False) as client:
                try:
                    yield client
                finally:
                    cluster.sync(_kill_workers, cluster)
        finally:
            with contextlib.suppress(TimeoutError):
                cluster.close(timeout=CLOSE_SECONDS)
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep Dask's logs out of the terminal, and use its settings as SDA wants them."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        with dask.config.set(QUIET):
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


@contextlib.contextmanager
def _environment_kept() -> Iterator[None]:
    """Take back what Dask sets in this process' environment for its workers."""
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


def _security() -> Security:
    """Return temporary keys, so that other users of this computer can't give the workers work."""
    try:
        return Security.temporary()
    except ImportError as error:
        raise SdaError(
            "A cluster needs keys by the package cryptography, which is not installed; install it with: "
            "pip install 'sda[cluster]'"
        ) from error


async def _without_interrupts() -> None:
    """Keep Ctrl-C from the processes that Dask's thread starts; they end when this process tells them to."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


async def _kill_workers(cluster: LocalCluster) -> None:
    """End the worker processes without waiting for their tasks, whose results nobody takes any more."""
    for nanny in list(cluster.workers.values()):
        if isinstance(nanny, Nanny) and nanny.status not in ENDED:
            nanny.close_gracefully()  # it starts no other process in place of the killed one
            if nanny.pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(nanny.pid, signal.SIGKILL)
