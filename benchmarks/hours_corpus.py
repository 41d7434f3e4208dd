"""Corpora of 1 minute to 10 hours for benchmarks/cost_against_size.py: a third of it short sounds, the rest long ones.

    python benchmarks/hours_corpus.py FOLDER --minutes 1 10 60 600

The sounds come from a pool of 15 minutes of procedural sounds. A short file is 4 s of two places of the pool, each
played 0.7 to 1.4 times as fast, at random levels; a long one is many such stretches, each fading into the next. So no
two files are alike, but there is no more variety in 10 hours than procedural sounds have. FLAC, 16 bits, 48 kHz, mono.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import soundfile
import soxr

from sda_lib.synthesis.synthesize import synthesize

RATE, POOL_SECONDS = 48000, 900.0
SHORT_SECONDS, SHORT_SHARE = 4.0, 1 / 3
"""Length of the short files, and their share of a corpus."""
LONG_SECONDS = (1200.0, 3600.0)
"""Shortest and longest long file."""
STRETCH_SECONDS, FADE_SECONDS = 20.0, 0.5
SPEEDS, LEVELS_DB = (0.7, 1.4), (-18.0, 0.0)


def pool(folder: Path) -> np.ndarray:
    """Return the procedural sounds as one, made once and kept in the folder."""
    file = folder / "pool.npy"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        found, seconds = [], 0.0
        for _, clip in synthesize(1_000_000, 0, None, RATE, seconds=(0.5, 12.0)):
            found.append(clip.samples[0] / max(clip.peak, 1e-6))
            seconds += clip.seconds
            if seconds >= POOL_SECONDS:
                break
        np.save(file, np.concatenate(found).astype(np.float32))
    return np.load(file)


def stretch(sounds: np.ndarray, seconds: float, draw: np.random.Generator) -> np.ndarray:
    """Return a new stretch of sound of two places of the pool [time]."""
    mixed = np.zeros(round(seconds * RATE), np.float32)
    for _ in range(2):
        speed = draw.uniform(*SPEEDS)
        needed = min(int(len(mixed) * speed) + RATE // 10, len(sounds))
        first = int(draw.integers(0, len(sounds) - needed + 1))
        part = soxr.resample(sounds[first : first + needed], RATE * speed, RATE, quality="LQ")[: len(mixed)]
        mixed[: len(part)] += part * 10 ** (draw.uniform(*LEVELS_DB) / 20)
    return mixed * np.float32(0.8 / max(np.abs(mixed).max(), 1e-6))


def stretches(sounds: np.ndarray, seconds: float, draw: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield blocks of a long sound [time]."""
    fade = round(FADE_SECONDS * RATE)
    rise = np.linspace(0, 1, fade, dtype=np.float32)
    left, tail = round(seconds * RATE), np.zeros(fade, np.float32)
    while left > 0:
        block = stretch(sounds, STRETCH_SECONDS, draw) * np.float32(10 ** (draw.uniform(-12, 0) / 20))
        block[:fade] = block[:fade] * rise + tail
        block, tail = block[:-fade], block[-fade:] * rise[::-1]
        yield block[:left]
        left -= len(block)


def lengths(minutes: float) -> tuple[int, list[float]]:
    """Return the number of short files of a corpus, and the seconds of its long ones."""
    short = round(60 * minutes * SHORT_SHARE / SHORT_SECONDS)
    left = 60 * minutes - short * SHORT_SECONDS
    count = max(1, round(left / (sum(LONG_SECONDS) / 2)))
    usual = np.linspace(*LONG_SECONDS, count) if count > 1 else np.ones(1)
    return short, list(usual * left / usual.sum())


def made(folder: Path, minutes: float) -> Path:
    """Make the corpus of this length in a folder, unless it is there."""
    corpus = folder / f"corpus-{minutes:g}"
    done = corpus / ".done"
    if done.exists():
        return corpus
    sounds, (short, long) = pool(folder), lengths(minutes)
    for place in ("short", "long"):
        (corpus / place).mkdir(parents=True, exist_ok=True)
    for number in range(short):
        draw = np.random.default_rng([1, number])
        samples = stretch(sounds, SHORT_SECONDS, draw) * 10 ** (draw.uniform(-18, 0) / 20)
        soundfile.write(corpus / f"short/{number:05d}.flac", samples, RATE, subtype="PCM_16")
    for number, seconds in enumerate(long):
        path, draw = corpus / f"long/{number:03d}.flac", np.random.default_rng([2, number])
        with soundfile.SoundFile(path, "w", RATE, 1, "PCM_16") as file:
            for block in stretches(sounds, seconds, draw):
                file.write(block)
    done.touch()
    return corpus


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, nargs="+", default=[1.0, 10.0, 60.0, 600.0])
    options = parser.parse_args(arguments)
    for minutes in options.minutes:
        print(made(options.folder, minutes), flush=True)


if __name__ == "__main__":
    main()
