"""What a training step and an edit cost with threads that spin or sleep while they wait, alone and on a busy computer.

    python benchmarks/threads.py --corpus data/demo --model data/models/demo.sda --write

Busy means: two other processes keep one core each at work. Every setting runs in a process of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from report import table, write_section

WORKER = """
import statistics, sys, time, torch
from sda_lib import Corpus, Recipe, SdaModel, edit, read_clip
from sda_lib.training.setup import TrainingSetup
from sda_lib.training.step_plan import step_seconds

corpus = Corpus.from_folder(sys.argv[1])
setup = TrainingSetup.from_corpus(corpus, Recipe.for_corpus(corpus), "threads")
setup.fit()
threads = torch.get_num_threads()
steps = {count: step_seconds(setup, count) for count in (1, threads)}
torch.set_num_threads(threads)
model = SdaModel.load(sys.argv[2])
codes = model.encode(max(corpus.clips(48000, 2), key=lambda clip: clip.seconds))
changed = edit(codes, "randomize", frames=(codes.frames // 2, codes.frames // 2 + 1))
before, spent = model.decode(codes), []
for _ in range(9):
    began = time.perf_counter()
    model.redecode(changed, codes, before)
    spent.append(time.perf_counter() - began)
print(1000 * steps[1], 1000 * steps[threads], 1000 * statistics.median(spent))
"""
HEADER = ["other load", "waiting threads", "step, 1 thread (ms)", "step, all threads (ms)", "edit, all threads (ms)"]
MEANING = """Wall-clock time, medians of {repeats} runs; the demo corpus (stereo, batch 8). `sda_lib` lets waiting
threads sleep (`OMP_WAIT_POLICY=passive`) unless the variable is set already."""
REPEATS = 3


@contextlib.contextmanager
def busy(processes: int) -> Iterator[None]:
    """Keep that many cores at work."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        time.sleep(0.5)
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def measure(corpus: Path, model: Path, policy: str) -> list[float]:
    """The worker's three figures in ms."""
    command = [sys.executable, "-c", WORKER, str(corpus), str(model)]
    done = subprocess.run(
        command, env={**os.environ, "OMP_WAIT_POLICY": policy}, check=True, text=True, capture_output=True
    )
    return [float(figure) for figure in done.stdout.split()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path("data/demo"))
    parser.add_argument("--model", type=Path, default=Path("data/models/demo.sda"))
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    rows = []
    for load in (0, 2):
        for policy in ("active", "passive"):
            with busy(load):
                runs = [measure(options.corpus, options.model, policy) for _ in range(REPEATS)]
            figures = [f"{statistics.median(column):.0f}" for column in zip(*runs, strict=True)]
            rows.append(["none" if load == 0 else f"{load} processes", policy, *figures])
            print(*rows[-1], sep=" | ", flush=True)
    if options.write:
        text = f"{MEANING.format(repeats=REPEATS)}\n\n{table(HEADER, rows)}"
        write_section("threads", "Threads that wait", text)


if __name__ == "__main__":
    main()
