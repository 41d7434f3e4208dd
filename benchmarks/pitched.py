"""Do sustained notes keep their pitch and their steady partials?

    OMP_NUM_THREADS=1 python benchmarks/pitched.py FOLDER --budget 60 --write

Makes FOLDER/pitched/{train,held_out} unless they are there: two-second notes of twelve instruments (see rendered.py for
what has to be installed), without reverberation and chorus, mono. Every sixth note in name order is held out. The
soundfont loops its samples and shifts each over a few keys, so neighboring notes can be one recording at two speeds,
and some are steadier than any player.
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

import librosa
import numpy as np
import soundfile
import torch
from corpora import HELD_OUT_EVERY
from rendered import RATE, SOUNDFONT, Note, played
from report import table, write_section
from tasks import Task, through, trained

from benchmarks.realism import partial_modulation
from sda_lib import AudioClip, Corpus, Recipe

INSTRUMENTS = {
    "piano": (0, 36),
    "organ": (19, 40),
    "guitar": (24, 40),
    "violin": (40, 55),
    "viola": (41, 48),
    "cello": (42, 36),
    "trumpet": (56, 54),
    "trombone": (57, 40),
    "horn": (60, 41),
    "oboe": (68, 58),
    "clarinet": (71, 50),
    "flute": (73, 60),
}
"""General MIDI program (from 0) and lowest key of each."""
NOTES, INTERVAL, VELOCITY = 7, 4, 96
HELD, LENGTH, SPACING = 1600, 2000, 4000
"""Milliseconds: a key held, a note kept, from one note to the next."""
SUSTAINED = (0.25, 1.4)
"""Seconds of a note in which its pitch is measured."""
YIN_WINDOW, YIN_STEP, YIN_SPAN = 4096, 512, 2.2
"""The pitch is looked for up to this factor above and below the one that was played."""
NEAR_HELD_OUT, NEAR_OWN = 50.0, 5.0
SOURCES = (1.0, 0.5, 0.0)


def score() -> list[Note]:
    """Return every note; the names sort by instrument and pitch."""
    return [
        Note(f"{name}_{key:03}", program, (key,), VELOCITY, HELD, LENGTH)
        for name, (program, lowest) in sorted(INSTRUMENTS.items())
        for key in range(lowest, lowest + NOTES * INTERVAL, INTERVAL)
    ]


def render(folder: Path, soundfont: Path) -> None:
    """Write the notes into folder/train and folder/held_out. Raises SdaError when tool or soundfont is missing."""
    for number, (name, samples) in enumerate(played(score(), SPACING, soundfont)):
        part = "held_out" if number % HELD_OUT_EVERY == HELD_OUT_EVERY - 1 else "train"
        (folder / part).mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / part / f"{name}.flac", samples.mean(0), RATE)


def pitch(clip: AudioClip, near: float) -> float:
    """Median fundamental in Hz while the note is held, looked for around a frequency (YIN)."""
    samples = clip.with_channels(1).resampled(RATE).samples[0]
    held = samples[round(SUSTAINED[0] * RATE) : round(SUSTAINED[1] * RATE)]
    found = librosa.yin(
        held,
        fmin=near / YIN_SPAN,
        fmax=near * YIN_SPAN,
        sr=RATE,
        frame_length=YIN_WINDOW,
        hop_length=YIN_STEP,
        center=False,
    )
    return float(np.median(found))


def cents_off(clip: AudioClip, decoded: AudioClip) -> float:
    """How many cents the decoded note's pitch is from the original's, without sign."""
    played = 440.0 * 2 ** ((int(clip.name.rsplit("_", 1)[1]) - 69) / 12)
    return abs(1200 * math.log2(pitch(decoded, played) / pitch(clip, played)))


def modulation_row(clips: Sequence[AudioClip], decoded: Sequence[AudioClip]) -> list[str]:
    """Fast modulation of the partials in dB, decoded and original, and the ratio of the two means."""
    pairs = [
        (partial_modulation(other, clip), partial_modulation(clip)) for clip, other in zip(clips, decoded, strict=True)
    ]
    pairs = [pair for pair in pairs if not any(map(math.isnan, pair))]
    ours, theirs = (statistics.mean(column) for column in zip(*pairs, strict=True))
    return [f"{ours:.2f} ({len(pairs)})", f"{theirs:.2f}", f"{ours / theirs:.2f}"]


def pitch_row(clips: Sequence[AudioClip], decoded: Sequence[AudioClip], near: float) -> list[str]:
    cents = [cents_off(clip, other) for clip, other in zip(clips, decoded, strict=True)]
    share = sum(one <= near for one in cents) / len(cents)
    return [f"{100 * share:.0f} % within {near:g}", f"{statistics.median(cents):.1f} / {max(cents):.1f}"]


def rows(task: Task, budget: float, path: Path) -> list[list[object]]:
    corpus, found = Corpus.from_folder(task.folder / "train"), []
    for seconds in (0.0, budget):
        recipe = Recipe.for_corpus(corpus, minutes=seconds / 60).override(audio__channels=1, train__threads=1)
        model, spent = trained(task, recipe, path)
        codec = f"{model.levels} x {model.codebook_size}, hop {model.hop}"
        label = [codec, f"{spent.total:.1f} s, {model.metrics['steps']:.0f} steps"]
        for name, clips, near in (("held out", task.reference.clips, NEAR_HELD_OUT), ("own", task.train, NEAR_OWN)):
            for source in SOURCES:
                decoded = through(model, clips, source)
                mel = task.reference.score(decoded).cells()[0] if name == "held out" else "–"
                measured = [*modulation_row(clips, decoded), *pitch_row(clips, decoded, near)]
                found.append([*label, f"{name} ({len(clips)})", f"{source:g}", mel, *measured])
                print(*found[-1], sep=" | ", flush=True)
    return found


HEADER = ["codes", "fitted for", "notes", "Source", "mel", "modulation, dB", "original", "ratio"]
HEADER += ["pitch, cents", "median / worst, cents"]
TEXT = """Two-second notes of twelve instruments (fluidsynth, FluidR3 soundfont: recorded samples, MIT), mono, one
thread, one seed. Modulation: fast level modulation of the strongest partials (`benchmarks.realism`), decoded and
original, means over the notes in which it finds a sustained part (their number in brackets), and the ratio of the
means. Pitch: median YIN fundamental from 0.25 to 1.4 s against the original's."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--budget", type=float, default=60.0, help="seconds of processor time for training")
    parser.add_argument("--soundfont", type=Path, default=SOUNDFONT)
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if not (options.folder / "pitched").exists():
        render(options.folder / "pitched", options.soundfont)
    task = Task.of(options.folder, "pitched", with_kad=False)
    with tempfile.TemporaryDirectory() as place:
        text = f"{TEXT}\n\n{table(HEADER, rows(task, options.budget, Path(place) / 'pitched.sda'))}"
    print(f"\n{text}")
    if options.write:
        write_section("pitched", "Codec: sustained notes", text)


if __name__ == "__main__":
    main()
