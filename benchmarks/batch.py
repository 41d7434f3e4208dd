"""Many sounds at once: how fast on one process and on several, and how much memory.

    python benchmarks/batch.py --model data/models/demo.sda --count 200 --write

Every line is a separate command (`sda generate`) that starts in an empty folder.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from report import table, write_section

HEADER = [
    "processes",
    "sounds",
    "duration (s)",
    "seconds",
    "a sound, ms",
    "speed-up",
    "memory after 20 sounds, MB",
    "at the end, MB",
]
MEANING = """`sda generate -n COUNT --seconds S` with a slider varied, into FLAC, from the command's start to its end,
on {cores} cores; the rounds alternate, and the middle one of each is shown. Memory is that of all its processes
together, each its own pages (USS)."""
SETTLED = 20


@dataclass
class Watched:
    """A command's time, and its memory after some sounds and at the end (MB)."""

    seconds: float = 0.0
    memory: list[tuple[int, float]] = field(default_factory=list)

    @property
    def with_duration(self) -> float:
        return next(size for count, size in self.memory if count >= SETTLED)

    @property
    def last(self) -> float:
        """The most in the last quarter, before the list is written."""
        return max(size for _, size in self.memory[-max(1, len(self.memory) // 4) :])


def run(model: Path, count: int, seconds: float, workers: int) -> Watched:
    """One batch, watched from outside."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable, "-m", "sda_lib", "generate", str(model), "-n", str(count), "--seconds", str(seconds),
            "--out", folder, "--format", "flac", "--vary", "brightness=-1:1", "--workers", str(workers),
            "--no-sheet", "--no-list",
        ]  # fmt: skip
        watched, began = Watched(), time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while process.poll() is None:
            time.sleep(0.25)
            done = len(list(Path(folder).glob("[!.]*.flac")))
            watched.memory.append((done, memory(process.pid)))
        watched.seconds = time.monotonic() - began
        assert process.returncode == 0
        assert len(list(Path(folder).glob("[!.]*.flac"))) == count
    watched.memory = [(done, size) for done, size in watched.memory if size > 0]
    return watched


def memory(pid: int) -> float:
    """MB that a process and its children have for themselves."""
    total = 0
    try:
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            total += process.memory_full_info().uss
    except psutil.Error:
        return 0.0
    return total / 1e6


def rows_of(options: argparse.Namespace, seconds: float) -> list[list[object]]:
    """A row for each number of processes, with sounds of a length."""
    found: dict[int, list[Watched]] = {workers: [] for workers in options.workers}
    for _ in range(options.rounds):
        for workers in options.workers:
            found[workers].append(run(options.model, options.count, seconds, workers))
            print(workers, f"{found[workers][-1].seconds:.1f} s", flush=True)
    middle = {workers: sorted(each, key=lambda one: one.seconds)[len(each) // 2] for workers, each in found.items()}
    alone = middle[options.workers[0]].seconds
    return [
        [workers, options.count, f"{seconds:g}", f"{one.seconds:.1f}", f"{1000 * one.seconds / options.count:.0f}",
         f"{alone / one.seconds:.2f}", f"{one.with_duration:.0f}", f"{one.last:.0f}"]
        for workers, one in middle.items()
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("data/models/demo.sda"))
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seconds", type=float, nargs="+", default=[4.0, 8.0])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    rows = [row for seconds in options.seconds for row in rows_of(options, seconds)]
    for row in rows:
        print(*row, sep="  ")
    if options.write:
        text = f"{MEANING.format(cores=psutil.cpu_count())}\n\n{table(HEADER, rows)}"
        write_section("batch", "Many sounds at once", text)


if __name__ == "__main__":
    main()
