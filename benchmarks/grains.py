"""What a grain that is merely near should give to an unheard sound: its phases or not, and how much of its magnitudes.

    OMP_NUM_THREADS=1 python benchmarks/grains.py CORPORA --write

CORPORA as benchmarks/corpora.py and benchmarks/pitched.py make them. Closed-form models at Source 1.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import torch
from pitched import NEAR_HELD_OUT, modulation_row, pitch_row
from report import table, write_section
from scores import SCORE_HEADER
from tasks import Task, recipe_for, through, trained

from sda_lib import Corpus, SdaModel
from sda_lib.memory import decode, grains

ANYTHING = -1.0
"""A frame is always more than this much its grain."""
TRIALS = (
    ("every grain's", ANYTHING, 0.7),
    ("own grains'", decode.PHASE_IDENTITY, 0.7),
    ("own grains'", decode.PHASE_IDENTITY, 0.55),
    ("own grains'", decode.PHASE_IDENTITY, 0.4),
    ("own grains'", decode.PHASE_IDENTITY, 0.2),
)
"""Whose phases are taken, the identity from which on they are, and the trust in what a grain adds."""
HEADER = ["corpus", "phases", "trust", *SCORE_HEADER[:4], "modulation of partials", "pitch, cents"]
TEXT = """Unheard sounds by way of the codes of closed-form models, Source 1, mono, one seed. Phases: of the nearest
grain always, or only where the frame is that grain (else propagated). Trust: within how many typical distances what a
grain adds to the magnitudes is believed. Modulation (decoded over original) and pitch as in "Codec: sustained notes".
The trust was chosen on these files."""


def rows(task: Task, model: SdaModel) -> Iterator[list[object]]:
    clips = task.reference.clips
    for whose, own, trust in TRIALS:
        with mock.patch.object(decode, "PHASE_IDENTITY", own), mock.patch.object(grains, "CONFIDENCE_SCALE", trust):
            decoded = through(model, clips, 1.0)
        tones = ["–", "–"]
        if task.name == "pitched":
            tones = [modulation_row(clips, decoded)[-1], pitch_row(clips, decoded, NEAR_HELD_OUT)[0]]
        yield [task.name, whose, f"{trust:g}", *task.reference.score(decoded).cells()[:4], *tones]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--sets", nargs="+", default=["fifty", "drums", "texture", "pitched"])
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    found = []
    for name in options.sets:
        task = Task.of(options.corpora, name, False)
        recipe = recipe_for(Corpus.from_folder(task.folder / "train"), "low", 0, {})
        with tempfile.TemporaryDirectory() as folder:
            model, _ = trained(task, recipe, Path(folder) / "model.sda")
        for row in rows(task, model):
            found.append(row)
            print(*row, sep="  ", flush=True)
    if options.write:
        write_section("grains", "Grains that are merely near", f"{TEXT}\n\n{table(HEADER, found)}")


if __name__ == "__main__":
    main()
