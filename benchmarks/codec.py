"""How well and how fast the codec plays: held-out mel distance, own sounds, decoding, editing, training threads.

    python benchmarks/codec.py CORPORA --sets fifty drums --minutes 1 --write

CORPORA is what benchmarks/corpora.py made: one folder per set, with train and held_out inside.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from report import table, write_section

from sda_lib import AudioClip, Corpus, Recipe, SdaModel, edit, learn, read_clip
from sda_lib.models.losses import mel_distance, si_sdr

REPEATS = 9


def milliseconds(act: Callable[[], object]) -> float:
    """Median processor time of one thread, after one call that is not counted."""
    act()
    spent = []
    for _ in range(REPEATS):
        began = time.process_time()
        act()
        spent.append(time.process_time() - began)
    return 1000 * statistics.median(spent)


def distance(model: SdaModel, clips: tuple[AudioClip, ...], amount: float) -> float:
    """Mean mel distance of clips from what they become by way of their codes."""
    found = []
    for clip in clips:
        clip = clip.resampled(model.sample_rate)
        decoded = model.decode(model.encode(clip), amount)
        found.append(mel_distance(clip, dataclasses.replace(decoded, samples=decoded.samples[:, : clip.length])))
    return statistics.mean(found)


def trained(folder: Path, minutes: float, path: Path) -> SdaModel:
    """A model of a folder, by the defaults."""
    corpus = Corpus.from_folder(folder)
    for _ in learn(corpus, Recipe.for_corpus(corpus, minutes=minutes), path, folder.parent.name):
        pass
    return SdaModel.load(path)


def quality(corpora: Path, name: str, minutes: float, folder: Path) -> list[list[object]]:
    """Rows of the first table: the closed form, and the same after some minutes."""
    train, held_out = (Corpus.from_folder(corpora / name / part).clips(44100, 2) for part in ("train", "held_out"))
    rows = []
    for budget in (0.0, minutes):
        model = trained(corpora / name / "train", budget, folder / f"{name}.sda")
        codec, metrics = model.recipe.codec, model.metrics
        own = [si_sdr(clip.resampled(model.sample_rate).with_channels(2), play(model, clip)) for clip in train]
        rate = model.levels * torch.tensor(model.codebook_size).log2().item() * model.frame_rate / 1000
        rows.append(
            [
                name,
                f"{codec.levels} x {codec.codebook_size}, hop {codec.hop}, {model.recipe.audio.channels} ch",
                f"{rate:.1f}",
                f"{metrics['seconds']:.1f} s, {metrics['steps']:.0f} steps",
                f"{distance(model, held_out, 1.0):.3f}",
                f"{distance(model, held_out, 0.0):.3f}",
                f"{distance(model, train[::5], 0.0):.3f}",
                f"{min(own):.0f} / {statistics.median(own):.0f}",
                f"{100 * metrics['utilization']:.0f} %, {metrics['perplexity']:.0f}",
            ]
        )
        print(*rows[-1], sep=" | ", flush=True)
    return rows


def play(model: SdaModel, clip: AudioClip) -> AudioClip:
    """A clip there and back, in two channels."""
    return model.decode(model.encode(clip)).with_channels(2)


def speed(model: SdaModel, clip: AudioClip) -> list[list[object]]:
    """Rows of the second table, on one thread."""
    torch.set_num_threads(1)
    codes = model.encode(clip)
    middle = codes.frames // 2
    changed = edit(codes, "randomize", seed=1, frames=(middle, middle + 1))
    before = model.decode(codes)
    acts = {
        "encode": lambda: model.encode(clip),
        "decode, Source 1": lambda: model.decode(codes),
        "decode, Source 0": lambda: model.decode(codes, 0.0),
        "decode an edited cell alone": lambda: model.redecode(changed, codes, before),
    }
    found = {name: milliseconds(act) for name, act in acts.items()}
    return [[name, f"{spent:.0f}", f"{spent / 1000 / clip.seconds:.4f}"] for name, spent in found.items()]


QUALITY = """Mean multi-scale mel distance (`sda_lib.models.losses.mel_distance`, lower is better) of files that the
model never saw, by way of their codes; own files by way of their codes at Source 1 as SI-SDR (worst / median, dB).
Default recipes, one seed; the time budget counts everything from reading the files on. The state that is kept is
chosen by other files, taken out of the training folder."""
TUNED = """The side weight, the trust in grains and their cap, and the linear decoder's context were chosen by
looking at the held-out files of `fifty`, `drums` and `texture`, so these rows flatter a little."""
UNTUNED = "No setting was chosen by looking at this corpus."
SPEED = "Processor time of one thread, median of {repeats}; a stereo sound of {seconds:.1f} s and the model `{name}`."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--sets", nargs="+", default=["fifty", "drums"])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--model", type=Path, default=Path("data/models/demo.sda"))
    parser.add_argument("--sound", type=Path, default=Path("data/demo/guit_e_fifths.flac"))
    parser.add_argument("--untuned", action="store_true", help="a table of its own, for sets that chose no setting")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/BENCHMARKS.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = [row for name in options.sets for row in quality(options.corpora, name, options.minutes, Path(folder))]
    header = ["corpus", "codes", "kbit/s", "training", "held out, Source 1", "held out, Source 0"]
    header += ["trained on, Source 0", "own files, dB", "codes used, perplexity"]
    first = f"{QUALITY} {UNTUNED if options.untuned else TUNED}\n\n{table(header, rows)}"
    model, clip = SdaModel.load(options.model), read_clip(options.sound)
    timed = table(["act", "ms", "x real time"], speed(model, clip))
    second = f"{SPEED.format(repeats=REPEATS, seconds=clip.seconds, name=model.name)}\n\n{timed}"
    print(second)
    if options.write:
        if options.untuned:
            write_section("codec-untuned", "Codec: quality on a corpus that chose no setting", first)
        else:
            write_section("codec-quality", "Codec: quality", first)
        write_section("codec-speed", "Codec: speed", second)


if __name__ == "__main__":
    main()
