"""Are new sounds of any length like the corpus: events where it has events, textures where it has textures?

    OMP_NUM_THREADS=1 python benchmarks/patterns.py FOLDER --write

FOLDER/NAME/train holds the recordings of each corpus (corpora.py). Makes a model of each in closed form, unless it is
in `--models`, and writes sounds by the defaults and of four seconds. Needs the package that kernel.py names.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from defaults import decibels
from kernel import embed, kernel_distance
from report import table, write_section

from sda_lib import AudioClip, Corpus, GenerateOptions, Recipe, SdaModel, generate, learn

FIXED, LONGEST, REFERENCE = 4.0, 6.0, 48
"""Seconds of the sounds of a fixed length, and of a recording that are compared; recordings compared with."""
BLOCK, SILENT, END = 0.02, -70.0, (0.05, 0.012)
"""Seconds of a block; dB below which it is silent; seconds before the end between which the end level is measured."""
HEADER = [
    "corpus",
    "events / textures",
    "sounds",
    "seconds",
    "loudest, dB",
    "end, dB",
    "centroid, Hz",
    "silent",
    "begin",
]
HEADER += ["KAD", "processor s"]
TEXT = """Medians of new sounds, after a slash the recordings' 10th and 90th percentile; **bold** is outside of these.
Loudest: the loudest 20 ms; end: the last 50 ms but 12 against it; silent: share of 20 ms blocks under -70 dB; begin:
recordings that one of the sounds begins with, of all; KAD: kernel audio distance x 100 (kernel.py) of the default to
the recordings (their first 6 s), of 4 s to recordings one after another up to 4 s."""


class Corpora(NamedTuple):
    """A corpus: its model, its recordings, and what is compared with."""

    model: SdaModel
    clips: Sequence[AudioClip]
    whole: torch.Tensor
    rows: torch.Tensor


def measures(clip: AudioClip) -> list[float]:
    """Seconds, dB of the loudest block, dB of the end against it, centroid in Hz, share of silent blocks."""
    samples, rate = clip.with_channels(1).samples[0].astype(float), clip.sample_rate
    block = min(round(BLOCK * rate), len(samples))
    level = decibels(samples[: len(samples) // block * block].reshape(-1, block))
    first, last = (round(seconds * rate) for seconds in END)
    end = decibels(samples[None, -first:-last])[0] - level.max() if len(samples) > 2 * first else np.nan
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    centroid = float((power * np.fft.rfftfreq(len(samples), 1 / rate)).sum() / (power.sum() + 1e-20))
    return [clip.seconds, level.max(), end, centroid, float((level < SILENT).mean())]


def one_after_another(clips: Sequence[AudioClip], seed: int) -> AudioClip:
    """Recordings in random order, one after another, cut after FIXED seconds."""
    chance, parts, length = np.random.default_rng(1000 + seed), [], 0
    rate, wanted = clips[0].sample_rate, round(FIXED * clips[0].sample_rate)
    while length < wanted:
        parts.append(clips[chance.integers(len(clips))].samples)
        length += parts[-1].shape[1]
    return AudioClip(np.ascontiguousarray(np.concatenate(parts, 1)[:, :wanted]), rate)


def corpus_of(folder: Path, models: Path) -> Corpora:
    """Read the recordings of a corpus, and read or make its model."""
    corpus, path = Corpus.from_folder(folder / "train"), models / f"{folder.name}.sda"
    if not path.exists():
        for _ in learn(corpus, Recipe.for_corpus(corpus, minutes=0), path, folder.name):
            pass
    model = SdaModel.load(path)
    clips = list(corpus.clips(model.sample_rate, 1))
    chosen = np.linspace(0, len(clips) - 1, min(REFERENCE, len(clips))).astype(int)
    whole = [clips[one].cut(round(LONGEST * model.sample_rate)) for one in chosen]
    return Corpora(model, clips, embed(whole), embed([one_after_another(clips, seed) for seed in range(REFERENCE)]))


def cells(found: np.ndarray, recorded: np.ndarray) -> Iterator[str]:
    """The median of every measure [sound, measure] with the inner 80 % of the recordings'."""
    middle, limits = np.nanmedian(found, 0), np.nanquantile(recorded, (0.1, 0.9), axis=0).T
    for form, one, (low, high) in zip(("{:.2f}", "{:.0f}", "{:.0f}", "{:.0f}"), middle, limits, strict=False):
        text, inside = form.format(one), low - 0.005 <= one <= high + 0.005
        yield f"{text if inside else f'**{text}**'} / {form.format(low)}…{form.format(high)}"
    yield f"{found[:, -1].mean():.2f} / {recorded[:, -1].mean():.2f}"


def rows(name: str, own: Corpora, sounds: int) -> Iterator[list[object]]:
    """A row for the default, and one for a fixed length."""
    parts, recorded = own.model.parts, np.array([measures(clip) for clip in own.clips])
    events = int(parts.events[parts.sounding].sum())
    generate(own.model, GenerateOptions(0.5))  # what is made once for a model
    for title, wish, reference in (("default", {}, own.whole), (f"{FIXED:g} s", {"seconds": FIXED}, own.rows)):
        began = time.process_time()
        takes = [generate(own.model, GenerateOptions(seed=seed, **wish)) for seed in range(sounds)]
        spent = (time.process_time() - began) / sounds
        distance = kernel_distance(reference, embed([take.clip for take in takes]))
        begun = len({take.sources[0].file for take in takes})
        found = np.array([measures(take.clip) for take in takes])
        kinds = f"{events} / {len(parts.sounding) - events}"
        yield [
            name,
            kinds,
            title,
            *cells(found, recorded),
            f"{begun} / {len(own.clips)}",
            f"{distance:.2f}",
            f"{spent:.3f}",
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("corpora", nargs="*", help="default: all in the folder")
    parser.add_argument("--models", type=Path, help="folder of models by the names of the corpora")
    parser.add_argument("--sounds", type=int, default=48)
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    names = options.corpora or sorted(one.parent.name for one in options.folder.glob("*/train"))
    found: list[list[object]] = []
    with tempfile.TemporaryDirectory() as place:
        for name in names:
            own = corpus_of(options.folder / name, options.models or Path(place))
            found += rows(name, own, options.sounds)
            print(table(HEADER, found[-2:]), flush=True)
    if options.write:
        title = "New sounds: events, textures and patterns"
        write_section("patterns", title, f"{TEXT}\n\n{options.sounds} sounds each.\n\n{table(HEADER, found)}")


if __name__ == "__main__":
    main()
