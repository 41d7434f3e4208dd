"""A cluster on this computer for all tests of a file, and schedulers with workers that are started by hand."""

import contextlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes."""
    from sda_lib.cluster.cluster import open_cluster

    with open_cluster(2) as opened:
        yield opened


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory):
    """The address of a scheduler on a port of its own with one worker."""
    with started_by_hand(tmp_path_factory.mktemp("by_hand")) as machines:
        machines.start_worker()
        yield machines.address


@pytest.fixture
def machines(tmp_path):
    """A scheduler of this test alone, without workers."""
    with started_by_hand(tmp_path) as found:
        yield found


@contextlib.contextmanager
def started_by_hand(folder):
    """Start a scheduler as `dask scheduler` does; it ends with the context, and so do its workers."""
    machines = Machines(folder)
    try:
        machines.start_scheduler()
        yield machines
    finally:
        for process in machines.started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            process.wait()


class Machines:
    """A scheduler and workers that were started by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.started, self.address = folder, [], ""

    def start_scheduler(self):
        """Start a scheduler on a free port of this computer."""
        # It ends by itself where the tests are killed.
        self._start("dask_scheduler", "--host", "127.0.0.1", "--port", 0, "--no-dashboard", "--idle-timeout", "300s")
        self.address = self._said(r"Scheduler at:\s+(\S+)")

    def start_worker(self):
        """Start a worker with a disk of its own, and wait until it has found its scheduler."""
        disk = self.folder / f"disk{len(self.started)}"
        process = self._start(
            "dask_worker",
            self.address,
            "--nthreads",
            1,
            "--no-dashboard",
            "--local-directory",
            disk,
            "--death-timeout",
            60,
        )
        self._said(r"(Registered to):")
        return process

    def _start(self, module, *arguments):
        log = self.folder / f"{len(self.started)}.txt"
        with log.open("w") as file:
            command = [sys.executable, "-m", f"distributed.cli.{module}", *map(str, arguments)]
            # An open cluster of this process keeps Dask's logs silent.
            plain = {name: value for name, value in os.environ.items() if not name.startswith("DASK_")}
            process = subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True, env=plain)
            self.started.append(process)
        return self.started[-1]

    def _said(self, pattern):
        """Return what the last process has written, once it has."""
        log, until = self.folder / f"{len(self.started) - 1}.txt", time.monotonic() + 60
        while time.monotonic() < until:
            if found := re.search(pattern, log.read_text()):
                return found[1]
            time.sleep(0.05)
        raise AssertionError(log.read_text())
