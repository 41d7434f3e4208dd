"""How much the closed form depends on chance: the held-out distance of models that differ in nothing but their seed.

    OMP_NUM_THREADS=1 python benchmarks/seeds.py CORPORA --sets fifty drums texture all --seeds 6 --write

The seed decides which of the training files choose the state that is kept, and where k-means begins.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

import torch
from report import table, write_section
from scores import entropy_efficiency, utilization
from tasks import Task, recipe_for, through, trained

from sda_lib import Corpus

MEANING = """Held-out mel distance of the closed form with memory at the default rate (Source 1), by seed; processor
seconds from files read to the first saved model; codes and entropy of the level that uses them least. The other tables
have seed 0."""
HEADER = ["corpus", "mel, seed by seed", "mean ± deviation", "CPU-s", "codes used, %", "entropy, %"]


def row(task: Task, seeds: int) -> list[object]:
    corpus, mels, seconds, used, entropy = Corpus.from_folder(task.folder / "train"), [], [], [], []
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as folder:
            recipe = recipe_for(corpus, "low", 0, {"train__seed": seed})
            model, spent = trained(task, recipe, Path(folder) / "model.sda")
        mels.append(task.reference.score(through(model, task.reference.clips, 1.0)).mel)
        seconds.append(spent.first)
        used.append(100 * float(utilization(model.usage).min()))
        entropy.append(100 * float(entropy_efficiency(model.usage).min()))
    spread = statistics.stdev(mels) if seeds > 1 else 0.0
    return [
        task.name, " ".join(f"{mel:.3f}" for mel in mels), f"{statistics.mean(mels):.3f} ± {spread:.3f}",
        f"{statistics.mean(seconds):.1f}", f"{min(used):.0f}", f"{min(entropy):.0f}",
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--sets", nargs="+", default=["fifty", "drums", "texture", "all"])
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    for name in options.sets:
        rows.append(row(Task.of(options.corpora, name, False), options.seeds))
        print(*rows[-1], sep="  ", flush=True)
    if options.write:
        write_section("codec-seeds", "The closed form, seed by seed", f"{MEANING}\n\n{table(HEADER, rows)}")


if __name__ == "__main__":
    main()
