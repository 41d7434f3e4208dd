"""Hours of sound: memory, time and quality of the closed form, fitted to all frames at once, to some, or to a stream.

    OMP_NUM_THREADS=1 python benchmarks/hours.py fits FOLDER --hours 1 3 --write
    OMP_NUM_THREADS=1 python benchmarks/hours.py recordings FOLDER --corpora CORPORA --write
    OMP_NUM_THREADS=1 python benchmarks/hours.py trainings FOLDER --hours 1 3 --write
    OMP_NUM_THREADS=1 python benchmarks/hours.py samples FOLDER --hours 10 --write

`fits` makes hours of procedural sounds and fits a codec to them in processes of their own; `recordings` does so with
the recordings of all CORPORA (benchmarks/corpora.py) together, and with a base; `trainings` writes procedural sounds as
files and makes the model of the folder in closed form, memory and all; `samples` fits a codec to more or less of the
corpus of benchmarks/hours_corpus.py. FOLDER keeps the sounds, and figures in
hours.json, so that a run which was stopped continues.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from corpora import KINDS
from hours_corpus import made as made_corpus
from report import table, write_section

from sda_lib import Corpus, Recipe, learn
from sda_lib.audio.clip import AudioClip
from sda_lib.base.base import BASES, load_base
from sda_lib.codec.codec import Codec
from sda_lib.export.finish import Delivery
from sda_lib.export.write import write_clip
from sda_lib.synthesis.synthesize import synthesize
from sda_lib.training import base_start, closed_form
from sda_lib.training.base_start import fit_from_base
from sda_lib.training.closed_form import fit_codec, fit_noise, fit_transients
from sda_lib.training.encoding import encode_sounds, weighted_ranges
from sda_lib.training.segments import CorpusSound
from sda_lib.training.setup import TrainingSetup

RATE = 48000
SECONDS = (0.5, 12.0)
"""Shortest and longest sound."""
HELD_OUT, HELD_OUT_SEED, HELD_OUT_SECONDS = 60, 1, 4.0
EVERYTHING, BASE = 1e9, "base, own decoder"
WAYS = {
    "600 s, at once": (600.0, 0.0),
    "streamed, 20 min": (0.0, 1200.0),
    "streamed, 1 h": (0.0, 3600.0),
    "streamed, all": (0.0, EVERYTHING),
    "all, at once": (EVERYTHING, 0.0),
    BASE: (EVERYTHING, 0.0),
}
"""Seconds that are fitted to all at once, and that are streamed, by what the table calls it."""
SAMPLES = {
    "base, 10 min": (True, 600.0),
    "base, 30 min": (True, 1800.0),
    "own sounds, 30 min": (False, 1800.0),
    "own sounds, 2 h": (False, 7200.0),
}
"""Whether a fit starts from the base, and seconds of sound that are fitted, by what the table calls it."""
Figures = dict[str, float]


def made(seed: int) -> Iterator[CorpusSound]:
    """Procedural sounds without end."""
    for _, clip in synthesize(1_000_000, seed, None, RATE, seconds=SECONDS):
        yield CorpusSound.of(clip)


def first_hours(sounds: Iterator[CorpusSound], hours: float) -> Iterator[CorpusSound]:
    """Sounds until there are that many hours of them."""
    left = 3600 * hours
    for sound in sounds:
        yield sound
        left -= sound.seconds
        if left <= 0:
            return


def kept(folder: Path, hours: float) -> list[CorpusSound]:
    """Sounds of these hours, made once and kept as 16-bit samples beside their lengths and gains."""
    samples, facts = folder / f"{hours:g}.npy", folder / f"{hours:g}.json"
    if not facts.exists():
        folder.mkdir(parents=True, exist_ok=True)
        sounds = list(first_hours(made(0), hours))
        np.save(samples, np.concatenate([one.pcm for one in sounds], 1))
        facts.write_text(json.dumps([[one.name, one.length, one.gain] for one in sounds]))
    pcm, found, begin = np.load(samples), [], 0
    for name, length, gain in json.loads(facts.read_text()):
        found.append(CorpusSound(name, pcm[:, begin : begin + length], gain, RATE))
        begin += length
    return found


def peak_memory() -> float:
    """Most MB of memory that this process has had since `forget_peak` (Linux)."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def forget_peak() -> None:
    """Let `peak_memory` count from now on."""
    Path("/proc/self/clear_refs").write_text("5")


def recipe() -> Recipe:
    return Recipe().override(audio__channels=1, audio__sample_rate=RATE)


def one_fit(options: argparse.Namespace, hours: float, way: str) -> Figures:
    """Fit a codec to procedural sounds and measure it on sounds of another seed."""
    unheard = [one for _, one in zip(range(HELD_OUT), made(HELD_OUT_SEED), strict=False)]
    return measured(kept(options.folder, hours), unheard, way)


