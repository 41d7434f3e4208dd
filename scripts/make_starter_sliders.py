"""Fit the sliders of the starter, which SDA ships, so that a first page has sliders at once.

    OMP_NUM_THREADS=1 python scripts/make_starter_sliders.py

It takes a minute or two of one core; needed again after another base, other procedural sounds or other sliders.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import torch

from sda_lib.model.tensors import write_tensors
from sda_lib.sliders.fit import fit_sliders
from sda_lib.training.starter import CARDS, NAME, SLIDERS, make_starter


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        sliders = fit_sliders(make_starter(Path(folder) / f"{NAME}.sda"))
    tensors = {name: torch.from_numpy(array) for name, array in sliders.directions.arrays().items()}
    write_tensors(tensors, SLIDERS, {CARDS: json.dumps(sliders.facts())})
    print(f"{SLIDERS}: {', '.join(card.name for card in sliders.shown)}; {SLIDERS.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
