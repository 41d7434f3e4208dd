"""Does silence around recordings change what a model learns?

    OMP_NUM_THREADS=1 python benchmarks/padding.py FOLDER drums notes speech --write

FOLDER/NAME/train holds the recordings of each corpus (corpora.py). Trains in closed form on some of them as they are,
and with silence before and behind each, and compares both models. Needs the package that kernel.py names.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
import torch
from kernel import embed, kernel_distance
from report import table, write_section

from sda_lib import AudioClip, Corpus, GenerateOptions, Recipe, SdaModel, generate, learn
from sda_lib.training.encoding import encode_sounds
from sda_lib.training.segments import CorpusSound

BEFORE, BEHIND = 1.5, 2.0
"""Seconds of silence before and behind each recording."""
LONGEST, SILENT, ONSET = 6.0, -70.0, -30.0
"""Seconds of a recording that are compared; dB below which 10 ms are silent; dB below the loudest 10 ms that begin a
sound."""
LENGTHS = ("auto", 1.0, 4.0)
HEADER = ["corpus", "recordings", "hop", "codes", "held-out mel", "own recording, dB"]
HEADER += [f"{fact}, {length}" for fact in ("silent", "begins, s", "KAD") for length in ("auto", "1 s", "4 s")]
TEXT = f"""Models of the same recordings as they are, and with {BEFORE:g} s of silence before and {BEHIND:g} s behind
each. Hop and codes are those that the corpus suggests. Held-out mel: of the held-out recordings without the added
silence. Own recording: largest difference of a recording of the training from what its codes decode to, below full
scale. Of new sounds: mean share of 10 ms below {SILENT:g} dB, latest beginning of a sound ({-ONSET:g} dB below its
loudest 10 ms), and kernel audio distance x 100 (kernel.py) to the recordings without the added silence."""


def copied(sounds: Sequence[Path], folder: Path, before: float = 0.0, behind: float = 0.0) -> Path:
    """Write recordings into a folder, with seconds of silence around each."""
    folder.mkdir(parents=True)
    for path in sounds:
        samples, rate = soundfile.read(path, always_2d=True)
        edges = ((round(before * rate), round(behind * rate)), (0, 0))
        soundfile.write(folder / f"{path.stem}.wav", np.pad(samples, edges), rate, subtype="PCM_16")
    return folder


def levels(clip: AudioClip) -> np.ndarray:
    """The level of every 10 ms of a sound in dB."""
    size = clip.sample_rate // 100
    peaks = np.abs(clip.samples).max(0)
    return 20 * np.log10(peaks[: len(peaks) // size * size].reshape(-1, size).max(1) + 1e-9)


@torch.no_grad()
def held_out_distance(model: SdaModel, clips: Sequence[AudioClip]) -> float:
    """The mean mel distance of the held-out ones among recordings."""
    names = set(model.header["held_out"])
    sounds = [CorpusSound.of(clip) for clip in clips if clip.name in names]
    return float(np.mean([one.distance(model.codec) for one in encode_sounds(model.codec, sounds)]))


def worst_difference(model: SdaModel, clips: Sequence[AudioClip]) -> float:
    """The largest difference of some recordings from what their codes decode to, in dB."""
    worst = max(float(np.abs(model.decode(model.encode(one)).samples - one.samples).max()) for one in clips)
    return 20 * float(np.log10(worst + 1e-9))


def row(name: str, folder: Path, plain: Path, sounds: int) -> list[object]:
    """A row of the table: a model of the recordings in a folder, compared with those of `plain`."""
    corpus, path = Corpus.from_folder(folder), folder.with_suffix(".sda")
    for _ in learn(corpus, Recipe.for_corpus(corpus, minutes=0), path, folder.name):
        pass
    model = SdaModel.load(path)
    clips = list(Corpus.from_folder(plain).clips(model.sample_rate, 1))
    reference = embed([clip.cut(round(LONGEST * model.sample_rate)) for clip in clips])
    facts: list[list[str]] = []
    for length in LENGTHS:
        made = [generate(model, GenerateOptions(length, seed=seed)).clip for seed in range(sounds)]
        found = [levels(clip) for clip in made]
        begins = [int(np.flatnonzero(one > one.max() + ONSET)[0]) / 100 for one in found]
        silent = float(np.mean([(one < SILENT).mean() for one in found]))
        facts.append([f"{silent:.0%}", f"{max(begins):.2f}", f"{kernel_distance(reference, embed(made)):.2f}"])
    own = worst_difference(model, list(corpus.clips(model.sample_rate, model.recipe.audio.channels))[:4])
    figures = [f"{held_out_distance(model, clips):.3f}", f"{own:.0f}"]
    return [
        name,
        folder.name,
        model.hop,
        model.codebook_size,
        *figures,
        *(one for kind in zip(*facts, strict=True) for one in kind),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("corpora", nargs="+")
    parser.add_argument("--recordings", type=int, default=24, help="how many of each corpus")
    parser.add_argument("--sounds", type=int, default=16, help="new sounds of each length")
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    found: list[list[object]] = []
    for name in options.corpora:
        with tempfile.TemporaryDirectory() as place:
            chosen = sorted((options.folder / name / "train").iterdir())[: options.recordings]
            plain = copied(chosen, Path(place, "as they are"))
            padded = copied(chosen, Path(place, "in silence"), BEFORE, BEHIND)
            found += [row(name, folder, plain, options.sounds) for folder in (plain, padded)]
        print(table(HEADER, found[-2:]), flush=True)
    if options.write:
        head = f"{options.recordings} recordings and {options.sounds} new sounds of each length."
        write_section("padding", "Silence around recordings", f"{TEXT}\n\n{head}\n\n{table(HEADER, found)}")


if __name__ == "__main__":
    main()
