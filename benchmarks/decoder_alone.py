"""How real does the decoder alone sound, with and without detail of the recordings?

    python benchmarks/corpora.py CORPORA
    OMP_NUM_THREADS=1 python benchmarks/decoder_alone.py CORPORA FOLDER --before TREE [--sets drums notes] [--seeds 0]

Makes the default model of each corpus in closed form. It decodes 48 new sounds and the held-out ones at Source 0, once
with `memory.detail` off, which is the decoder before there was any, and once as chosen. The commit in the checkout TREE
makes its own default model and new sounds. FOLDER keeps the models and, in `figures.jsonl`, the figures: what it holds
is not measured again. `--write` puts the table into docs/BENCHMARKS.md. Needs aisfx (see kernel.py).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch
from kernel import embed_windows, window_distance
from material_reference import learned_clips
from materials import model_of
from source_zero import KNOWN_SECONDS, SOUNDS, distances_by
from torch import Tensor

from benchmarks.realism import Ratios, ratios
from benchmarks.unheard import CHOSEN_ON, SETS, log_spectral_distance, standard_error
from sda_lib import AudioClip, GenerateOptions, SdaModel, generate
from sda_lib.codec.losses import mel_distance

SECONDS = 4.0
"""The most seconds that are measured of a held-out sound."""
LIMITS = (2.0, 4.0)
"""Distances of new sounds that count as real, and from which on they are to be halved."""
HEADER = ["corpus", "trust", "KAD, new", "KAD, held-out", "held-out mel", "", "lsd, dB", "flux", "rough", "onset", "x"]
MEANING = """The default models in closed form, decoded without grains (Source 0), with `memory.detail` off / as chosen
for the corpus (trust, in typical distances). KAD: kernel audio distance (`benchmarks/kernel.py`, windows of 2.3 s) of
{sounds} new sounds by `GenerateOptions(seed=…)` and of the held-out sounds from the training recordings; the model of
the commit before, whose new sounds are given first, makes its own. New sounds are walks along recorded frames, which
find their own grains, held-out ones are not. Of held-out
sounds by way of their codes, at most {seconds:g} s each: the multi-scale mel distance and its change, the log-spectral
distance, and the ratios decoded / original of `benchmarks.realism` (ideal 1). x: processor time of decoding the new
sounds, chosen over off. {seeds}. Settings were chosen on {chosen} and clicks; the others were measured afterwards."""


@dataclass(frozen=True)
class Corpus:
    """What a model is measured on: vectors of its training recordings, held-out clips, and new codes."""

    known: Sequence[Tensor]
    unknown: Sequence[AudioClip]
    takes: Sequence[object]

    @classmethod
    def of(cls, folder: Path, model: SdaModel, seed: int) -> Corpus:
        channels = model.recipe.audio.channels
        train, held_out = (
            [_start(clip, seconds) for clip in learned_clips(folder / part, model.sample_rate, channels)]
            for part, seconds in (("train", KNOWN_SECONDS), ("held_out", SECONDS))
        )
        takes = [generate(model, GenerateOptions(seed=seed * SOUNDS + number)) for number in range(SOUNDS)]
        return cls(embed_windows(train), held_out, [take.codes for take in takes])

    def figures(self, model: SdaModel) -> dict[str, float]:
        """Return the figures of a model at Source 0."""
        began = time.process_time()
        new = [model.decode(codes, 0.0) for codes in self.takes]
        spent = time.process_time() - began
        decoded = [model.decode(model.encode(clip), 0.0) for clip in self.unknown]
        pairs = list(zip(self.unknown, decoded, strict=True))
        found = Ratios.mean(ratios(*pair) for pair in pairs)
        return {
            "new": window_distance(self.known, embed_windows(new)),
            "unknown": window_distance(self.known, embed_windows(decoded)),
            "mel": statistics.mean(mel_distance(*pair) for pair in pairs),
            "lsd": statistics.mean(log_spectral_distance(*pair) for pair in pairs),
            "flux": found.flux,
            "rough": found.roughness,
            "onset": found.onset,
            "seconds": spent,
        }


def _start(clip: AudioClip, seconds: float) -> AudioClip:
    return replace(clip, samples=clip.samples[:, : round(seconds * clip.sample_rate)])


def measure(corpora: Path, folder: Path, name: str, seed: int) -> dict[str, object]:
    """Make a corpus' model with a seed and return its figures without and with detail."""
    model = model_of(corpora / name, folder / "models" / f"{name}-{seed}.sda", seed)
    corpus = Corpus.of(corpora / name, model, seed)
    plain = replace(model, recipe=model.recipe.override(memory__detail=0.0))
    return {
        "corpus": name,
        "seed": seed,
        "trust": model.recipe.memory.detail,
        "off": corpus.figures(plain),
        "on": corpus.figures(model),
    }


