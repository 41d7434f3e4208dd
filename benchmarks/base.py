"""What a base is worth: untouched, and as the start of trainings with few files.

    OMP_NUM_THREADS=1 python benchmarks/base.py few CORPORA --sets notes drums … --files 6 20 [--seconds 0 30]
    OMP_NUM_THREADS=1 python benchmarks/base.py curve CORPORA --steps 0 500 1000 2000
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
from dataclasses import replace
from pathlib import Path
from unittest import mock

import torch
from report import table, write_section
from tasks import ProcessorClock

from sda_lib import Corpus, Recipe, SdaModel, learn
from sda_lib.codec.codec import Codec
from sda_lib.training import optimize
from sda_lib.training import train as training
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


def one_training(corpora: Path, name: str, files: int, seconds: float, start: str) -> Figures:
    """Train on some files of a corpus; distances of held-out files and of files trained on, and processor time."""
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder, name)
        inside.mkdir()
        corpus = some_files(corpora / name / "train", files, inside)
        recipe = Recipe.for_corpus(corpus, minutes=seconds / 60).override(train__threads=1, audio__channels=1)
        if start != "before":
            recipe = recipe.override(train__base=start)
        began = time.process_time()
        with mock.patch.object(training, "time", clock := ProcessorClock()), mock.patch.object(optimize, "time", clock):
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
    """Measure all trainings; those of another checkout in a process of their own."""
    for name in options.sets:
        for files in options.files:
            for seconds in options.seconds:
                for start in options.starts:
                    case = f"few {name} {files} {seconds:g} {start}"
                    if start == "before" and options.before:
                        figures(case) or elsewhere(options, name, files, seconds)
                    else:
                        figures(case, lambda: one_training(options.corpora, name, files, seconds, start))  # noqa: B023


def elsewhere(options: argparse.Namespace, name: str, files: int, seconds: float) -> None:
    """Measure a training with the program in another checkout."""
    arguments = ["few", options.corpora, "--sets", name, "--files", files, "--seconds", seconds, "--starts", "before"]
    paths = os.pathsep.join([str(options.before), str(options.before / "widgets")])
    subprocess.run(
        [sys.executable, __file__, *map(str, arguments)], check=True, env={**os.environ, "PYTHONPATH": paths}
    )


def curve(options: argparse.Namespace) -> None:
    """Measure bases of other steps, widths and families, which are made for it."""
    from sda_lib.base.base import BASES
    from sda_lib.synthesis.families import FAMILIES
    from sda_lib.training.base_fit import BaseFit, BasePlan

    audio, codec = BASES[options.base]
    eight = ("additive", "colored", "drum", "pluck", "fm", "modal", "vowel", "grains")
    plans = [(f"{steps} steps", steps, codec.width, tuple(FAMILIES)) for steps in options.steps]
    plans += [(f"{width} wide", options.at, width, tuple(FAMILIES)) for width in options.widths]
    plans += [(f"{count} families", options.at, codec.width, eight[:count]) for count in options.families]
    for what, steps, width, families in plans:
        recipe = Recipe(audio=audio, codec=replace(codec, width=width)).override(train__steps=steps, train__threads=1)

        def measure(recipe: Recipe = recipe, families: tuple[str, ...] = families) -> Figures:
            began = time.process_time()
            plan = BasePlan(recipe, options.minutes, families=families)
            fit = BaseFit(plan, plan.sounds())
            fit.fit_closed_form()
            list(fit.steps())
            fit.tensors()
            spent = time.process_time() - began
            found = {name: distance(fit.codec, held_out(options.corpora, name, recipe, 8)) for name in options.sets}
            return {**found, "mean": statistics.mean(found.values()), "cpu": round(spent)}

        figures(f"curve {options.base} {options.minutes:g} min {what}", measure)


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
*base*: `plain`, and with a decoder of its own, `ridge`; *chosen*: `auto`; in brackets the codes of a level. One seed,
one thread; training in processor time. The weight of the base's Gram matrix was chosen by the lines of drums and notes
with 6 files. The last line is the mean of the complete lines, compared with *before*."""
CURVE_TEXT = """`python benchmarks/base.py curve CORPORA …`: mel distance at Source 0 of held-out files (up to 8,
{seconds:g} s of each) decoded by bases made of {minutes} minutes of procedural sounds, which met no file of any corpus;
lower is better. `{base}`, one seed. CPU-s: for making it, on one thread."""


