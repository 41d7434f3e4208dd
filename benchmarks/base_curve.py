"""What a base makes of sounds that it has never met: against what it is made of, and made once more by its script.

    OMP_NUM_THREADS=1 python benchmarks/base_curve.py curve CORPORA --steps 0 500 1000 2000 [--seeds N]
    OMP_NUM_THREADS=1 python benchmarks/base_curve.py again CORPORA FOLDER
    python benchmarks/base_curve.py write

CORPORA is what benchmarks/corpora.py made, FOLDER what scripts/make_base.py wrote. Everything measured goes to the file
of benchmarks/base.py, where a run that was stopped continues; `write` puts it into docs/BENCHMARKS.md.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from base import SECONDS, Figures, distance, figures, held_out, rows_of
from report import table, write_section

from sda_lib import Recipe
from sda_lib.base.base import BASES, FOLDER, load_base, read_card
from sda_lib.codec.codec import Codec
from sda_lib.synthesis.families import FAMILIES
from sda_lib.training.base_fit import BaseFit, BasePlan

SETS = ("notes", "piano", "texture", "fifty", "drums", "speech", "tabla", "field")
FILES = 8
"""Most held-out files of a corpus."""
EIGHT = ("additive", "colored", "drum", "pluck", "fm", "modal", "vowel", "grains")
"""The kinds that one would think of first."""
SIDES = {"shipped": "as shipped", "again": "made again"}


@dataclass(frozen=True)
class Making:
    """What a base is made of: gradient steps, the width of its networks, and families of procedural sounds."""

    steps: int
    width: int
    families: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.steps} steps, {self.width} wide, {len(self.families)} families"


def makings(options: argparse.Namespace) -> Iterator[Making]:
    """Yield what is compared."""
    usual = BASES[options.base][1].width
    for steps in options.steps:
        yield Making(steps, usual, tuple(FAMILIES))
    for width in options.widths:
        yield Making(options.at, width, tuple(FAMILIES))
    for count in options.families:
        yield Making(options.at, usual, EIGHT[:count])


def judged(codec: Codec, corpora: Path, recipe: Recipe, sets: Sequence[str]) -> Figures:
    """Mean distance of held-out sounds of each corpus, and the mean of all."""
    found = {name: distance(codec, held_out(corpora, name, recipe, FILES)) for name in sets}
    return {**found, "mean": statistics.mean(found.values())}


def made(options: argparse.Namespace, making: Making, seed: int) -> Figures:
    """Make a base and measure it."""
    audio, codec = BASES[options.base]
    recipe = Recipe(audio=audio, codec=replace(codec, width=making.width))
    recipe = recipe.override(train__steps=making.steps, train__threads=1, train__seed=seed)
    plan, began = BasePlan(recipe, options.minutes, families=making.families), time.process_time()
    fit = BaseFit(plan, plan.sounds())
    fit.fit_closed_form()
    list(fit.steps())
    fit.tensors()
    spent = time.process_time() - began
    return {**judged(fit.codec, options.corpora, recipe, options.sets), "cpu": round(spent)}


def curve(options: argparse.Namespace) -> None:
    """Measure bases that are made for it, seed after seed."""
    for seed in options.seeds:
        for making in makings(options):
            case = f"curve {options.base} {options.minutes:g} {seed} {making.name}"
            figures(case, partial(made, options, making, seed))


def again(options: argparse.Namespace) -> None:
    """Measure the bases of a folder, and those of the same names that SDA ships."""
    for name in read_card(options.folder)["bases"]:
        for side, folder in zip(SIDES, (FOLDER, options.folder), strict=True):
            base = load_base(name, folder)
            audio, config = BASES[name]
            codec = Codec(audio, config).eval()
            base.fill(codec)
            recipe = Recipe(audio=audio, codec=config).override(train__threads=1)
            case = f"again {name} {side} {base.digest[:12]}"
            figures(case, partial(judged, codec, options.corpora, recipe, options.sets))


CURVE_TEXT = """`python benchmarks/base_curve.py curve CORPORA …`: mel distance at Source 0 of held-out files (up to
{files}, {seconds:g} s of each) decoded by bases made of {minutes} minutes of procedural sounds, which met no file of
any corpus; lower is better. `{base}`, {seeds}. CPU-s: for making it, on one thread."""
AGAIN_TEXT = """`python benchmarks/base_curve.py again CORPORA FOLDER`: the bases that SDA ships and the same ones
made once more by `scripts/make_base.py`, with the code of the day: mel distance at Source 0 of held-out files (up to
{files}, {seconds:g} s of each) that no base has met."""


def curve_table(found: dict[str, list[Figures]]) -> str:
    """The table of bases by what they are made of, means over seeds."""
    names = [name for name in next(iter(found.values()))[0] if name not in ("cpu", "mean")]
    rows = []
    for what, seeds in found.items():
        cells = [f"{statistics.mean(one[name] for one in seeds):.3f}" for name in names]
        rows.append([what, *cells, with_error([one["mean"] for one in seeds]), f"{seeds[0]['cpu']:.0f}"])
    return table(["base", *names, "mean", "CPU-s"], rows)


def with_error(values: Sequence[float]) -> str:
    """A mean with its standard error, if there are several values."""
    error = f" ± {statistics.stdev(values) / len(values) ** 0.5:.3f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.3f}{error}"


def again_table() -> str:
    """The table of bases made again, with the change of every figure."""
    bases: dict[str, dict[str, Figures]] = {}
    for (name, side, _), found in rows_of("again"):
        bases.setdefault(name, {})[side] = found
    names, rows = list(next(iter(bases.values()))["shipped"]), []
    for name, sides in bases.items():
        rows += [[name, text, *(f"{sides[side][one]:.3f}" for one in names)] for side, text in SIDES.items()]
        rows.append(
            ["", "change, %", *(f"{100 * (sides['again'][one] / sides['shipped'][one] - 1):+.1f}" for one in names)]
        )
    return table(["base", "", *names], rows)


def write() -> None:
    """Write the sections."""
    if list(rows_of("again")):
        text = AGAIN_TEXT.format(files=FILES, seconds=SECONDS)
        write_section("base-again", "Bases made again", f"{text}\n\n{again_table()}")
    for base, minutes in sorted({(words[0], words[1]) for words, _ in rows_of("curve")}):
        found: dict[str, list[Figures]] = {}
        for words, one in rows_of("curve"):
            if words[:2] == [base, minutes]:
                found.setdefault(" ".join(words[3:]), []).append(one)
        seeds = {len(one) for one in found.values()}
        said = "one seed" if seeds == {1} else f"means over {' or '.join(map(str, sorted(seeds)))} seeds"
        text = CURVE_TEXT.format(base=base, minutes=minutes, files=FILES, seconds=SECONDS, seeds=said)
        write_section(f"base-curve-{base}", f"What a base is made of ({base})", f"{text}\n\n{curve_table(found)}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    curves, same = commands.add_parser("curve"), commands.add_parser("again")
    for one in (curves, same):
        one.add_argument("corpora", type=Path)
        one.add_argument("--sets", nargs="+", default=list(SETS))
    same.add_argument("folder", type=Path)
    curves.add_argument("--base", default="long-mono", choices=list(BASES))
    curves.add_argument("--minutes", type=float, default=20.0)
    curves.add_argument("--steps", type=int, nargs="*", default=[0, 250, 500, 1000, 2000])
    curves.add_argument("--at", type=int, default=500, help="steps of the other curves")
    curves.add_argument("--widths", type=int, nargs="*", default=[64, 192])
    curves.add_argument("--families", type=int, nargs="*", default=[4, 8])
    curves.add_argument("--seeds", type=int, nargs="+", default=[0])
    commands.add_parser("write")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    torch.set_num_threads(1)
    {"curve": curve, "again": again, "write": lambda _: write()}[options.command](options)


if __name__ == "__main__":
    main()
