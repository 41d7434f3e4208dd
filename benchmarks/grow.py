"""What a model loses and learns when it grows by the other half of a folder, beside one that was trained on all of it.

OMP_NUM_THREADS=1 python benchmarks/grow.py data/demo --minutes 0.5 --write
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from report import table, write_section

from sda_lib import AudioClip, Codes, Corpus, Recipe, SdaModel, learn
from sda_lib.codec.losses import mel_distance
from sda_lib.growing.grow import grow
from sda_lib.growing.growable import GrowOptions
from sda_lib.growing.report import Growth

MEANING = """A model of every other file of a folder grows by the rest. Mel distances (lower is better) of whole files,
first those that the model had, then those that came, and of the old files' codes as they were saved before growing. A
frame agrees if the grown model's memory has it under its old code. `--keep 1`, the default, moves codes that the old
recordings don't use; 0.8 also rare ones. The last row is a model trained on everything for as long as both together."""
HEADER = [
    "model", "minutes", "agreement, level 0 / all, %", "codebooks moved, %", "old, Source 0", "new, Source 0",
    "old, Source 1", "new, Source 1", "saved codes, Source 0", "saved codes, Source 1",
]  # fmt: skip


def halves(corpus: Corpus) -> tuple[Corpus, Corpus]:
    """Every other file, and the rest."""
    return tuple(replace(corpus, items=corpus.items[first::2], skipped=()) for first in (0, 1))


def clips(model: SdaModel, corpus: Corpus) -> tuple[AudioClip, ...]:
    return corpus.clips(model.sample_rate, model.recipe.audio.channels)


def distance(model: SdaModel, sounds: Sequence[AudioClip], source: float, codes: Sequence[Codes] = ()) -> str:
    """Of sounds from what their codes (or these) sound like, on average."""
    encoded = codes or [model.encode(clip) for clip in sounds]
    pairs = zip(sounds, encoded, strict=True)
    return f"{statistics.mean(mel_distance(clip, model.decode(own, source)) for clip, own in pairs):.3f}"


def row(name: str, minutes: float, model: SdaModel, old: Corpus, new: Corpus, saved: Sequence[Codes]) -> list[object]:
    growth, sides = Growth.last_of(model.header), [clips(model, side) for side in (old, new)]
    cells = [distance(model, side, source) for source in (0.0, 1.0) for side in sides]
    kept = [distance(model, sides[0], source, saved) if saved else "–" for source in (0.0, 1.0)]
    facts = ["–", "–"]
    if growth:
        facts = [
            f"{100 * growth.agreement[0]:.0f} / {100 * statistics.mean(growth.agreement):.0f}",
            f"{100 * growth.codebook_distance:.0f}",
        ]
    return [name, f"{minutes:g}", *facts, *cells, *kept]


def trained(corpus: Corpus, minutes: float, path: Path) -> SdaModel:
    for _ in learn(corpus, Recipe.for_corpus(corpus, minutes).override(train__threads=1), path, path.stem):
        pass
    return SdaModel.load(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=0.5)
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    corpus, minutes, rows = Corpus.from_folder(options.folder), options.minutes, []
    old, new = halves(corpus)

    def note(*cells: object) -> None:
        rows.append(row(*cells))
        print(*rows[-1], sep="  ", flush=True)

    with tempfile.TemporaryDirectory() as place:
        before = trained(old, minutes, Path(place) / "old.sda")
        saved = [before.encode(clip) for clip in clips(before, old)]
        note("one half", minutes, before, old, new, saved)
        for more, keep in ((0.0, 1.0), (minutes, 1.0), (minutes, 0.8)):
            path = Path(place) / "grown.sda"
            for _ in grow(before, new, path, "grown", GrowOptions(path, more, keep=keep)):
                pass
            note(f"grown, keep {keep:g}", more, SdaModel.load(path), old, new, saved)
        note("trained on all", 2 * minutes, trained(corpus, 2 * minutes, Path(place) / "all.sda"), old, new, [])
    if options.write:
        write_section("growing", "Growing a model", f"{MEANING}\n\n{table(HEADER, rows)}")


if __name__ == "__main__":
    main()