def few_table(seconds: str) -> str:
    """The table of trainings that took `seconds`."""
    cases: dict[tuple[str, int], dict[str, Figures]] = {}
    for (name, files, spent, start), found in rows_of("few"):
        if spent == seconds:
            cases.setdefault((name, int(files)), {})[start] = found
    starts = [start for start in TITLES if any(start in one for one in cases.values())]
    rows = []
    for (name, files), found in sorted(cases.items(), key=lambda one: (one[0][1] or 10**6, one[0][0])):
        cells = (found.get(start) for start in starts)
        rows.append([name, files or "all", *("" if one is None else cell(one) for one in cells)])
    whole = [found for found in cases.values() if all(start in found for start in starts)]
    means = {start: {key: mean(key, start, whole) for key in ("held_out", "own")} for start in starts if whole}
    first = next(iter(means.values()), {})
    last = [" / ".join(f"{one[key]:.3f} ({one[key] / first[key] - 1:+.0%})" for key in one) for one in means.values()]
    return table(
        ["corpus", "files", *(TITLES[start] for start in starts)], [*rows, [f"mean of {len(whole)}", "", *last]]
    )


def mean(key: str, start: str, found: Sequence[dict[str, Figures]]) -> float:
    """The mean of a figure over trainings that began in one way."""
    return statistics.mean(one[start][key] for one in found)


def cell(found: Figures) -> str:
    return f"{found['held_out']:.3f} / {found['own']:.3f} ({found['codes']})"


def curve_table(base: str, minutes: str) -> str:
    """The table of bases of other steps, widths and families."""
    found = {" ".join(words[3:]): one for words, one in rows_of("curve") if words[:2] == [base, minutes]}
    names = [name for name in next(iter(found.values())) if name != "cpu"]
    rows = [[what, *(f"{one[name]:.3f}" for name in names), one["cpu"]] for what, one in found.items()]
    return table([f"{base}", *names, "CPU-s"], rows)


def write() -> None:
    """Write the sections."""
    spent = sorted({words[2] for words, _ in rows_of("few")}, key=float)
    texts = [f"{'At once' if one == '0' else f'After {one} s of training'}:\n\n{few_table(one)}" for one in spent]
    if spent:
        write_section("base-few", "A base for few files", "\n\n".join([FEW_TEXT, *texts]))
    for base, minutes in sorted({(words[0], words[1]) for words, _ in rows_of("curve")}):
        text = CURVE_TEXT.format(base=base, minutes=minutes)
        write_section(
            f"base-curve-{base}", f"What a base is made of ({base})", f"{text}\n\n{curve_table(base, minutes)}"
        )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    trainings = commands.add_parser("few")
    trainings.add_argument("corpora", type=Path)
    trainings.add_argument("--sets", nargs="+", default=["notes", "drums", "texture", "piano", "fifty"])
    trainings.add_argument("--files", type=int, nargs="+", default=[6, 20], help="0: all")
    trainings.add_argument("--seconds", type=float, nargs="+", default=[0.0], help="of training")
    trainings.add_argument("--starts", nargs="+", default=[*STARTS], help="and `before`, with --before")
    trainings.add_argument("--before", type=Path, help="another checkout")
    curves = commands.add_parser("curve")
    curves.add_argument("corpora", type=Path)
    curves.add_argument("--base", default="long-mono")
    curves.add_argument(
        "--sets", nargs="+", default=["notes", "piano", "texture", "fifty", "drums", "speech", "tabla", "field"]
    )
    curves.add_argument("--minutes", type=float, default=10.0)
    curves.add_argument("--steps", type=int, nargs="*", default=[0, 250, 500, 1000])
    curves.add_argument("--at", type=int, default=250, help="steps of the other curves")
    curves.add_argument("--widths", type=int, nargs="*", default=[64, 192])
    curves.add_argument("--families", type=int, nargs="*", default=[4, 8])
    commands.add_parser("write")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    torch.set_num_threads(1)
    {"few": few, "curve": curve, "write": lambda _: write()}[options.command](options)


if __name__ == "__main__":
    main()
