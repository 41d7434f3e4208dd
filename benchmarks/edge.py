"""Do corpora at the edges train with the defaults: five tiny sounds, one short file, 500 one-shots, an hour of audio?

    OMP_NUM_THREADS=1 python benchmarks/edge.py CORPORA --minutes 0.3 --write

Makes the corpora out of CORPORA/all (benchmarks/corpora.py), trains each through the command line in a process of its
own, plays some of its files and lets it generate.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import soundfile
import soxr
import torch
from report import table, write_section
from scores import utilization

from sda_lib import AudioClip, Corpus, GenerateOptions, SdaModel, generate, read_clip
from sda_lib.codec.losses import si_sdr

RATE = 44100
SAMPLED, SAMPLED_SECONDS = 12, 30.0
"""How many own files are played, evenly spread, and how much of each at most."""
CROSSFADE = round(0.02 * RATE)
GAIN_DB = 9.0


def sounds(corpora: Path) -> list[np.ndarray]:
    """All training sounds as mono samples at 44.1 kHz."""
    return [clip.samples[0] for clip in Corpus.from_folder(corpora / "all" / "train").clips(RATE, 1)]


def five_tiny(found: Sequence[np.ndarray], folder: Path, rng: np.random.Generator) -> None:
    """The first tenth of a second of five sounds."""
    for number, index in enumerate(rng.choice(len(found), 5, replace=False)):
        soundfile.write(folder / f"tiny_{number}.wav", found[index][: RATE // 10], RATE)


def one_short(found: Sequence[np.ndarray], folder: Path, rng: np.random.Generator) -> None:
    """Two seconds of one sound."""
    long = [sound for sound in found if len(sound) >= 2 * RATE]
    soundfile.write(folder / "one.wav", long[rng.integers(len(long))][: 2 * RATE], RATE)


def five_hundred(found: Sequence[np.ndarray], folder: Path, rng: np.random.Generator, count: int = 500) -> None:
    """One-shots of 0.2 to 0.6 s: places in the sounds, at 0.7 to 1.4 times their speed, faded out."""
    for number in range(count):
        sound, speed = found[rng.integers(len(found))], rng.uniform(0.7, 1.4)
        length = round(rng.uniform(0.2, 0.6) * RATE)
        taken = int(length * speed) + 1
        begin = rng.integers(max(1, len(sound) - taken)) if rng.random() < 0.5 else 0
        shot = soxr.resample(sound[begin : begin + taken], RATE * speed, RATE)[:length]
        fade = min(len(shot), RATE // 50)
        shot[len(shot) - fade :] *= np.linspace(1, 0, fade, dtype=shot.dtype)
        peak = np.abs(shot).max()
        if peak > 0:
            shot *= rng.uniform(0.2, 0.9) / peak
        soundfile.write(folder / f"shot_{number:03}.wav", shot, RATE)


def two_half_hours(found: Sequence[np.ndarray], folder: Path, rng: np.random.Generator) -> None:
    """Two files of thirty minutes: sounds in random order, at random levels, crossfaded."""
    for number in range(2):
        tape, place = np.zeros(30 * 60 * RATE, dtype=np.float32), 0
        rise = np.linspace(0, 1, CROSSFADE, dtype=np.float32)
        while place < len(tape):
            sound = found[rng.integers(len(found))] * np.float32(10 ** (rng.uniform(-GAIN_DB, 0) / 20))
            if len(sound) < 2 * CROSSFADE:
                continue
            sound[:CROSSFADE] *= rise
            sound[-CROSSFADE:] *= rise[::-1]
            end = min(len(tape), place + len(sound))
            tape[place:end] += sound[: end - place]
            place += len(sound) - CROSSFADE
        soundfile.write(folder / f"tape_{number}.flac", np.clip(tape, -1, 1), RATE)


CASES: dict[str, tuple[str, Callable[[Sequence[np.ndarray], Path, np.random.Generator], None]]] = {
    "tiny": ("five one-shots of 0.1 s", five_tiny),
    "short": ("one file of 2 s", one_short),
    "many": ("500 one-shots", five_hundred),
    "long": ("2 files of 30 min", two_half_hours),
}


def train(folder: Path, out: Path, minutes: float, settings: Sequence[str]) -> tuple[float, float, float]:
    """`sda train` in a process of its own: wall-clock and processor seconds, largest memory in MB."""
    command = [sys.executable, "-m", "sda_lib", "train", str(folder), "--minutes", str(minutes), "--out", str(out)]
    command += [word for pair in settings for word in ("--set", pair)]
    began = time.monotonic()
    child = subprocess.Popen([*command, "--force"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)}\n{said}")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def own_distances(model: SdaModel, folder: Path) -> list[float]:
    """SI-SDR in dB of some of the corpus' files by way of their codes, at Source 1."""
    files = sorted(folder.iterdir())
    found = []
    for file in files[:: -(-len(files) // SAMPLED)]:
        clip = read_clip(file).with_channels(model.recipe.audio.channels).resampled(model.sample_rate)
        clip = AudioClip(clip.samples[:, : round(SAMPLED_SECONDS * clip.sample_rate)], clip.sample_rate)
        found.append(si_sdr(clip, model.decode(model.encode(clip))))
    return found


def generated(model: SdaModel) -> str:
    """Whether two seconds can be generated, of exact length and not silent."""
    clip = generate(model, GenerateOptions(seconds=2.0)).clip
    loud = 20 * np.log10(max(float(np.sqrt(np.mean(clip.samples**2))), 1e-9))
    return f"{clip.seconds:.2f} s, {loud:.0f} dB"


def row(case: str, corpora: Path, place: Path, minutes: float, settings: Sequence[str]) -> list[object]:
    title, make = CASES[case]
    folder = place / case
    folder.mkdir()
    make(sounds(corpora), folder, np.random.default_rng(0))
    path = place / f"{case}.sda"
    wall, processor, memory = train(folder, path, minutes, settings)
    model = SdaModel.load(path)
    own, metrics = own_distances(model, folder), model.metrics
    kept = sum(model.memory.lengths) / model.frame_rate if model.memory else 0.0
    return [
        title,
        f"{model.levels} x {model.codebook_size}, hop {model.hop}",
        f"{metrics['steps']:.0f}",
        f"{wall:.0f} / {processor:.0f}",
        f"{memory:.0f}",
        f"{metrics['held_out_start']:.2f} -> {metrics['held_out']:.2f}",
        f"{100 * utilization(model.usage).min():.0f}",
        f"{min(own):.0f} / {statistics.median(own):.0f} ({len(own)})",
        f"{path.stat().st_size / 1e6:.1f}, {kept / 60:.1f} min",
        generated(model),
    ]


HEADER = ["corpus", "codes", "steps", "wall / processor, s", "peak memory, MB", "held out, mel", "least codes used, %"]
HEADER += ["own files, dB", ".sda, MB, memory", "generated"]
TEXT = """`sda train FOLDER --minutes {minutes:g}` with the defaults, in a process of its own, sliders and all, and the
largest resident memory of it. Held out: the training's own look at its closed form and at what it kept. Least codes
used: the level that uses the smallest share of its codes. Own files: SI-SDR at Source 1, worst / median (how many were
played, up to 30 s of each; what the memory had no room for can't come back). Real sounds of the `all` corpus, cut, sped
up or down, or strung together. One seed."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--minutes", type=float, default=0.3)
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help="numbers of the recipe")
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for case in options.cases:
            rows.append(row(case, options.corpora, Path(place), options.minutes, options.set))
            print(*rows[-1], sep=" | ", flush=True)
    text = f"{TEXT.format(minutes=options.minutes)}\n\n{table(HEADER, rows)}"
    print(f"\n{text}")
    if options.write:
        write_section("edge", "Corpora at the edges", text)


if __name__ == "__main__":
    main()
