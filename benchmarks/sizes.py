"""Which writer for how much sound: walk, prior and hybrid, and networks against counting, from five files to an hour.

    python benchmarks/corpora.py FOLDER
    python benchmarks/music.py FOLDER
    python benchmarks/sizes.py FOLDER [--corpora five drums25 fifty drums all many hour]

Closed-form models in mono. `five` are the first five texture files, `drums25` 25 of the training files of `drums`,
`many` 500 one-shots made of `all` as in edge.py (held out: of its held-out files), `hour` is what music.py makes; its
prior learns from all of it, while the model remembers ten minutes. Every corpus has a section of its own in
docs/BENCHMARKS.md, written when it is done. Needs aisfx (see kernel.py).
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from edge import five_hundred
from kernel import embed, kernel_distance, self_split
from priors import contest, folders, likelihoods, modeled
from report import table, write_section
from tasks import RATE

from sda_lib import AudioClip, Corpus, SdaModel
from sda_lib.studio.compose import write
from sda_lib.studio.generate import GenerateOptions, trimmed
from sda_lib.studio.trace import originality

WRITERS = ("walk", "prior", "hybrid")
MANY, MANY_HELD_OUT = 500, 100
MOST_KNOWN = 150
"""Recordings that make the reference, at most: every so many-th, evenly spread over all."""
SPEED_SECONDS, SPEED_SOUNDS = 4.0, 12
CORPORA = {
    "five": "five textures",
    "drums25": "25 of the drums",
    "fifty": "fifty, 42 to learn from",
    "drums": "drums, 60 to learn from",
    "all": "all, 138 to learn from",
    "many": "500 one-shots",
    "hour": "an hour of music",
}


@dataclass(frozen=True)
class Trial:
    """How long a prior learns (minutes) and a network of the contest (seconds)."""

    minutes: float
    contest_seconds: float

    @classmethod
    def of(cls, name: str) -> Trial:
        return cls(3.0, 40.0) if name == "hour" else cls(1.0, 10.0)


def places(corpora: Path, name: str, scratch: Path) -> tuple[Path, Path]:
    """Where a corpus' training files are, and those that decide nothing."""
    if name == "drums25":
        files = sorted((corpora / "drums" / "train").iterdir())
        (scratch / name).mkdir()
        for file in files[:: len(files) // 25][:25]:
            shutil.copy(file, scratch / name)
        return scratch / name, corpora / "drums" / "held_out"
    if name == "many":
        for part, count in (("train", MANY), ("held_out", MANY_HELD_OUT)):
            (scratch / name / part).mkdir(parents=True)
            sounds = [clip.samples[0] for clip in Corpus.from_folder(corpora / "all" / part).clips(RATE, 1)]
            five_hundred(sounds, scratch / name / part, np.random.default_rng(0), count)
        return scratch / name / "train", scratch / name / "held_out"
    return folders(corpora, name, scratch)


def some(folder: Path) -> list[AudioClip]:
    """At most MOST_KNOWN of a folder's sounds."""
    clips = Corpus.from_folder(folder).clips(RATE, 1)
    return list(clips[:: -(-len(clips) // MOST_KNOWN)])


def realism(model: SdaModel, train: Path, held_out: Path, sounds: int) -> list[list[object]]:
    """Kernel audio distances from decoded training sounds, of held-out sounds and of twice as many new ones as said:
    all the first and all the last of them apart, to see what chance does; and the share of copied 8-grams."""
    known = some(train)
    reference, unheard = (embed([model.decode(model.encode(clip)) for clip in own]) for own in (known, some(held_out)))
    floor, spread = self_split(reference)
    rows: list[list[object]] = [
        ["training sounds, random halves", f"{floor:.2f} ± {spread:.2f}", "", ""],
        ["held-out sounds", f"{kernel_distance(reference, unheard):.2f}", "", ""],
    ]
    lengths = [float(np.clip(clip.seconds, 0.1, 30)) for clip in known]
    for writer in WRITERS:
        made, shares = [], []
        for seed in range(2 * sounds):
            seconds = np.random.default_rng(seed).choice(lengths)
            codes = write(model, GenerateOptions(seconds, seed=seed, writer=writer))
            made.append(trimmed(model.decode(codes), codes.seconds))
            shares += [originality(model, codes).share] if codes.frames >= 8 else []
        found = embed(made)
        halves = [f"{kernel_distance(reference, half):.2f}" for half in (found[:sounds], found[sounds:])]
        rows.append([writer, *halves, f"{np.mean(shares):.2f}" if shares else ""])
    return rows


def speeds(model: SdaModel) -> list[list[object]]:
    """Times real time in processor time of sounds of SPEED_SECONDS: written, and written and decoded."""
    rows = []
    for writer in WRITERS:
        cells = []
        for decoded in (False, True):
            for seed in (99, *range(SPEED_SOUNDS)):
                if seed == 0:
                    began = time.process_time()
                codes = write(model, GenerateOptions(SPEED_SECONDS, seed=seed, writer=writer))
                if decoded:
                    model.decode(codes)
            cells.append(f"{SPEED_SOUNDS * SPEED_SECONDS / (time.process_time() - began):.0f}")
        rows.append([writer, *cells])
    return rows


def section(name: str, corpora: Path, scratch: Path, sounds: int) -> str:
    """All of a corpus' tables."""
    train, held_out = places(corpora, name, scratch)
    trial, whole = Trial.of(name), Corpus.from_folder(train) if name == "hour" else None
    model = modeled(train, scratch / f"{name}.sda", name, trial.minutes, whole is not None)
    clips = Corpus.from_folder(train).clips(RATE, 1)
    facts = f"{len(clips)} files, {sum(clip.seconds for clip in clips) / 60:.1f} min, {len(model.memory)} grains."
    tables: Sequence[tuple[str, list[str], list[list[object]]]] = (
        (
            f"Kernel audio distance of {sounds} sounds from decoded training sounds, twice, and copied 8-grams.",
            ["sounds", "KAD", "KAD, other seeds", "copied"],
            realism(model, train, held_out, sounds),
        ),
        ("Times real time, sounds of 4 s.", ["writer", "written", "and decoded"], speeds(model)),
        (
            "Nats per code of files that decide nothing; the last columns: the network on the files that it stopped "
            f"by, steps taken ({trial.minutes:g} min for all levels).",
            ["level", "uniform", "unigram", "3-gram", "network", "stopped at", "steps"],
            [row[3:] for row in likelihoods(name, model, held_out, whole)],
        ),
        (
            f"LSTM and a two-layer Transformer, same inputs, {trial.contest_seconds:g} s each per level: nats per code "
            "of files that decide nothing, steps.",
            ["level", "LSTM", "steps", "Transformer", "steps"],
            [row[1:] for row in contest(name, model, held_out, trial.contest_seconds, whole)],
        ),
    )
    return "\n\n".join([facts, *(f"{title}\n\n{table(header, rows)}" for title, header, rows in tables)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--corpora", nargs="+", choices=CORPORA, default=list(CORPORA))
    parser.add_argument("--sounds", type=int, default=48)
    wishes = parser.parse_args()
    torch.set_num_threads(1)
    for name in wishes.corpora:
        with tempfile.TemporaryDirectory() as scratch:
            text = section(name, wishes.folder, Path(scratch), wishes.sounds)
        print(f"{name}\n\n{text}\n", flush=True)
        load = f"Load of the computer (1 min): {os.getloadavg()[0]:.1f}. One model; one seed per sound."
        write_section(f"sizes-{name}", f"Writers by size: {CORPORA[name]}", f"{text}\n\n{load}")


if __name__ == "__main__":
    main()
