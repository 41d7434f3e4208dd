"""Which procedural sounds make a codec that suits sounds it has never met: a closed form of each choice of families.

    OMP_NUM_THREADS=1 python benchmarks/base_variety.py CORPORA --minutes 6 --seeds 0 1 2 --write

CORPORA is what benchmarks/corpora.py made. Every row is one codec, fitted in closed form to this many minutes of
procedural sounds (`sda synth`), mono, 12 levels of 256 codes, hop 2048, 64 dimensions, without memory or training.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from report import table, write_section

from sda_lib import Corpus, Recipe
from sda_lib.codec.codec import Codec
from sda_lib.synthesis.families import FAMILIES
from sda_lib.synthesis.synthesize import synthesize
from sda_lib.training.closed_form import fit_codec, fit_noise, fit_transients
from sda_lib.training.encoding import encode_sounds
from sda_lib.training.segments import CorpusSound, split

RATE = 48000
FEW = ("additive", "colored", "drum", "pluck")
MORE = (*FEW, "fm", "modal", "vowel", "grains")
"""The first four and eight kinds that one would think of."""
HELD_OUT_FILES, HELD_OUT_SECONDS = 8, 4.0
"""Most files of a corpus that are measured, and how much of each."""


def groups() -> dict[str, list[str]]:
    """Names of families by the module that makes them."""
    found: dict[str, list[str]] = {}
    for name, family in FAMILIES.items():
        found.setdefault(family.make.__module__.rpartition(".")[2], []).append(name)
    return found


def choices(only: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Every choice of families with its name, or those whose names are given."""
    named = {"4 families": list(FEW), "8 families": list(MORE), "all": list(FAMILIES)}
    for group, names in groups().items():
        named[f"without {group}"] = [name for name in FAMILIES if name not in names]
    for name in FAMILIES:
        named[f"without {name}"] = [other for other in FAMILIES if other != name]
    usual = only or [name for name in named if name.removeprefix("without ") not in FAMILIES]
    return ((name, named[name]) for name in usual)


def sounds(families: Sequence[str], minutes: float, seed: int, seconds: tuple[float, float]) -> list[CorpusSound]:
    """Procedural sounds of these families, this many minutes of them."""
    found, left = [], 60 * minutes
    for _, clip in synthesize(100_000, seed, families, RATE, seconds=seconds):
        found.append(CorpusSound.of(clip))
        left -= clip.seconds
        if left <= 0:
            break
    return found


def of_folder(folder: Path, minutes: float) -> list[CorpusSound]:
    """The first minutes of a folder of sounds."""
    found, left = [], 60 * minutes
    for sound in CorpusSound.of_corpus(Corpus.from_folder(folder), recipe().audio):
        found.append(sound)
        left -= sound.seconds
        if left <= 0:
            break
    return found


def recipe() -> Recipe:
    return Recipe().override(audio__channels=1, audio__sample_rate=RATE, codec__latent_dim=64)


def fitted(material: Sequence[CorpusSound]) -> Codec:
    """A codec fitted to sounds in closed form."""
    plan = recipe()
    train, held_out = split(tuple(material), 1 / 12, 0)
    torch.manual_seed(0)
    codec = Codec(plan.audio, plan.codec)
    fit_codec(codec, train, 0)
    fit_noise(codec, train, held_out)
    fit_transients(codec, held_out)
    return codec.eval()


def held_out(corpora: Path, name: str) -> list[CorpusSound]:
    """The beginnings of a corpus' held-out files, spread over all of them."""
    found = list(CorpusSound.of_corpus(Corpus.from_folder(corpora / name / "held_out"), recipe().audio))
    step = -(-len(found) // HELD_OUT_FILES)
    return [sound.part(0, round(HELD_OUT_SECONDS * RATE)) for sound in found[::step]]


def distances(material: Sequence[CorpusSound], judged: dict[str, list[CorpusSound]]) -> list[float]:
    """Mean distance of every corpus, and their mean."""
    with torch.no_grad():
        codec = fitted(material)
        mels = [statistics.mean(one.distance(codec) for one in encode_sounds(codec, some)) for some in judged.values()]
    return [*mels, statistics.mean(mels)]


def row(what: str, materials: Sequence[Sequence[CorpusSound]], judged: dict[str, list[CorpusSound]]) -> list[object]:
    """The row of a choice: means over materials of several seeds, and the standard error of the mean of all corpora."""
    began = time.process_time()
    found = [distances(material, judged) for material in materials]
    *cells, last = (f"{statistics.mean(column):.3f}" for column in zip(*found, strict=True))
    if len(found) > 1:
        last += f" ± {statistics.stdev(one[-1] for one in found) / len(found) ** 0.5:.3f}"
    count = statistics.mean(map(len, materials))
    return [what, f"{count:.0f}", *cells, last, f"{(time.process_time() - began) / len(found):.0f}"]


TEXT = """`python benchmarks/base_variety.py CORPORA --minutes {minutes:g} --seeds …`: held-out mel distance at Source 0
(up to {files} files of {seconds:g} s each) of codecs fitted in closed form to procedural sounds alone, of {shortest:g}
to {longest:g} s, for different choices of families at equal minutes; lower is better. Means over {seeds} seeds, with
the standard error of the last. None of the corpora was seen."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--sets", nargs="+", default=["notes", "piano", "texture", "fifty", "drums", "speech"])
    parser.add_argument("--minutes", type=float, default=6.0)
    parser.add_argument("--seconds", type=float, nargs=2, default=[0.06, 0.7], help="shortest and longest sound")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--choices", nargs="+", default=[], help="e.g. all 'without music' 'without bell'")
    parser.add_argument("--folder", type=Path, help="sounds to compare with")
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    judged = {name: held_out(options.corpora, name) for name in options.sets}
    rows = []
    for what, families in choices(options.choices):
        made = [sounds(families, options.minutes, seed, options.seconds) for seed in options.seeds]
        rows.append(row(what, made, judged))
        print(*rows[-1], sep=" | ", flush=True)
    if options.folder:
        rows.append(row(options.folder.name, [of_folder(options.folder, options.minutes)], judged))
        print(*rows[-1], sep=" | ", flush=True)
    if options.write:
        header = ["families", "sounds", *options.sets, "mean", "CPU-s"]
        shortest, longest = options.seconds
        text = TEXT.format(
            minutes=options.minutes,
            seeds=len(options.seeds),
            shortest=shortest,
            longest=longest,
            files=HELD_OUT_FILES,
            seconds=HELD_OUT_SECONDS,
        )
        write_section("base-variety", "Procedural sounds: which families pay", f"{text}\n\n{table(header, rows)}")


if __name__ == "__main__":
    main()
