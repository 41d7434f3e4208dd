"""Searches for neighbors against their number: grains of a memory for frames, pieces to keep, duplicates in a scan.

OMP_NUM_THREADS=1 python benchmarks/neighbors.py --write
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from report import table, write_section

from sda_lib.audio.duplicates import Fingerprint, find_duplicates
from sda_lib.memory.key_table import KeyTable, typical_distance
from sda_lib.memory.pieces import choose_diverse

DIM, FRAMES, RECORDING = 64, 100, 100
"""Dimensions of a latent, frames that are matched, and frames of a recording."""
TEXT = """`python benchmarks/neighbors.py`: processor time in ms, one thread, medians of {rounds}, against the number of
grains, pieces or files. Match: {frames} frames against all grains of a memory (`memory/key_table`; random walks of
{dim} dimensions); ten minutes are 14,000 grains, and a memory keeps no more by default, however long the corpus is.
Typical: their typical distance, once when a model is opened. Pieces: the choice of those that fit into ten minutes, of
4 s each. Duplicates: `find_duplicates` of files that differ in length, and of files of one length (both have random
spectra under decaying outlines, which are alike more often than those of recordings)."""
ROUNDS = 3


def milliseconds(act: Callable[[], object]) -> float:
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time()
        act()
        spent.append(time.process_time() - began)
    return 1000 * statistics.median(spent)


def of_grains(count: int) -> tuple[float, float]:
    """Milliseconds of a match, and of the typical distance."""
    walk = torch.randn(count, DIM, generator=torch.Generator().manual_seed(0)).cumsum(0) * 0.1
    keys, recording = walk % 3, torch.arange(count) // RECORDING
    parts, unit = KeyTable.of(keys, recording).split(), typical_distance(keys, recording)
    frames = keys[:: max(1, count // FRAMES)][:FRAMES] + 0.05
    return milliseconds(lambda: [part.best(frames, unit) for part in parts]), milliseconds(
        lambda: typical_distance(keys, recording)
    )


def of_pieces(count: int) -> float:
    means = torch.randn(count, DIM, generator=torch.Generator().manual_seed(0))
    return milliseconds(lambda: choose_diverse(means, [4.0] * count, 600.0))


def of_files(count: int, same_length: bool) -> float:
    draw, files = np.random.default_rng(0), []
    for number in range(count):
        height = (draw.uniform(0, 127, 96) * np.exp(-np.arange(96) / draw.uniform(10, 200))).astype(np.int8)
        seconds = 4.0 if same_length else float(np.exp(draw.uniform(-1, 3)))
        spectra = draw.uniform(-45, 0, (185, 24)).astype(np.float32)
        files.append(Fingerprint(str(number), seconds, 48000, spectra, np.stack([-height, height], 1)))
    return milliseconds(lambda: find_duplicates(files))


def text() -> str:
    torch.set_num_threads(1)
    rows: list[list[object]] = []
    for count in (1000, 4000, 14000):
        match, typical = of_grains(count)
        found = [match, typical, of_pieces(count)]
        found += [of_files(count, same) for same in (False, True)] if count <= 4000 else []
        rows.append([f"{count:,}", *(f"{one:.1f}" for one in found), *[""] * (5 - len(found))])
    header = ["number", "match", "typical", "pieces", "duplicates, lengths differ", "duplicates, one length"]
    return f"{TEXT.format(rounds=ROUNDS, frames=FRAMES, dim=DIM)}\n\n{table(header, rows)}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args(arguments)
    found = text()
    print(found)
    if options.write:
        write_section("neighbors", "Searches for neighbors", found)


if __name__ == "__main__":
    main()