def cells(found: Sequence[dict]) -> list[object]:
    """Return a row of the table: means over the seeds of a corpus, new sounds with their standard errors."""

    def mean(side: str, key: str) -> float:
        return statistics.mean(one[side][key] for one in found)

    def pair(key: str, digits: int = 2) -> str:
        return f"{mean('off', key):.{digits}f} / {mean('on', key):.{digits}f}"

    new = f"{statistics.mean(one['before'] for one in found):.2f} / {pair('new')}"
    if len(found) > 1:
        new += f" ± {standard_error([one['on']['new'] for one in found]):.2f}"
    change = f"{100 * (mean('on', 'mel') / mean('off', 'mel') - 1):+.1f} %"
    ratios_of = [pair(key) for key in ("lsd", "flux", "rough", "onset")]
    times = f"{mean('on', 'seconds') / mean('off', 'seconds'):.2f}"
    trust = ", ".join(f"{one:g}" for one in sorted({one["trust"] for one in found}))
    return [found[0]["corpus"], trust, new, pair("unknown"), pair("mel", 3), change, *ratios_of, times]


def summary(corpora: Sequence[Sequence[dict]]) -> str:
    """Say on how many corpora the mean distance of new sounds is small, and what became of the large ones."""
    small, large = LIMITS
    rows = [
        (statistics.mean(one["before"] for one in found), statistics.mean(one["on"]["new"] for one in found))
        for found in corpora
    ]
    real = [sum(distance <= small for distance in side) for side in zip(*rows, strict=True)]
    far = [(before, now) for before, now in rows if before > large]
    halved = sum(now <= before / 2 for before, now in far)
    return (
        f"KAD of new sounds of at most {small:g}: {real[0]} of the commit before / {real[1]} of {len(rows)}. "
        f"Halved where it was above {large:g}: {halved} of {len(far)}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--before", type=Path, required=True, help="a checkout of the commit to compare with")
    parser.add_argument("--sets", nargs="+", default=list(SETS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.folder.mkdir(parents=True, exist_ok=True)
    file = options.folder / "figures.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    found = {(one["corpus"], one["seed"]): one for one in map(json.loads, lines)}
    for seed, name in product(options.seeds, options.sets):
        if (name, seed) not in found:
            (before,) = distances_by(options.before, options.corpora, options.folder / "before", [(name, seed)])
            found[name, seed] = {**measure(options.corpora, options.folder, name, seed), "before": before}
            print(json.dumps(found[name, seed]), flush=True)
            with file.open("a") as out:
                out.write(json.dumps(found[name, seed]) + "\n")
    write([[found[name, seed] for seed in options.seeds] for name in options.sets], options.write)


def write(rows: Sequence[Sequence[dict]], into_docs: bool) -> None:
    """Print the table, and write it into docs/BENCHMARKS.md if wanted."""
    from report import table, write_section

    count = len(rows[0])
    meaning = MEANING.format(
        sounds=SOUNDS,
        seconds=SECONDS,
        chosen=", ".join(SETS[:CHOSEN_ON]),
        seeds="One seed" if count == 1 else f"Means of {count} seeds of model and sounds, new sounds as chosen ± error",
    )
    text = f"{meaning}\n\n{table(HEADER, [cells(one) for one in rows])}\n\n{summary(rows)}"
    print(text)
    if into_docs:
        write_section("decoder-alone", "The decoder alone", text)


if __name__ == "__main__":
    main()
