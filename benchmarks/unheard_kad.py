"""All files of a corpus, decoded by codecs that do not know them: kernel audio distance and realism, beside a commit.

    OMP_NUM_THREADS=1 python benchmarks/unheard_kad.py CORPORA RESULTS --before TREE [--folds 6] [--steps 0] --write

A corpus has too few held-out files for a distance of sets, and some have too few attacks. So all of its files are
decoded, each by a model of the files of the other folds. TREE is a checkout of the other commit. RESULTS is a file of
JSON lines: what it holds is not measured again. Needs aisfx (see kernel.py).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from unheard import CHOSEN_ON, SECONDS, SETS

SIDES = ("before", "now")
HEADER = ["corpus", "windows", "KAD", "lsd, dB", "held-out mel", "attacks", "onset", "flux", "rough"]
FIGURES = {"kad": 2, "lsd": 2, "mel": 3}
RATIOS = {"onset": 2, "flux": 2, "rough": 2}
"""Figures of a row, with their digits: distances, and ratios by `benchmarks.realism`."""
MEANING = """Codecs alone (Source 0, mono, without memory, equal bits) of the commit before / of this one{steps}: all
files of a corpus (at most {seconds:g} s of each), each decoded by a codec that was fitted to the files of the other
{others} folds of {folds}. KAD: kernel audio distance (`benchmarks/kernel.py`, windows of 2.3 s) of the decoded sounds
from the originals, pairs included, which takes as much from either figure; log-spectral and mel distances, and the
ratios decoded / original (ideal 1), as in the tables of unknown sounds; attacks: how many the originals have. One seed.
Settings were chosen on {chosen}."""


def measure(corpora: Path, name: str, folds: int, steps: int) -> dict[str, float]:
    """Decode all files of a corpus with codecs of the commit that is imported, and measure them."""
    from statistics import mean

    import torch
    from kernel import embed_windows, window_distance
    from realism import Ratios, mono, onsets, ratios
    from unheard import log_spectral_distance

    from sda_lib.codec.losses import mel_distance

    torch.set_num_threads(1)
    files = sorted(path for part in ("train", "held_out") for path in (corpora / name / part).iterdir())
    pairs = [pair for fold in range(folds) for pair in decoded(files, fold, folds, name, steps)]
    known, found = (embed_windows(side) for side in zip(*pairs, strict=True))
    realism = Ratios.mean(ratios(*pair) for pair in pairs)
    return {
        "windows": sum(map(len, known)),
        "kad": window_distance(known, found),
        "lsd": mean(log_spectral_distance(*pair) for pair in pairs),
        "mel": mean(mel_distance(*pair) for pair in pairs),
        "attacks": sum(len(onsets(mono(original))) for original, _ in pairs),
        "onset": realism.onset,
        "flux": realism.flux,
        "rough": realism.roughness,
    }


def decoded(files: list[Path], fold: int, folds: int, name: str, steps: int) -> list[tuple]:
    """Originals of a fold, each with what a codec of the other folds makes of it."""
    from dataclasses import replace

    from sda_lib import Corpus, Recipe, SdaModel, learn

    with tempfile.TemporaryDirectory() as folder:
        parts = {side: Path(folder, side) for side in ("train", "held_out")}
        for part in parts.values():
            part.mkdir()
        for number, file in enumerate(files):
            (parts["held_out" if number % folds == fold else "train"] / file.name).symlink_to(file.resolve())
        corpus, path = Corpus.from_folder(parts["train"]), Path(folder, "model.sda")
        recipe = Recipe.for_corpus(corpus, minutes=1).override(audio__channels=1, memory__enabled=False)
        recipe = recipe.override(train__threads=1, train__steps=steps, train__checks=1)
        for _ in learn(corpus, recipe, path, name):
            pass
        model = SdaModel.load(path)
        clips = Corpus.from_folder(parts["held_out"]).clips(model.sample_rate, 1)
    starts = [replace(clip, samples=clip.samples[:, : round(SECONDS * clip.sample_rate)]) for clip in clips]
    return [(clip, model.decode(model.encode(clip), 0.0)) for clip in starts]


def measured(tree: Path, options: argparse.Namespace, name: str) -> dict[str, float]:
    """Measure a corpus in a process of a commit."""
    command = [sys.executable, __file__, str(options.corpora), "-", "--this", name]
    command += ["--folds", str(options.folds), "--steps", str(options.steps)]
    paths = [str(tree), str(tree / "widgets"), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    result = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(result.stdout.splitlines()[-1])


def row(name: str, before: dict[str, float], now: dict[str, float]) -> list[object]:
    """A row of the table."""

    def cells(digits_of: dict[str, int]) -> list[str]:
        return [f"{before[key]:.{digits}f} / {now[key]:.{digits}f}" for key, digits in digits_of.items()]

    return [name, now["windows"], *cells(FIGURES), now["attacks"], *cells(RATIOS)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("--before", type=Path, help="a checkout of the commit to compare with")
    parser.add_argument("--sets", nargs="+", default=list(SETS))
    parser.add_argument("--folds", type=int, default=6)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    parser.add_argument("--this", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.this:
        print(json.dumps(measure(options.corpora, options.this, options.folds, options.steps)), flush=True)
        return
    lines = options.results.read_text().splitlines() if options.results.exists() else []
    found = {one.pop("key"): one for one in map(json.loads, lines)}
    trees = dict(zip(SIDES, (options.before, Path(__file__).parents[1]), strict=True))
    for name in options.sets:
        for side, tree in trees.items():
            key = f"{side} {name} {options.folds} {options.steps}"
            if key not in found:
                found[key] = measured(tree, options, name)
                print(key, found[key], flush=True)
                with options.results.open("a") as file:
                    file.write(json.dumps({"key": key, **found[key]}) + "\n")
    write(found, options)


def write(found: dict[str, dict[str, float]], options: argparse.Namespace) -> None:
    """Print the table, and write it with --write."""
    from report import table, write_section

    sides = [[found[f"{side} {name} {options.folds} {options.steps}"] for name in options.sets] for side in SIDES]
    rows = [row(*one) for one in zip(options.sets, *sides, strict=True)]
    meaning = MEANING.format(
        steps=f", after {options.steps} steps" if options.steps else ", in closed form",
        folds=options.folds,
        others=options.folds - 1,
        seconds=SECONDS,
        chosen=", ".join(SETS[:CHOSEN_ON]),
    )
    text = f"{meaning}\n\n{table(HEADER, rows)}"
    print(text)
    if options.write:
        after = f" after {options.steps} steps" if options.steps else ""
        write_section(f"unheard-kad-{options.steps}", f"Unknown sounds as a set{after}, beside the commit before", text)


if __name__ == "__main__":
    main()
