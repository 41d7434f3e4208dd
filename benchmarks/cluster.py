"""Batches on Dask: against the processes of `sda generate`, what a task costs, a killed worker, a scheduler of its own.

    python benchmarks/cluster.py --model data/models/demo.sda --keep build/cluster --write

Results are kept in a folder: what is there is not measured again.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from report import table, write_section

from sda_lib.batch.batch import Batch, BatchItem, file_in_worker, manifest_row, resolve_paths, run_batch
from sda_lib.batch.cluster_workers import cluster_workers
from sda_lib.batch.manifest import read_manifest, update_manifest
from sda_lib.cluster.cluster import Cluster, open_cluster
from sda_lib.cluster.task_queue import TaskQueue
from sda_lib.export.finish import Finish
from sda_lib.files import write_atomically
from sda_lib.model.model import SdaModel
from sda_lib.writers.options import GenerateOptions

WORKERS = 2
# Seconds that a task of the second measurement waits, and the bytes that it returns: those of a sound of a second.
WAITS, RETURNS = 0.05, 150_000
MEANING = """`sda generate -n {count} --seconds {seconds} --format flac` on {cores} cores, from the command's start to
its end: `--workers 2` (two processes, one of them the command itself) and the same with `--scheduler local` (one worker
of a LocalCluster and the command itself), in turn. Times of the clock depend on what else the machine does; those of
the processor, of all processes together, hardly."""
TASKS = """Overhead per task, on a LocalCluster of {workers}: {tasks} tasks that wait {waits:.0f} ms, return
{kilobytes} kB and have them written to a file, as those of other machines, take **{waited:.1f} ms** each beyond their
own time (workers × time / tasks - {waits:.0f} ms), {cpu:.1f} ms of them time of the processor in the command's process;
{sounds} real sounds take **{sounding:.1f} ms** each beyond the time that making and writing them took in the
workers. (The machine's load average was {load:.0f} at its end: a process that waits for a core counts here.)"""
KILLED = """{count} sounds of {seconds} s on a LocalCluster of {workers}, one of whose workers is killed after {after}:
{files} files, {distinct} of them distinct, {rows} rows in the manifest, {orderly}. The worker was replaced: {restarts}
processes in all."""
BY_HAND = """A scheduler that `dask scheduler` started on port {port} with {workers} workers of `dask worker`, each with
a disk of its own: `sda generate -n {count} --scheduler tcp://127.0.0.1:{port}` ends with {files} files, {equal} of them
equal to those of the processes, bit by bit."""


def command_of(options: argparse.Namespace, folder: Path, *more: str) -> list[str]:
    """The command that makes a batch."""
    return [
        sys.executable, "-m", "sda_lib", "generate", str(options.model), "-n", str(options.count), "--seconds",
        str(options.seconds), "--out", str(folder), "--format", "flac", "--vary", "novelty", "--no-sheet",
        "--name", "{seed:04d}", *more,
    ]  # fmt: skip


def timed(command: list[str]) -> tuple[float, float]:
    """Seconds of the clock and of the processor that a command takes with all its processes."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - began, spent


def compare(options: argparse.Namespace) -> dict[str, list[tuple[float, float]]]:
    """Times of the processes and of Dask, in turn."""
    found: dict[str, list[tuple[float, float]]] = {"processes": [], "Dask": []}
    for _ in range(options.rounds):
        for kind, more in (("processes", ()), ("Dask", ("--scheduler", "local"))):
            with tempfile.TemporaryDirectory() as folder:
                found[kind].append(timed(command_of(options, Path(folder), "--workers", str(WORKERS), *more)))
                assert len(list(Path(folder).glob("[!.]*.flac"))) == options.count
            print(kind, *(f"{one:.1f}" for one in found[kind][-1]), flush=True)
    return found


def waiting(number: int) -> bytes:
    """A task that takes as long as a small sound without a processor."""
    time.sleep(WAITS)
    return bytes(RETURNS)


def sounding(model: str, item: BatchItem) -> float:
    """A sound, written by the worker; how long it took."""
    began = time.monotonic()
    file_in_worker(model, item, None, None)
    return time.monotonic() - began


def drive(
    tasks: TaskQueue[Path], jobs: Iterator[tuple[Path, Callable[..., object], tuple[object, ...]]]
) -> list[object]:
    """Keep the workers busy until all jobs are done; write what they return."""
    found = []

    def take(timeout: float | None) -> None:
        for path, result in tasks.finished(timeout):
            if isinstance(result, bytes):
                write_atomically(path, result)
            found.append(result)

    for path, work, arguments in jobs:
        tasks.submit(path, work, *arguments)
        take(None if tasks.is_busy else 0)
    while tasks.pending:
        take(None)
    return found


def overhead(options: argparse.Namespace) -> dict[str, float]:
    """Milliseconds per task beyond its own time."""
    with tempfile.TemporaryDirectory() as name, open_cluster(WORKERS) as cluster:
        folder = Path(name)
        with cluster_workers(cluster, options.model) as pool:
            cluster.client.wait_for_workers(WORKERS, 120)
            drive(pool, ((folder / f"warm{n}", waiting, (n,)) for n in range(8)))
            began, spent = time.monotonic(), time.process_time()
            drive(pool, ((folder / f"wait{n}", waiting, (n,)) for n in range(options.tasks)))
            waited = WORKERS * (time.monotonic() - began) / options.tasks - WAITS
            cpu = (time.process_time() - spent) / options.tasks
            items = [BatchItem(folder / f"{seed}.flac", GenerateOptions(options.seconds, seed), Finish())
                     for seed in range(options.count)]  # fmt: skip
            model = pool.sent_model
            drive(pool, ((item.path, sounding, (model, item)) for item in items[:4]))
            began = time.monotonic()
            results = drive(pool, ((item.path, sounding, (model, item)) for item in items))
            own = sum(results)  # type: ignore[arg-type]
            beyond = (WORKERS * (time.monotonic() - began) - own) / options.count
    figures = {"waited": 1000 * waited, "cpu": 1000 * cpu, "sounding": 1000 * beyond}
    return {**figures, "tasks": options.tasks, "sounds": options.count, "load": os.getloadavg()[0]}


def killed(options: argparse.Namespace) -> dict[str, object]:
    """Many sounds with a worker that is killed on the way."""
    with tempfile.TemporaryDirectory() as name, open_cluster(WORKERS) as cluster:
        folder = Path(name)
        batch = Batch(SdaModel.load(options.model))
        items = [BatchItem(folder / f"{seed:04d}.flac", GenerateOptions(0.3, seed), Finish())
                 for seed in range(options.many)]  # fmt: skip
        done, seen = [], set()
        with cluster_workers(cluster, options.model) as pool:
            for item in run_batch(batch, resolve_paths(batch, items), pool, only_workers=True):
                done.append(item)
                seen |= processes_of(cluster)
                if len(done) == options.many // 3:
                    os.kill(min(processes_of(cluster)), signal.SIGKILL)
                if len(done) % 100 == 0:
                    print(len(done), "sounds", flush=True)
        update_manifest(folder, [manifest_row(batch, item) for item in done])
        paths = sorted(folder.glob("[!.]*.flac"))
        rows = read_manifest(folder)
        return {
            "files": len(paths),
            "distinct": len({path.read_bytes() for path in paths}),
            "rows": len(rows),
            "orderly": "in order" if [row["file"] for row in rows] == [path.name for path in paths] else "not in order",
            "restarts": len(seen),
        }


def processes_of(cluster: Cluster) -> set[int]:
    """The processes of the workers of a cluster of this computer."""
    assert cluster.client.cluster is not None
    return {nanny.pid for nanny in cluster.client.cluster.workers.values() if nanny.pid}


def by_hand(options: argparse.Namespace) -> dict[str, int]:
    """A batch on a scheduler that was started by hand."""
    with tempfile.TemporaryDirectory() as name, started(Path(name)) as address:
        folders = [Path(name) / kind for kind in ("there", "here")]
        subprocess.run(command_of(options, folders[0], "--scheduler", address), check=True, stdout=subprocess.DEVNULL)
        subprocess.run(command_of(options, folders[1], "--workers", "2"), check=True, stdout=subprocess.DEVNULL)
        there, here = ({one.name: one.read_bytes() for one in folder.glob("[!.]*.flac")} for folder in folders)
        equal = sum(here.get(name) == content for name, content in there.items())
        port = int(address.rpartition(":")[2])
        return {"port": port, "count": options.count, "files": len(there), "equal": equal}


@contextlib.contextmanager
def started(folder: Path) -> Iterator[str]:
    """Start a scheduler on a free port with workers, and yield its address."""
    begun: list[subprocess.Popen[bytes]] = []
    plain = {name: value for name, value in os.environ.items() if not name.startswith("DASK_")}

    def start(log: str, *arguments: str) -> Path:
        with (folder / log).open("w") as file:
            command = [sys.executable, "-m", *arguments, "--no-dashboard"]
            begun.append(subprocess.Popen(command, stdout=file, stderr=file, env=plain, start_new_session=True))
        return folder / log

    try:
        log = start("scheduler.txt", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0",
                    "--idle-timeout", "600s")  # fmt: skip
        while not (said := re.search(r"Scheduler at:\s+(\S+)", log.read_text())):
            time.sleep(0.1)
        for number in range(WORKERS):
            start(f"worker{number}.txt", "distributed.cli.dask_worker", said[1], "--nthreads", "1", "--death-timeout",
                  "60", "--local-directory", str(folder / f"disk{number}"))  # fmt: skip
        yield said[1]
    finally:
        for process in begun:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


MEASURES = {"compare": compare, "overhead": overhead, "killed": killed, "by_hand": by_hand}


def text_of(options: argparse.Namespace, found: dict[str, dict]) -> str:
    """The section of the report."""
    middle = {kind: [statistics.median(one) for one in zip(*rounds, strict=True)]
              for kind, rounds in found["compare"].items()}  # fmt: skip
    clock, spent = middle["processes"]
    rows: list[list[object]] = [
        [kind, f"{one[0]:.1f}", f"{one[1]:.1f}", f"{one[0] / clock:.2f}", f"{one[1] / spent:.2f}"]
        for kind, one in middle.items()
    ]
    rounds = ", ".join(f"{dask[0] / plain[0]:.2f}" for plain, dask in zip(*found["compare"].values(), strict=True))
    facts = {**vars(options), "cores": os.cpu_count(), "workers": WORKERS, "waits": 1000 * WAITS}
    facts |= {"kilobytes": RETURNS // 1000}
    parts = [
        MEANING.format(**facts),
        table(["by", "seconds", "of the processor", "seconds, of processes'", "of the processor"], rows),
        f"Dask over processes in each round: {rounds}.",
        TASKS.format(**{**facts, **found["overhead"]}),
        KILLED.format(
            **{**facts, "seconds": 0.3, "count": options.many, "after": options.many // 3}, **found["killed"]
        ),
        BY_HAND.format(**{**facts, **found["by_hand"]}),
    ]
    return "\n\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("data/models/demo.sda"))
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--many", type=int, default=1000)
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path, default=Path("build/cluster"), help="folder of the results")
    parser.add_argument("--only", choices=MEASURES, nargs="+", default=list(MEASURES))
    parser.add_argument("--write", action="store_true", help="write the section of docs/BENCHMARKS.md")
    options = parser.parse_args()
    found = {}
    for name in MEASURES:
        path = options.keep / f"{name}.json"
        if not path.exists() and name in options.only:
            write_atomically(path, json.dumps(MEASURES[name](options)).encode())
        if path.exists():
            found[name] = json.loads(path.read_text())
            print(name, found[name], flush=True)
    if options.write:
        write_section("cluster", "Batches on Dask", text_of(options, found))


if __name__ == "__main__":
    main()
