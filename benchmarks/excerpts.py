"""Are parts of own recordings recognized, and do they come back? And what does looking for them cost other sounds?

Cuts of a corpus' training files, 0.2 to 5 s long, are encoded and decoded at Source 1 with a model of the corpus:
    python benchmarks/excerpts.py /corpora/drums/train:drums.sda /corpora/texture/train:texture.sda [--write]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from report import table, write_section

from sda_lib import AudioClip, Corpus, SdaModel

SHORTEST, LONGEST, CUTS, SEED = 0.2, 5.0, 100, 1
# Cuts whose RMS is below this are left out: 16-bit recordings hold too little of them.
SILENT = 1e-3
CASES = ("start", "off the grid", "gain ±20 dB", "inverted", "cut in the file")
HEADER = ("corpus", "case", "cuts", "median dB", "95 % above", "worst dB", "file and place", "encode, CPU-ms")


def cuts(clips: Sequence[AudioClip], case: str, count: int) -> Iterator[tuple[AudioClip, int, AudioClip]]:
    """Yield `count` recordings, where they are cut, and the cuts."""
    generator, done = np.random.default_rng(SEED), 0
    while done < count:
        clip = clips[generator.integers(len(clips))]
        shortest, longest = (round(seconds * clip.sample_rate) for seconds in (SHORTEST, LONGEST))
        length = int(generator.integers(shortest, min(clip.length, longest) + 1))
        first = 0 if case == "start" else int(generator.integers(0, clip.length - length + 1))
        gain = {"gain ±20 dB": 10 ** (generator.uniform(-20, 20) / 20), "inverted": -1.0}.get(case, 1.0)
        part = clip.samples[:, first : first + length]
        if np.sqrt(np.square(part).mean()) > SILENT:
            done += 1
            yield clip, first, AudioClip(part * np.float32(gain), clip.sample_rate, clip.name)


def ratio(wanted: np.ndarray, found: np.ndarray) -> float:
    """The ratio in dB of samples to their difference from others."""
    return float(10 * np.log10(np.square(wanted).sum() / (np.square(wanted - found).sum() + 1e-20)))


def measured(name: str, model: SdaModel, folder: Path, case: str, count: int) -> list[object]:
    """A row of the table: cuts of the mix at the model's rate, or of the file at its own."""
    channels, known = model.recipe.audio.channels, {piece.name for piece in model.memory.pieces}
    files = [AudioClip.read(item.path).with_channels(channels) for item in Corpus.from_folder(folder).items]
    clips = [AudioClip.of(one if case == CASES[-1] else one.resampled(model.sample_rate)) for one in files]
    clips = [clip for clip in clips if clip.name in known and clip.seconds >= SHORTEST + 0.05]
    if not clips:
        return [name, case, 0]
    ratios, places, spent = [], 0, 0.0
    model.encode(clips[0])
    for clip, first, cut in cuts(clips, case, count):
        began = time.process_time()
        codes = model.encode(cut)
        spent += time.process_time() - began
        wanted, found = cut.resampled(model.sample_rate).samples, model.decode(codes).samples
        edge = 0 if clip.sample_rate == model.sample_rate else 240  # resampled without what surrounds the cut
        inside = slice(edge, wanted.shape[1] - edge)
        ratios.append(ratio(wanted[:, inside], found[:, inside]))
        excerpt = model.excerpt(codes)
        if excerpt is not None and excerpt.file == clip.name:
            places += abs(excerpt.start - first / clip.sample_rate) < 1e-4
    low, middle = np.quantile(ratios, (0.05, 0.5))
    figures = [f"{one:.0f}" for one in (middle, low, min(ratios))]
    return [name, case, count, *figures, f"{places / count:.0%}", f"{1000 * spent / count:.1f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", nargs="+", help="FOLDER:MODEL, the training files of a corpus and a model of them")
    parser.add_argument("--cuts", type=int, default=CUTS)
    parser.add_argument("--write", action="store_true", help="replace the section of docs/BENCHMARKS.md")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    for corpus in arguments.corpora:
        folder, path = map(Path, corpus.rsplit(":", 1))
        model = SdaModel.load(path)
        for case in CASES:
            rows.append(measured(path.stem, model, folder, case, arguments.cuts))
            print(*rows[-1], flush=True)
    text = table(list(HEADER), rows)
    print(text)
    if arguments.write:
        note = (
            f"`python benchmarks/excerpts.py FOLDER:MODEL … --write`. Cuts of {SHORTEST:g} to {LONGEST:g} s of "
            "training files at the model's rate, in the last case of the file at its own rate (compared without 5 ms "
            "at either end, where the cut was resampled without its surroundings). Ratio of a cut to its difference "
            "from what is decoded at Source 1, in dB; the share whose file and place are named (where a sound is "
            f"repeated in its file, another repetition may be). Seed {SEED}, one thread."
        )
        write_section("excerpts", "Parts of own recordings", f"{note}\n\n{text}")


if __name__ == "__main__":
    main()
