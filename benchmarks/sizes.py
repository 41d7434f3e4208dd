"""Which writer for how much sound: walk, prior and hybrid, and networks against counting, from five files to an hour.

    python benchmarks/corpora.py FOLDER
    python benchmarks/music.py FOLDER
    python benchmarks/sizes.py FOLDER [--corpora five drums25 fifty drums all many hour]

Closed-form models in mono. `five` are the first five texture files, `drums25` 25 of the training files of `drums`,
`many` 500 one-shots made of `all` as in edge.py (held out: of its held-out files), `hour` is what music.py makes; its
prior learns from all of it, while the model remembers ten minutes. Every corpus has two sections of its own in
docs/BENCHMARKS.md, written when they are done: what writers write, and how well networks tell codes. The first needs
aisfx (see kernel.py).
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from edge import five_hundred
from kernel import embed, kernel_distance, self_split
from priors import contest, folders, likelihoods, modeled
from report import table, write_section
from tasks import RATE

from sda_lib import AudioClip, Codes, Corpus, SdaModel
from sda_lib.writers.compose_codes import compose_codes, request_of
from sda_lib.writers.generate import cut_with_fade
from sda_lib.writers.hybrid import MIDDLE_RUN
from sda_lib.writers.options import GenerateOptions
from sda_lib.writers.provenance import originality
from sda_lib.writers.registry import writer_of
from sda_lib.writers.request import Writer

WRITERS = ("walk", "prior", "hybrid")
MANY, MANY_HELD_OUT = 500, 100
MOST_KNOWN = 150
"""Maximum number of recordings in the reference, evenly spread over those in the model's memory, for
others come back less exactly than what writers make of these."""
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


def some(folder: Path, known: set[str] | None = None) -> list[AudioClip]:
    """At most MOST_KNOWN of a folder's sounds, of those that a model remembers (None: of all)."""
    clips = [clip for clip in Corpus.from_folder(folder).clips(RATE, 1) if known is None or clip.name in known]
    return clips[:: -(-len(clips) // MOST_KNOWN)]


def realism(model: SdaModel, train: Path, held_out: Path, sounds: int) -> list[list[object]]:
    """Kernel audio distances from decoded training sounds, of held-out sounds and of twice as many new ones as said:
    all the first and all the last of them apart, to see what chance does; and the share of copied 8-grams."""
    known = some(train, {piece.name for piece in model.memory.pieces})
    reference, unheard = (embed([model.decode(model.encode(clip)) for clip in own]) for own in (known, some(held_out)))
    floor, spread = self_split(reference)
    rows: list[list[object]] = [
        ["training sounds, random halves", f"{floor:.2f} ± {spread:.2f}", "", ""],
        ["held-out sounds", f"{kernel_distance(reference, unheard):.2f}", "", ""],
    ]
    lengths = [float(np.clip(clip.seconds, 0.1, 30)) for clip in known]
    hasty = replace(writer_of(model, "walk"), middle_run=MIDDLE_RUN)
    writers = {name: writer_of(model, name) for name in WRITERS}
    for name, writer in {**writers, "walk with runs as short": hasty}.items():
        made, shares = [], []
        for seed in range(2 * sounds):
            codes = written(model, writer, np.random.default_rng(seed).choice(lengths), seed)
            made.append(cut_with_fade(model.decode(codes), codes.seconds))
            shares += [originality(model, codes).share] if codes.frames >= 8 else []
        found = embed(made)
        halves = [f"{kernel_distance(reference, half):.2f}" for half in (found[:sounds], found[sounds:])]
        rows.append([name, *halves, f"{np.mean(shares):.2f}" if shares else ""])
    return rows


def written(model: SdaModel, writer: Writer, seconds: float, seed: int) -> Codes:
    """What `write` would write with a writer that has no name."""
    codes = writer.write(request_of(model, GenerateOptions(seconds)), np.random.default_rng(seed))
    return replace(codes, length=round(seconds * model.sample_rate))


def speeds(model: SdaModel) -> list[list[object]]:
    """Times real time in processor time of sounds of SPEED_SECONDS: written, and written and decoded."""
    rows = []
    for writer in WRITERS:
        cells = []
        for decoded in (False, True):
            for seed in (99, *range(SPEED_SOUNDS)):
                if seed == 0:
                    began = time.process_time()
                codes = compose_codes(model, GenerateOptions(SPEED_SECONDS, seed=seed, writer=writer))
                if decoded:
                    model.decode(codes)
            cells.append(f"{SPEED_SOUNDS * SPEED_SECONDS / (time.process_time() - began):.0f}")
        rows.append([writer, *cells])
    return rows


@dataclass(frozen=True)
class Subject:
    """A corpus' model with a prior that learned from what the model remembers, or from the `whole` corpus."""

    name: str
    model: SdaModel
    train: Path
    held_out: Path
    whole: Corpus | None

    @classmethod
    def of(cls, corpora: Path, name: str, scratch: Path) -> Subject:
        train, held_out = places(corpora, name, scratch)
        whole = Corpus.from_folder(train) if name == "hour" else None
        model = modeled(train, scratch / f"{name}.sda", name, Trial.of(name).minutes, whole is not None)
        return cls(name, model, train, held_out, whole)


def writers_section(subject: Subject, sounds: int) -> str:
    """What walk, prior and hybrid write, and how quickly."""
    clips = Corpus.from_folder(subject.train).clips(RATE, 1)
    minutes, grains = sum(clip.seconds for clip in clips) / 60, len(subject.model.memory)
    real = table(
        ["sounds", "KAD", "KAD, other seeds", "copied"],
        realism(subject.model, subject.train, subject.held_out, sounds),
    )
    return (
        f"{len(clips)} files, {minutes:.1f} min, {grains} grains. Kernel audio distance of {sounds} sounds from "
        f"decoded training sounds, twice, and copied 8-grams; runs of {MIDDLE_RUN:g} s are as short as the hybrid's."
        f"\n\n{real}\n\nTimes real time in processor time, sounds of 4 s.\n\n"
        + table(["writer", "written", "and decoded"], speeds(subject.model))
    )


def networks_section(subject: Subject) -> str:
    """How well networks tell codes, beside counting and beside a Transformer."""
    trial = Trial.of(subject.name)
    by_level = table(
        ["level", "uniform", "unigram", "3-gram", "network", "stopped at", "steps"],
        [row[3:] for row in likelihoods(subject.name, subject.model, subject.held_out, subject.whole)],
    )
    rows = contest(subject.name, subject.model, subject.held_out, trial.contest_seconds, subject.whole)
    return (
        "Nats per code of files that decide nothing; the last columns: the network on the files that it stopped by, "
        f"steps taken ({trial.minutes:g} min for all levels).\n\n{by_level}\n\nLSTM and a two-layer Transformer, same "
        f"inputs, {trial.contest_seconds:g} s each per level: nats per code of files that decide nothing, steps.\n\n"
        + table(["level", "LSTM", "steps", "Transformer", "steps"], [row[1:] for row in rows])
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--corpora", nargs="+", choices=CORPORA, default=list(CORPORA))
    parser.add_argument("--only", choices=["writers", "networks"], help="one of the two sections")
    parser.add_argument("--sounds", type=int, default=48)
    wishes = parser.parse_args()
    torch.set_num_threads(1)

    def put(kind: str, name: str, text: str) -> None:
        print(f"{name}\n\n{text}\n", flush=True)
        load = f"Load of the computer (1 min): {os.getloadavg()[0]:.1f}. One model; one seed per sound."
        title = f"{kind.capitalize()} by size: {CORPORA[name]}"
        write_section(f"{kind}-{name}", title, f"{text}\n\n{load}")

    for name in wishes.corpora:
        with tempfile.TemporaryDirectory() as scratch:
            subject = Subject.of(wishes.folder, name, Path(scratch))
            if wishes.only != "networks":
                put("writers", name, writers_section(subject, wishes.sounds))
            if wishes.only != "writers":
                put("networks", name, networks_section(subject))


if __name__ == "__main__":
    main()