def of_recordings(options: argparse.Namespace, hours: float, way: str) -> Figures:
    """Fit a codec to the recordings of all corpora and measure it on some that they hold out."""
    sounds, unheard = (recordings(options.corpora, part) for part in ("train", "held_out"))
    spread = [one.part(0, round(HELD_OUT_SECONDS * RATE)) for one in unheard[:: -(-len(unheard) // HELD_OUT)]]
    return measured(sounds, spread, way)


def recordings(corpora: Path, part: str) -> list[CorpusSound]:
    """The recordings of a part of all corpora, each once."""
    folders = (corpora / name / part for name in KINDS if name not in ("all", "fifty") and (corpora / name).exists())
    return [one for folder in folders for one in CorpusSound.of_corpus(Corpus.from_folder(folder), recipe().audio)]


@torch.no_grad()
def measured(sounds: list[CorpusSound], unheard: list[CorpusSound], way: str) -> Figures:
    """Fit a codec to sounds in one of WAYS and measure it on unheard ones."""
    at_once, streamed = WAYS[way]
    torch.set_num_threads(1)
    torch.manual_seed(0)
    codec = Codec(recipe().audio, recipe().codec)
    if 0 < at_once < EVERYTHING:
        sounds, at_once = [part.cut(codec) for part in weighted_ranges(codec, sounds, at_once)], EVERYTHING
    forget_peak()
    before, began = peak_memory(), time.process_time()
    with (
        mock.patch.object(closed_form, "FITTED_SECONDS", at_once),
        mock.patch.object(closed_form, "STREAMED_SECONDS", streamed),
    ):
        if way == BASE:
            codec = Codec(*BASES["long-mono"])
            fit_from_base(codec, load_base("long-mono"), sounds)
        else:
            fit_codec(codec, sounds, 0)
    spent, peak = time.process_time() - began, peak_memory()
    return {"more": peak - before, "seconds": spent, "mel": distance(codec, sounds, unheard)}


def distance(codec: Codec, sounds: Sequence[CorpusSound], unheard: Sequence[CorpusSound]) -> float:
    """The mean mel distance of unheard sounds from themselves, decoded by a codec that was fitted to others."""
    fit_noise(codec, sounds, unheard[::2])
    fit_transients(codec, unheard[::2])
    return statistics.mean(one.distance(codec) for one in encode_sounds(codec, unheard))


@torch.no_grad()
def one_sample(options: argparse.Namespace, hours: float, way: str) -> Figures:
    """Fit a codec to some of a long corpus and measure it on files that are held out."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    setup = TrainingSetup.from_corpus(Corpus.from_folder(made_corpus(options.folder, 60 * hours)), recipe(), "hours")
    unheard = [one.part(0, round(HELD_OUT_SECONDS * RATE)) for one in setup.held_out]
    from_base, fitted = SAMPLES[way]
    began = time.process_time()
    with (
        mock.patch.object(base_start, "FITTED_SECONDS", fitted),
        mock.patch.object(closed_form, "STREAMED_SECONDS", fitted),
    ):
        if from_base:
            codec = Codec(*BASES["long-mono"])
            fit_from_base(codec, load_base("long-mono"), setup.train)
        else:
            codec = setup.codec
            fit_codec(codec, setup.train, 0)
    spent = time.process_time() - began
    return {"seconds": spent, "mel": distance(codec, setup.train, unheard[:: -(-len(unheard) // HELD_OUT)])}


def one_training(options: argparse.Namespace, hours: float, way: str) -> Figures:
    """Make the model of a folder of files in closed form."""
    folder = options.folder
    files = folder / f"files-{hours:g}"
    if not files.exists():
        files.mkdir(parents=True)
        for sound in first_hours(made(0), hours):
            clip = AudioClip(sound.clip.samples, RATE, sound.name)
            write_clip(clip, files / f"{sound.name}.flac", Delivery(ceiling_db=0), {})
    torch.set_num_threads(1)
    forget_peak()
    began, clock = time.process_time(), time.monotonic()
    corpus = Corpus.from_folder(files)
    settings = Recipe.for_corpus(corpus, minutes=0).override(train__threads=1, audio__channels=1)
    events = list(learn(corpus, settings, folder / "model.sda", "hours"))
    assert events[-1].kind == "done"
    spent = time.process_time() - began
    return {
        "peak": peak_memory(),
        "seconds": spent,
        "clock": time.monotonic() - clock,
        "mel": events[-1].values["held_out"],
        "samples": corpus.seconds * RATE * 2 / 2**20,
        "file": (folder / "model.sda").stat().st_size / 2**20,
    }


MEASURES = {"fits": one_fit, "recordings": of_recordings, "trainings": one_training, "samples": one_sample}


def figures(options: argparse.Namespace, hours: float, way: str) -> Figures:
    """The figures of a case, which are measured in a process of their own unless they are there."""
    file, name = options.folder / "hours.json", f"{options.command} {hours:g} {way}"
    known = json.loads(file.read_text()) if file.exists() else {}
    if name not in known:
        words = [options.command, str(options.folder), "--hours", f"{hours:g}", "--this", way]
        words += ["--corpora", str(options.corpora)]
        answer = subprocess.run([sys.executable, __file__, *words], check=True, capture_output=True, text=True).stdout
        known[name] = json.loads(answer.splitlines()[-1])
        file.write_text(json.dumps(known, indent=1))
    print(name, known[name], flush=True)
    return known[name]


FITS = """`python benchmarks/hours.py fits`: the closed form of hours of procedural sounds ({shortest:g} to
{longest:g} s each, mono, hop 2048, 12 levels of 256 codes), fitted to all frames at once, to 600 s of them spread over
the sounds, or to a stream of frames (exact moments, codebooks on a sample, a ridge regression that is summed up). Mel
distance at Source 0 of {held_out} sounds of another seed, and how much higher it is than with all frames; the most
memory that the fit takes beyond the program and the samples (16 bits, 330 MB an hour); processor time of one thread.
One seed."""
RECORDINGS = """`python benchmarks/hours.py recordings`: the same with the recordings of eleven corpora as one, and with
the base for mono sounds and a decoder of its own; {held_out} held-out recordings, the first {seconds:g} s of each."""
TRAININGS = """`python benchmarks/hours.py trainings`: `sda train --minutes 0` of folders of such sounds, from reading
the files to the finished model with its memory of ten minutes, one thread. Samples: what the sounds take in 16 bits,
in files that are mapped into memory. Peak memory: the resident set, mapped files and the program included. The
held-out distance is that of the files that training itself holds out."""

SAMPLES_TEXT = """`python benchmarks/hours.py samples`: the closed form of the corpora of benchmarks/hours_corpus.py (a
third short files, the rest long ones), fitted to ranges of ten seconds spread over all of it, from the base for mono
sounds or without it. Mel distance at Source 0 of {held_out} files that training holds out, the first {seconds:g} s of
each, and processor time of the fit. Trainings fit 10 min from the base, 30 min without it. One seed."""


def samples_table(options: argparse.Namespace) -> str:
    rows: list[list[object]] = []
    for hours in options.hours:
        for way in SAMPLES:
            one = figures(options, hours, way)
            rows.append([f"{hours:g}", way, f"{one['mel']:.3f}", f"{one['seconds']:.0f}"])
    text = SAMPLES_TEXT.format(held_out=HELD_OUT, seconds=HELD_OUT_SECONDS)
    return f"{text}\n\n{table(['hours', 'fitted to', 'held-out mel', 'CPU-s'], rows)}"


def fits_table(options: argparse.Namespace) -> str:
    rows: list[list[object]] = []
    for hours in options.hours:
        rows += [[f"{hours:g}", *cells] for cells in ways_of(options, hours, [one for one in WAYS if one != BASE])]
    text = FITS.format(shortest=SECONDS[0], longest=SECONDS[1], held_out=HELD_OUT)
    return f"{text}\n\n{table(['hours', *HEADER], rows)}"


HEADER = ["fitted to", "held-out mel", "", "memory, MB", "CPU-s"]


def ways_of(options: argparse.Namespace, hours: float, ways: Sequence[str]) -> Iterator[list[object]]:
    """The cells of every way, compared with all frames."""
    found = {way: figures(options, hours, way) for way in options.ways or ways}
    exact = found.get("all, at once") or found["streamed, all"]
    for way, one in found.items():
        worse = f"{100 * (one['mel'] / exact['mel'] - 1):+.1f} %"
        yield [way, f"{one['mel']:.3f}", worse, f"{one['more']:.0f}", f"{one['seconds']:.0f}"]


def recordings_table(options: argparse.Namespace) -> str:
    ways = ["600 s, at once", "streamed, all", "all, at once", BASE]
    rows = list(ways_of(options, 0.0, ways))
    return f"{RECORDINGS.format(held_out=HELD_OUT, seconds=HELD_OUT_SECONDS)}\n\n{table(HEADER, rows)}"


def trainings_table(options: argparse.Namespace) -> str:
    rows: list[list[object]] = []
    for hours in options.hours:
        one = figures(options, hours, "")
        cells = (f"{one[key]:.0f}" for key in ("samples", "peak", "seconds", "clock", "file"))
        rows.append([f"{hours:g}", *cells, f"{one['mel']:.3f}"])
    header = ["hours", "samples, MB", "peak memory, MB", "CPU-s", "clock, s", "model, MB", "held-out mel"]
    return f"{TRAININGS}\n\n{table(header, rows)}"


SECTIONS = {
    "fits": ("hours", "Hours of sound: the closed form", fits_table),
    "recordings": ("hours-recordings", "Hours of sound: recordings", recordings_table),
    "trainings": ("hours-trainings", "Hours of sound: whole trainings", trainings_table),
    "samples": ("hours-samples", "Hours of sound: how much of them is fitted", samples_table),
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=list(SECTIONS))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--hours", type=float, nargs="+", default=[1.0, 3.0])
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), help="of `fits`; none: all")
    parser.add_argument("--corpora", type=Path, help="folder of the corpora of `recordings`")
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    parser.add_argument("--this", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.this is not None:
        print(json.dumps(MEASURES[options.command](options, options.hours[0], options.this)))
        return
    name, title, text = SECTIONS[options.command]
    text = text(options)
    print(text)
    if options.write:
        write_section(name, title, text)


if __name__ == "__main__":
    main()
