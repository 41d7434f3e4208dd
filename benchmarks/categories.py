"""Do new sounds of chosen recordings consist of these, and do they jump and end as well as others?

    OMP_NUM_THREADS=1 python benchmarks/categories.py MODEL.sda [MODEL.sda ...] [--write]

Each MODEL was trained on a folder with subfolders of different sounds (`sda train`, then `sda prior`), or on one of
these subfolders alone, to compare. For every writer, SOUNDS sounds of four seconds are written of all recordings, and
of those of each outermost folder.

Leaning: the share of the frames whose grain, by the sound's sources, is one of the chosen recordings. Hard jumps: the
share of the jumps that change flux or level more than 95 of 100 random places of the chosen recordings do (joints.py).
Clicks are counted as in clicks.py. End: how far the last 40 ms are below the loudest 40 ms.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from clicks import per_second, sharpness
from joints import Change, changes, usual
from report import table, write_section

from sda_lib import AudioClip, GenerateOptions, SdaModel, generate
from sda_lib.codec.stft import left_right
from sda_lib.writers.take import Take

SECONDS, SOUNDS, STRICTNESS = 4.0, 12, (0.25, 0.5, 0.75, 1.0)
WRITERS = {True: ("walk", "prior", "hybrid"), False: ("walk",)}
END_SECONDS = 0.04


def folders(model: SdaModel) -> list[str]:
    """The outermost folders of a model's recordings."""
    names = {pieces[0].name for pieces in model.memory.recordings}
    return sorted({name.split("/")[0] for name in names if "/" in name})


def recorded(model: SdaModel, folder: str) -> list[AudioClip]:
    """The recordings of a folder; of all for an empty name."""
    groups = (own for own in model.memory.recordings if own[0].name.startswith(folder))
    return [
        AudioClip(np.concatenate([left_right(one.samples).numpy() for one in own], 1), model.sample_rate)
        for own in groups
    ]


def written(model: SdaModel, writer: str, folder: str, strictness: float = 1.0) -> list[Take]:
    """New sounds of a folder, or of all recordings for an empty name."""
    chosen = (folder,) if folder else ()
    facts = {"writer": writer, "recordings": chosen, "strictness": strictness}
    return [generate(model, GenerateOptions(SECONDS, seed, **facts)) for seed in range(SOUNDS)]


def leaning(take: Take, folder: str) -> float:
    """The share of the frames of a sound that lean on a folder."""
    return statistics.mean(source.file.startswith(folder) for source in take.sources)


def jumps(take: Take, model: SdaModel) -> list[int]:
    """Samples at which a sound leaves a recording's course."""
    hop = 1 / model.frame_rate
    return [
        (number + 1) * model.hop
        for number, (one, other) in enumerate(pairwise(take.sources))
        if one.file != other.file or abs(other.seconds - one.seconds - hop) > 0.5 * hop
    ]


def hard(takes: Sequence[Take], model: SdaModel, limits: np.ndarray) -> str:
    """The shares of jumps that change flux, and level, more than usual."""
    found: list[Change] = [change for take in takes for change in changes(take.clip, jumps(take, model))]
    shares = (np.array(found) > limits).mean(0) if found else (0.0, 0.0)
    return " / ".join(f"{share:.1%}" for share in shares)


def end(clip: AudioClip) -> float:
    """The level in dB of the end of a sound relative to its loudest part."""
    size = round(END_SECONDS * clip.sample_rate)
    samples = clip.samples[:, : clip.length // size * size]
    power = np.square(samples, dtype=float).mean(0).reshape(-1, size).mean(1)
    last = np.square(clip.samples[:, -size:], dtype=float).mean()
    return float(10 * np.log10((last + 1e-10) / (power.max() + 1e-10)))


def rows(path: Path) -> Iterator[list[object]]:
    model = SdaModel.load(path)
    for folder in ("", *folders(model)):
        recordings = recorded(model, folder)
        limits = usual(recordings)
        highest = max(float(sharpness(clip).max(initial=0.0)) for clip in recordings if clip.seconds > 0.2)
        for writer in WRITERS[model.discrete]:
            takes = written(model, writer, folder)
            shares = [leaning(take, folder) for take in takes]
            clicks = statistics.mean(per_second([take.clip for take in takes], highest))
            ends = statistics.median(end(take.clip) for take in takes)
            yield [
                path.stem, folder or "all", writer, f"{statistics.mean(shares):.1%}", f"{min(shares):.1%}",
                hard(takes, model, limits), f"{clicks:.2f}", f"{ends:.0f}",
            ]  # fmt: skip


def strictness_rows(path: Path) -> Iterator[list[object]]:
    """How much leans on the first folder at each strictness, by writer."""
    model = SdaModel.load(path)
    if not folders(model):
        return
    folder = folders(model)[0]
    for writer in WRITERS[model.discrete]:
        every = statistics.mean(leaning(take, folder) for take in written(model, writer, ""))
        found = [
            statistics.mean(leaning(take, folder) for take in written(model, writer, folder, one)) for one in STRICTNESS
        ]
        yield [path.stem, folder, writer, *(f"{share:.0%}" for share in (every, *found))]


HEADER = ["model", "recordings", "writer", "leaning", "least", "hard jumps, flux / level", "clicks/s", "end, dB"]
STRICT = ["model", "recordings", "writer", "none chosen", *(f"strictness {one:g}" for one in STRICTNESS)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--write", action="store_true", help="write the tables into docs/BENCHMARKS.md")
    options = parser.parse_args()
    found = table(HEADER, [row for path in options.models for row in rows(path)])
    print(found, flush=True)
    strict = table(STRICT, [row for path in options.models for row in strictness_rows(path)])
    print(strict)
    if options.write:
        write_section("categories", "Chosen recordings", f"{TEXT}\n\n{found}\n\n{strict}")


TEXT = """Models of folders with subfolders of different sounds: a = drums, speech, texture; b = notes, tabla;
c = hits (drums, tabla), long (speech, texture), notes; 22 files of each. Seeds 0 to 11, four seconds, usual novelty.
Leaning: frames whose grain is one of the chosen recordings; where silence is alike everywhere, it may be another's.
Hard jumps: those that change flux, and level, more than 95 of 100 places of the same recordings do."""

if __name__ == "__main__":
    main()
