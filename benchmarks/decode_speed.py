"""How fast sound becomes codes and codes become sound, with networks that are in use but hardly trained.

    OMP_NUM_THREADS=1 python benchmarks/decode_speed.py CORPORA --write

Speed depends on the sizes of networks and memory and not on what they have learned, so twenty steps are enough here.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import istft_head
import torch
from peers import network_speed
from report import table, write_section
from tasks import Task, recipe_for, trained

from sda_lib import Corpus

MEANING = """Processor seconds on one thread for a second of ten seconds of held-out sound, median of nine; models of 20
steps, whose networks and memories have the sizes that they always have. Beside them, measured in between, networks
with an ISTFT head (benchmarks/istft_head.py), untrained."""
HEADER = ["corpus", "rate", "decode, Source 1", "decode, Source 0", "encode"]
FEW = {"train__steps": 20, "train__checks": 1}


def spent(act: Callable[[], object]) -> float:
    """Median processor seconds of nine calls after a first one."""
    act()
    times = []
    for _ in range(9):
        began = time.process_time()
        act()
        times.append(time.process_time() - began)
    return statistics.median(times)


def row(task: Task, grid: str) -> list[object]:
    recipe = recipe_for(Corpus.from_folder(task.folder / "train"), grid, 6, FEW)
    with tempfile.TemporaryDirectory() as folder:
        model, _ = trained(task, recipe, Path(folder) / "model.sda")
    passage = task.passage()
    codes = model.encode(passage)
    acts = (lambda: model.decode(codes, 1.0), lambda: model.decode(codes, 0.0), lambda: model.encode(passage))
    return [task.name, grid, *(f"{spent(act) / passage.seconds:.4f}" for act in acts)]


def network_row(task: Task, levels: int) -> list[object]:
    """The same of a network with an ISTFT head: it has no Source."""
    encoding, decoding = network_speed(istft_head.IstftHeadCodec(levels).eval(), task.passage())
    return [task.name, f"ISTFT head, {levels} levels", "–", f"{decoding:.4f}", f"{encoding:.4f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--sets", nargs="+", default=["fifty", "drums", "texture", "all"])
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    for name in options.sets:
        task = Task.of(options.corpora, name, False)
        for grid, levels in (("low", 6), ("high", 12)):
            for found in (row(task, grid), network_row(task, levels)):
                rows.append(found)
                print(*found, sep="  ", flush=True)
    if options.write:
        write_section("decode-speed", "Codes and back: speed", f"{MEANING}\n\n{table(HEADER, rows)}")


if __name__ == "__main__":
    main()
