"""Does a new sound click where recordings that end loud are cut off?

    OMP_NUM_THREADS=1 python benchmarks/clicks.py --write

Makes 100 notes of ten timbres with numpy, each cut off while it sounds, fits a model to them in closed form, and writes
24 sounds of four seconds by the defaults, once as they are and once with the recordings' last grains among the places
that a walk may jump to, as it was before. Everything is made again on every run; nothing is downloaded.

A click is a rise in the curvature of the waveform. The power of the second difference is taken in windows of 2 ms and
compared with its median over the 60 ms around. Where that ratio passes the highest one inside any of the recordings,
their first and last 30 ms left out, there is a click; those within 10 ms of each other are one.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest.mock import patch

import numpy as np
import soundfile
import torch
from report import table, write_section
from scipy.ndimage import median_filter

from sda_lib import AudioClip, Corpus, GenerateOptions, Recipe, SdaModel, generate, learn
from sda_lib.memory import graph

RATE, FILES, SOUNDS, SECONDS = 44100, 100, 24, 4.0
WINDOW, AROUND, EDGE, APART = 0.002, 0.06, 0.03, 0.01
"""Seconds: a window, what it is compared with, what is left out at either end of a sound, two clicks that are two."""
FLOOR = 1e-9
"""Power of a second difference below which nothing is a click."""


def note(number: int) -> np.ndarray:
    """A harmonic tone of 0.6 to 1.6 s with a soft attack, an almost steady level and a little breath, cut off."""
    chance = np.random.default_rng(number)
    time = np.arange(round(chance.uniform(0.6, 1.6) * RATE)) / RATE
    pitch, slope = 65.4 * 2 ** (3 * number / FILES), 0.8 + 0.15 * (number % 10)
    phase = 2 * np.pi * (pitch * time + 0.02 * np.sin(2 * np.pi * 5 * time))
    partials = [k**-slope * np.sin(k * phase + chance.uniform(0, 6)) for k in range(1, min(24, int(8000 / pitch)))]
    tone = np.sum(partials, 0) * (1 + 0.1 * np.sin(2 * np.pi * chance.uniform(2, 6) * time)) * np.exp(-0.3 * time)
    tone = tone / np.abs(tone).max() + chance.normal(0, 0.003, len(time))
    return 0.5 * tone * np.minimum(1, time / 0.02)


def write_notes(folder: Path, files: int = FILES) -> None:
    """The notes as files."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(0, FILES, FILES // files):
        soundfile.write(folder / f"note_{number:03}.wav", note(number), RATE, subtype="PCM_24")


def sharpness(clip: AudioClip) -> np.ndarray:
    """[window] power of the second difference over its median around, without the edges."""
    window = round(WINDOW * clip.sample_rate)
    curved = np.diff(clip.samples.mean(0).astype(float), 2)
    power = (curved[: len(curved) // window * window] ** 2).reshape(-1, window).mean(1)
    ratio = power / np.maximum(median_filter(power, round(AROUND / WINDOW)), FLOOR)
    edge = round(EDGE / WINDOW)
    return ratio[edge:-edge]


def clicks(clip: AudioClip, highest: float) -> int:
    """How many there are."""
    places = np.flatnonzero(sharpness(clip) > highest)
    return int((np.diff(places, prepend=-np.inf) > APART / WINDOW).sum())


def per_second(clips: Sequence[AudioClip], highest: float) -> list[float]:
    """Clicks per second of every sound."""
    return [clicks(clip, highest) / clip.seconds for clip in clips]


def last_visits(model: SdaModel, options: GenerateOptions) -> float:
    """How often in a second a new sound passes the last grain of a recording and continues elsewhere."""
    take, memory = generate(model, options), model.memory
    last = {(piece.name, piece.frames - 1) for piece in memory.pieces}
    places = [(one.file, round(one.seconds * model.frame_rate)) for one in take.sources]
    return sum(place in last for place in places[:-1]) / take.clip.seconds


def written(name: str, model: SdaModel, highest: float) -> list[object]:
    """The row of new sounds."""
    wishes = [GenerateOptions(SECONDS, seed) for seed in range(SOUNDS)]
    found = per_second([generate(model, wish).clip for wish in wishes], highest)
    visits = statistics.mean(last_visits(model, wish) for wish in wishes)
    return row(f"{SOUNDS} new sounds of {SECONDS:g} s, {name}", found, f"{visits:.2f}")


def row(name: str, found: Sequence[float], visits: str = "") -> list[object]:
    return [name, f"{statistics.mean(found):.2f}", f"{max(found):.2f}", visits]


def rows(path: Path, recordings: Sequence[AudioClip]) -> Iterator[list[object]]:
    highest = max(float(sharpness(clip).max(initial=0.0)) for clip in recordings)
    pairs = zip(recordings[::2], recordings[1::2], strict=False)
    joined = [AudioClip(np.concatenate([a.samples, b.samples], 1), RATE, a.name) for a, b in pairs]
    yield row("recordings", per_second(recordings, highest))
    yield row("two recordings, one after the other", per_second(joined, highest))
    with patch.object(graph, "tails", lambda remaining: np.zeros(len(remaining), bool)):
        yield written("jumping to last grains too", SdaModel.load(path), highest)
    yield written("as they are", SdaModel.load(path), highest)


HEADER = ["sounds", "clicks/s, mean", "clicks/s, most", "last grains passed/s"]


def measured() -> str:
    """The table of one run."""
    with tempfile.TemporaryDirectory() as place:
        folder, path = Path(place) / "notes", Path(place) / "notes.sda"
        write_notes(folder)
        corpus = Corpus.from_folder(folder)
        for _ in learn(corpus, Recipe.for_corpus(corpus, minutes=0), path, "notes"):
            pass
        recordings = corpus.clips(SdaModel.load(path).sample_rate, 1)
        return table(HEADER, list(rows(path, recordings)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    found = measured()
    print(found)
    if options.write:
        write_section("clicks", "Walk: recordings that end loud", f"{TEXT}\n\n{found}")


TEXT = """100 notes of ten timbres, each cut off while it sounds; a model fitted to them in closed form. A click: the
power of the waveform's second difference in 2 ms, over its median in the 60 ms around, passes the highest ratio inside
any of the recordings (their first and last 30 ms left out); those within 10 ms of each other are one. Last grains
passed: how often a walk is in the last grain of a recording and continues elsewhere. Seeds 0 to 23."""

if __name__ == "__main__":
    main()
