"""What a base is worth as the start of trainings with few files (base_curve.py has the base itself).

    OMP_NUM_THREADS=1 python benchmarks/base.py few CORPORA --sets notes … --files 6 20 [--seconds 0 30] [--seeds 0]
    python benchmarks/base.py write

CORPORA is what benchmarks/corpora.py made. Everything measured goes to DATA, where a run that was stopped continues;
`write` puts it into docs/BENCHMARKS.md. `few --before TREE` also trains with the program in another checkout.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product
from pathlib import Path

import torch
from report import table, write_section
from tasks import processor_time

from sda_lib import Corpus, Recipe, SdaModel, learn
from sda_lib.codec.codec import Codec
from sda_lib.training.encoding import encode_sounds
from sda_lib.training.segments import CorpusSound

DATA = Path(__file__).parents[1] / "data" / "benchmarks" / "base.json"
"""Figures by case; not under version control."""
HELD_OUT_FILES, OWN_FILES, SECONDS = 16, 10, 4.0
"""Most held-out files and files trained on that are measured, and how much of each."""
STARTS = ("none", "plain", "ridge", "auto")
"""Values of the setting `train.base`."""

Figures = dict[str, float]


def figures(name: str, measure: object = None) -> Figures | None:
    """The figures of a case, measured before or now; None if they are neither."""
    known = json.loads(DATA.read_text()) if DATA.exists() else {}
    if name not in known and callable(measure):
        found = measure()
        known = json.loads(DATA.read_text()) if DATA.exists() else {}
        known[name] = found
        DATA.parent.mkdir(parents=True, exist_ok=True)
        DATA.write_text(json.dumps(known, indent=1))
        print(name, found, flush=True)
    return known.get(name)


def spread(found: Sequence[CorpusSound], most: int) -> list[CorpusSound]:
    """The beginnings of at most `most` sounds, spread over all of them."""
    return [one.part(0, round(SECONDS * one.sample_rate)) for one in found[:: -(-len(found) // most)]]


@torch.no_grad()
def distance(codec: Codec, sounds: Sequence[CorpusSound]) -> float:
    """Mean distance of sounds decoded without grains."""
    return statistics.mean(one.distance(codec) for one in encode_sounds(codec, sounds))


def held_out(corpora: Path, name: str, recipe: Recipe, most: int = HELD_OUT_FILES) -> list[CorpusSound]:
    """Held-out sounds of a corpus."""
    return spread(list(CorpusSound.of_corpus(Corpus.from_folder(corpora / name / "held_out"), recipe.audio)), most)


def some_files(folder: Path, count: int, target: Path) -> Corpus:
    """A corpus of `count` files of a folder, evenly spread over it; 0: all."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    places = range(len(files)) if not count else [round(k * (len(files) - 1) / (count - 1)) for k in range(count)]
    for place in places:
        shutil.copy(files[place], target)
    return Corpus.from_folder(target)


def one_training(corpora: Path, name: str, files: int, seconds: float, start: str, seed: int) -> Figures:
    """Train on some files of a corpus; distances of held-out files and of files trained on, and processor time."""
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder, name)
        inside.mkdir()
        corpus = some_files(corpora / name / "train", files, inside)
        recipe = Recipe.for_corpus(corpus, minutes=seconds / 60).override(train__threads=1, audio__channels=1)
        recipe = recipe.override(train__seed=seed)
        if start != "before":
            recipe = recipe.override(train__base=start)
        began = time.process_time()
        with processor_time():
            events = list(learn(corpus, recipe, path := Path(folder, "model.sda"), name))
        spent = time.process_time() - began
        model = SdaModel.load(path)
        sounds = [
            one for one in CorpusSound.of_corpus(corpus, recipe.audio) if one.name not in model.header["held_out"]
        ]
        assert events[-1].kind == "done"
        return {
            "held_out": distance(model.codec, held_out(corpora, name, recipe)),
            "own": distance(model.codec, spread(sounds, OWN_FILES)),
            "codes": model.codec.config.codebook_size,
            "choice": model.header.get("choice", {}).get("chosen", ""),
            "cpu": round(spent, 1),
        }


def few(options: argparse.Namespace) -> None:
    """Measure all trainings, seed after seed; those of another checkout in a process of their own."""
    rounds = product(options.seeds, options.sets, options.files, options.seconds, options.starts)
    for seed, name, files, seconds, start in rounds:
        case = f"few {name} {files} {seconds:g} {start} {seed}"
        if start == "before" and options.before:
            figures(case) or elsewhere(options, name, files, seconds, seed)
        else:
            figures(case, partial(one_training, options.corpora, name, files, seconds, start, seed))


def elsewhere(options: argparse.Namespace, name: str, files: int, seconds: float, seed: int) -> None:
    """Measure a training with the program in another checkout."""
    case = ["--sets", name, "--files", files, "--seconds", seconds, "--starts", "before", "--seeds", seed]
    paths = os.pathsep.join([str(options.before), str(options.before / "widgets")])
    subprocess.run(
        [sys.executable, __file__, "few", options.corpora, *map(str, case)],
        check=True,
        env={**os.environ, "PYTHONPATH": paths},
    )


