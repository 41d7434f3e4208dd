"""What the codec makes of sounds that it does not know, at equal bits, beside another commit of this repository.

    OMP_NUM_THREADS=1 python benchmarks/unheard.py CORPORA RESULTS --before TREE --seeds 1 --steps 0 600 --write

TREE is a checkout of the other commit; a process of either commit fits and trains the default model of a corpus, in
mono and without memory, with the same number of steps. RESULTS is a file of JSON lines: what it holds is not measured
again.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SETS = ("drums", "notes", "speech", "texture", "fifty", "piano", "loops", "field", "clicks", "music", "pads")
CHOSEN_ON = 5
"""The first sets are those that settings were chosen on."""
OWN_FILES, SECONDS = 8, 4.0
"""How many files of the training folder are measured, and the most seconds of every file."""
MEASURES = ("mel", "own", "lsd", "onset", "flux", "rough")
HEADER = ["corpus", "held-out mel", "", "own mel", "lsd, dB", "onset", "flux", "rough", "CPU-s", "copies"]
MEANING = """Codecs alone (Source 0, mono, without memory, equal bits), of the commit before / of this one: the
multi-scale mel distance of held-out files and its change, that of up to {files} files of the training folder,
and of the held-out files the log-spectral distance (dB, RMS over the bins of windows of 2048, mean over windows) and
the ratios decoded / original of `benchmarks.realism` (ideal 1). CPU-s is processor time of one thread from the files
being read to the first model, the choice included{steps}. At most {seconds:g} s of a file are measured. {seeds}.
Settings were chosen on {chosen}; the others were measured afterwards."""


def measure(corpora: Path, name: str, seed: int, steps: int) -> dict[str, object]:
    """Fit and train a codec of a corpus with the commit that is imported, and measure it."""
    import torch

    from sda_lib import Corpus, Recipe, SdaModel, learn
    from sda_lib.config import CodecConfig
    from sda_lib.training import train as training

    torch.set_num_threads(1)
    corpus = Corpus.from_folder(corpora / name / "train")
    recipe = Recipe.for_corpus(corpus, minutes=1).override(audio__channels=1, memory__enabled=False)
    recipe = recipe.override(train__threads=1, train__seed=seed, train__steps=steps, train__checks=1)
    times, began = {}, time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.sda"
        for event in learn(corpus, recipe, path, name):
            key = event.message if event.message == training.FITTING else event.kind
            times.setdefault(key, time.process_time() - began)
        model, size = SdaModel.load(path), path.stat().st_size / 1e6
    unheard = [_start(clip) for clip in Corpus.from_folder(corpora / name / "held_out").clips(model.sample_rate, 1)]
    known = [_start(clip) for clip in corpus.clips(model.sample_rate, 1)]
    return {
        **_scores(model, unheard),
        "own": _mean_mel(model, known[:: -(-len(known) // OWN_FILES)]),
        "seconds": times["saved"] - times[training.FITTING],
        "whole": times["done"],
        "copies": getattr(model.recipe.train, "shift", 0.0) or 0.0,
        "megabytes": size,
        "codes": f"{model.levels} x {model.codebook_size}",
        "hop": model.hop,
        "grid": CodecConfig.hop,
    }


def _start(clip):
    from dataclasses import replace

    return replace(clip, samples=clip.samples[:, : round(SECONDS * clip.sample_rate)])


def _mean_mel(model, clips) -> float:
    from sda_lib.codec.losses import mel_distance

    return statistics.mean(mel_distance(clip, model.decode(model.encode(clip), 0.0)) for clip in clips)


def _scores(model, clips) -> dict[str, float]:
    """Mean distances and ratios of sounds by way of their codes."""
    from benchmarks.realism import Ratios, ratios
    from sda_lib.codec.losses import mel_distance

    decoded = [model.decode(model.encode(clip), 0.0) for clip in clips]
    pairs = list(zip(clips, decoded, strict=True))
    found = Ratios.mean(ratios(*pair) for pair in pairs)
    distances = {
        "mel": statistics.mean(mel_distance(*pair) for pair in pairs),
        "lsd": statistics.mean(log_spectral_distance(*pair) for pair in pairs),
    }
    return {**distances, "onset": found.onset, "flux": found.flux, "rough": found.roughness}


def log_spectral_distance(one, other) -> float:
    """Return the log-spectral distance of two sounds in dB, magnitudes floored at 1e-5."""
    import torch

    length = min(one.length, other.length)
    signals = torch.stack([torch.tensor(clip.with_channels(1).samples[0, :length]) for clip in (one, other)])
    window = torch.hann_window(2048)
    spectra = torch.stft(signals, 2048, 512, window=window, return_complex=True, pad_mode="constant").abs()
    first, second = 20 * spectra.clamp_min(1e-5).log10()
    return float((first - second).square().mean(0).sqrt().mean())


def measured_by(tree: Path, corpora: Path, wanted: list[tuple[str, int, int]]) -> Iterator[dict[str, object]]:
    """Measure corpora, each with its seed and steps, in a process of a commit."""
    words = [":".join(map(str, one)) for one in wanted]
    command = [sys.executable, __file__, str(corpora), "-", "--these", *words]
    paths = os.pathsep.join([str(tree), str(tree / "widgets")])
    environment = {**os.environ, "PYTHONPATH": paths}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in wanted:
            yield json.loads(process.stdout.readline())


def cells(name: str, before: list[dict], now: list[dict]) -> list[object]:
    """A row of the table, from the measurements of all seeds by either commit."""

    def pair(key: str, digits: int) -> str:
        return " / ".join(f"{statistics.mean(one[key] for one in side):.{digits}f}" for side in (before, now))

    ratios = [pair(key, 2) for key in ("onset", "flux", "rough")]
    copies = sum(one["copies"] > 0 for one in now)
    taken = "–" if not copies else "yes" if copies == len(now) else f"{copies} of {len(now)}"
    change = percent(changes(before, now, "mel"))
    times = pair("seconds", 1)
    return [name, pair("mel", 3), change, pair("own", 3), pair("lsd", 2), *ratios, times, taken]


def changes(before: list[dict], now: list[dict], key: str) -> list[float]:
    """By how much a figure has changed, relative to before, seed by seed."""
    return [two[key] / one[key] - 1 for one, two in zip(before, now, strict=False)]


def percent(shares: list[float]) -> str:
    """The mean in percent, with its standard error if there are several."""
    mean = f"{100 * statistics.mean(shares):+.1f}"
    return f"{mean} %" if len(shares) == 1 else f"{mean} ± {100 * standard_error(shares):.1f} %"


def standard_error(values: list[float]) -> float:
    return statistics.stdev(values) / len(values) ** 0.5


def key_of(side: str, name: str, seed: int, steps: int) -> str:
    return f"{side} {name} {seed} {steps}"


def rows_of(found: dict[str, dict], sets: list[str], seeds: int, steps: int) -> list[list[object]]:
    """Rows of all corpora that both commits have measured, and one of the mean changes."""
    rows: list[list[object]] = []
    each: dict[str, dict[int, list[float]]] = {"mel": {}, "own": {}}
    for name in sets:
        sides = [[found.get(key_of(side, name, seed, steps)) for seed in range(seeds)] for side in ("before", "now")]
        pairs = [(number, *pair) for number, pair in enumerate(zip(*sides, strict=True)) if all(pair)]
        if pairs:
            numbers, before, now = (list(column) for column in zip(*pairs, strict=True))
            rows.append(cells(name, before, now))
            for key, by_seed in each.items():
                for number, change in zip(numbers, changes(before, now, key), strict=True):
                    by_seed.setdefault(number, []).append(change)
    if rows:
        mel, own = (percent(of_all(by_seed, len(rows))) for by_seed in each.values())
        rows.append(["mean change", "", f"**{mel}**", own, *[""] * (len(HEADER) - 4)])
    return rows


def of_all(by_seed: dict[int, list[float]], corpora: int) -> list[float]:
    """The mean change of the corpora by seed, for the seeds that all of them have; or of what there is, once."""
    whole = [statistics.mean(found) for found in by_seed.values() if len(found) == corpora]
    return whole or [statistics.mean(one for found in by_seed.values() for one in found)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("--before", type=Path, help="a checkout of the commit to compare with")
    parser.add_argument("--sets", nargs="+", default=list(SETS))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--steps", type=int, nargs="+", default=[0, 600])
    parser.add_argument("--write", action="store_true", help="write the tables into docs/BENCHMARKS.md")
    parser.add_argument("--no-measuring", action="store_true", help="use RESULTS alone")
    parser.add_argument("--these", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.these:
        for word in options.these:
            name, seed, steps = word.split(":")
            print(json.dumps(measure(options.corpora, name, int(seed), int(steps))), flush=True)
        return
    lines = options.results.read_text().splitlines() if options.results.exists() else []
    found = {one.pop("key"): one for one in map(json.loads, lines)}
    trees = {"before": options.before, "now": Path(__file__).parents[1]}
    rounds = [(steps, seed, side) for steps in options.steps for seed in range(options.seeds) for side in trees]
    for steps, seed, side in rounds:
        tree, every = trees[side], [(name, seed, steps) for name in options.sets]
        wanted = [one for one in every if key_of(side, *one) not in found and not options.no_measuring]
        for one, values in zip(wanted, measured_by(tree, options.corpora, wanted), strict=True) if wanted else ():
            key = key_of(side, *one)
            found[key] = values
            print(key, values, flush=True)
            with options.results.open("a") as file:
                file.write(json.dumps({"key": key, **values}) + "\n")
    write(found, options)


def write(found: dict[str, dict], options: argparse.Namespace) -> None:
    """Print the tables, one for each number of steps, and write them with --write."""
    from report import table, write_section

    for steps in options.steps:
        rows = rows_of(found, options.sets, options.seeds, steps)
        many = f"Means of {options.seeds} seeds, changes with their standard errors"
        seeds = many if options.seeds > 1 else "One seed"
        more = f", before {steps} steps of training" if steps else ""
        chosen = ", ".join(SETS[:CHOSEN_ON])
        meaning = MEANING.format(steps=more, seeds=seeds, chosen=chosen, files=OWN_FILES, seconds=SECONDS)
        text = f"{meaning}\n\n{table(HEADER, rows)}"
        print(text)
        if options.write:
            title = f"Unknown sounds after {steps} steps" if steps else "Unknown sounds in closed form"
            write_section(f"unheard-{steps}", f"{title}, beside the commit before", text)


if __name__ == "__main__":
    main()