def rows_of(kind: str) -> Iterator[tuple[list[str], Figures]]:
    """What was measured of a kind, with the words of its name."""
    for name, found in json.loads(DATA.read_text()).items():
        first, *words = name.split(" ")
        if first == kind:
            yield words, found


TITLES = {
    "before": "before",
    "none": "own sounds",
    "plain": "base",
    "ridge": "base, own decoder",
    "auto": "chosen",
}
FEW_TEXT = f"""`python benchmarks/base.py few CORPORA …`: mel distance at Source 0 of held-out files (up to
{HELD_OUT_FILES}) / of files trained on (up to {OWN_FILES}), {SECONDS:g} s of each, of models of some files of a corpus,
evenly spread over it, mono; lower is better. *before*: the version without bases; *own sounds*: `train.base=none`;
*base*: `plain`, and with a decoder of its own, `ridge`; *chosen*: `auto`; in brackets the codes of a level. Means over
seeds of the fit, one thread; training in processor time. The weight of the base's Gram matrix was chosen by the lines
of drums and notes with 6 files. The last line is the mean of the complete lines,
compared with *before*, ± standard error over seeds."""


def few_table(seconds: str) -> str:
    """The table of trainings that took `seconds`."""
    cases: dict[tuple[str, int], dict[str, dict[str, Figures]]] = {}
    for (name, files, spent, start, seed), found in rows_of("few"):
        if spent == seconds:
            cases.setdefault((name, int(files)), {}).setdefault(start, {})[seed] = found
    starts = [start for start in TITLES if any(start in one for one in cases.values())]
    rows = []
    for (name, files), found in sorted(cases.items(), key=lambda one: (one[0][1] or 10**6, one[0][0])):
        cells = (found.get(start) for start in starts)
        rows.append([name, files or "all", *("" if one is None else cell(list(one.values())) for one in cells)])
    whole = [found for found in cases.values() if all(start in found for start in starts)]
    last = [means_cell(start, starts[0], whole) for start in starts if whole]
    return table(
        ["corpus", "files", *(TITLES[start] for start in starts)], [*rows, [f"mean of {len(whole)}", "", *last]]
    )


def seeds_of(seconds: str) -> str:
    """How many seeds the trainings have that took `seconds`."""
    count = len({words[4] for words, _ in rows_of("few") if words[2] == seconds})
    return "one seed" if count == 1 else f"{count} seeds"


def cell(seeds: Sequence[Figures]) -> str:
    """Mean distances of held-out and own files over seeds, and the codes of a level."""
    held_out, own = (statistics.mean(one[key] for one in seeds) for key in ("held_out", "own"))
    codes = "/".join(map(str, sorted({one["codes"] for one in seeds})))
    return f"{held_out:.3f} / {own:.3f} ({codes})"


def means_cell(start: str, first: str, cases: Sequence[dict[str, dict[str, Figures]]]) -> str:
    """Mean distances over cases, and their change against another start with its standard error over seeds."""
    seeds = [seed for seed in cases[0][start] if all(seed in one[way] for one in cases for way in (start, first))]
    texts = []
    for key in ("held_out", "own"):
        means = {
            way: [statistics.mean(one[way][seed][key] for one in cases) for seed in seeds] for way in (start, first)
        }
        changes = [now / before - 1 for now, before in zip(means[start], means[first], strict=True)]
        error = f" ± {100 * statistics.stdev(changes) / len(changes) ** 0.5:.1f}" if len(changes) > 1 else ""
        change = "" if start == first else f" ({100 * statistics.mean(changes):+.1f}{error} %)"
        texts.append(f"{statistics.mean(means[start]):.3f}{change}")
    return " / ".join(texts)


def write() -> None:
    """Write the section."""
    spent = sorted({words[2] for words, _ in rows_of("few")}, key=float)
    texts = [
        f"{'At once' if one == '0' else f'After {one} s of training'}, {seeds_of(one)}:\n\n{few_table(one)}"
        for one in spent
    ]
    write_section("base-few", "A base for few files", "\n\n".join([FEW_TEXT, *texts]))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    trainings = commands.add_parser("few")
    trainings.add_argument("corpora", type=Path)
    trainings.add_argument("--sets", nargs="+", default=["notes", "drums", "texture", "piano", "fifty"])
    trainings.add_argument("--files", type=int, nargs="+", default=[6, 20], help="0: all")
    trainings.add_argument("--seconds", type=float, nargs="+", default=[0.0], help="of training")
    trainings.add_argument("--starts", nargs="+", default=[*STARTS], help="and `before`, with --before")
    trainings.add_argument("--seeds", type=int, nargs="+", default=[0])
    trainings.add_argument("--before", type=Path, help="another checkout")
    commands.add_parser("write")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    torch.set_num_threads(1)
    {"few": few, "write": lambda _: write()}[options.command](options)


if __name__ == "__main__":
    main()
