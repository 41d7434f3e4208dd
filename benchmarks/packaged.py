"""Corpora of the sounds in packages of Debian, which apt-get (with fresh lists) downloads and dpkg unpacks."""

from __future__ import annotations

import hashlib
import random
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile

Sound = tuple[str, np.ndarray, int]
"""Name, samples [channel, time], samples per second."""


def unpacked(package: str, folder: Path) -> Path:
    """Return where a package is unpacked below the folder; fetch it first unless it is there."""
    place = folder / package
    if not place.exists():
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            subprocess.run(["apt-get", "download", package], cwd=scratch, check=True, stdout=subprocess.DEVNULL)
            archive = next(Path(scratch).glob("*.deb"))
            subprocess.run(["dpkg", "-x", str(archive), f"{scratch}/files"], check=True)
            Path(scratch, "files").rename(place)
    return place


def read(file: Path) -> tuple[np.ndarray, int]:
    """Return samples [channel, time] and rate of a sound file."""
    samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
    return samples.T, rate


# --- loops

SLICE_SECONDS = 0.35
SPLICE = 0.002
"""Seconds."""


def loops(folder: Path) -> Iterator[Sound]:
    """Yield the drum loops of lmms-common cut into 4, 8 or 16 equal beats each, those nearest to 0.35 s."""
    for file in sorted(folder.rglob("samples/beats/*.ogg")):
        samples, rate = read(file)
        seconds = samples.shape[1] / rate
        beats = min((4, 8, 16), key=lambda number: abs(np.log(seconds / number / SLICE_SECONDS)))
        borders = np.linspace(0, samples.shape[1], beats + 1).astype(int)
        for number, (begin, end) in enumerate(pairwise(borders)):
            yield f"{file.stem}_{number:02}", samples[:, begin:end], rate


# --- field

QUIET_SECONDS = 0.12
QUIET_DB = 30.0
"""Length of the quietest passage of a recording, and how far below the loudest one of equal length it has to be."""
BEFORE, AFTER = (0.3, 2.5), (1.0, 5.0)
"""Seconds of quiet before and after a recording."""


def field(folder: Path) -> Iterator[Sound]:
    """Yield the recordings of tuxpaint-stamps-default, each between long silences of its own quietest passage.

    Spoken words, recordings without a quiet passage and copies of others are left out.
    """
    chance, known = np.random.default_rng(4), set()
    for file in sorted(folder.rglob("stamps/**/*.*")):
        if file.suffix not in (".ogg", ".wav") or "_desc" in file.name or "symbols" in file.parts:
            continue
        content = hashlib.sha256(file.read_bytes()).digest()
        if content in known:
            continue
        known.add(content)
        samples, rate = read(file)
        quiet = quietest(samples[0], rate)
        if quiet is not None:
            before, after = (silence(quiet, round(chance.uniform(*span) * rate), chance) for span in (BEFORE, AFTER))
            yield file.stem, spliced([before, samples[0], after], rate)[None], rate


def quietest(samples: np.ndarray, rate: int) -> np.ndarray | None:
    """Return the quietest passage of a recording [time]; none where it is digital silence or hardly quieter."""
    length = round(QUIET_SECONDS * rate)
    power = np.convolve(samples.astype(float) ** 2, np.ones(length) / length, "valid") if len(samples) > length else []
    audible = np.flatnonzero(np.asarray(power) > 1e-9)
    if not len(audible):
        return None
    best = audible[np.asarray(power)[audible].argmin()]
    if power[best] > max(power) * 10 ** (-QUIET_DB / 10):
        return None
    return samples[best : best + length]


def silence(quiet: np.ndarray, length: int, chance: np.random.Generator) -> np.ndarray:
    """Return noise [length] with the spectrum and level of a quiet passage."""
    size = len(quiet)
    shape = np.abs(np.fft.rfft(quiet * np.hanning(size)))
    window, step = np.sqrt(np.hanning(size + 1)[:-1]), size // 2
    out = np.zeros(length + 2 * size)
    for begin in range(0, length + size, step):
        phases = np.exp(2j * np.pi * chance.random(len(shape)))
        out[begin : begin + size] += window * np.fft.irfft(shape * phases, size)
    out = out[size : size + length]
    return (out * np.sqrt(np.mean(quiet.astype(float) ** 2) / np.mean(out**2))).astype(np.float32)


def spliced(parts: Sequence[np.ndarray], rate: int) -> np.ndarray:
    """Return the parts one after the other, each border cross-faded over 2 ms."""
    fade = round(SPLICE * rate)
    rise = np.linspace(0, 1, fade, dtype=np.float32)
    out = parts[0]
    for part in parts[1:]:
        mixed = out[-fade:] * (1 - rise) + part[:fade] * rise
        out = np.concatenate([out[:-fade], mixed, part[fade:]])
    return out


# --- key clicks, speech, music


def clicks(folder: Path) -> Iterator[Sound]:
    """Yield every key of bucklespring-data, let go and pressed; the names sort these apart."""
    for file in sorted(folder.rglob("wav/*.wav")):
        key, state = file.stem.split("-")
        yield f"{'pressed' if state == '1' else 'released'}_{key}", *read(file)


def speech(folder: Path) -> Iterator[Sound]:
    """Yield letters and syllables of American and British English (klettres-data), in mono."""
    for language in ("en", "en_GB"):
        for file in sorted((folder / "usr/share/klettres" / language).rglob("*.ogg")):
            samples, rate = read(file)
            yield f"{language}_{file.parent.name}_{file.stem}", samples.mean(0, keepdims=True), rate


MUSIC_SECONDS = 8.0


def music(folder: Path) -> Iterator[Sound]:
    """Yield an excerpt of every track of warzone2100-music in stereo, from a place drawn inside its middle half."""
    chance = random.Random(5)
    for file in sorted(folder.rglob("*.opus")):
        with soundfile.SoundFile(file) as track:
            track.seek(round(chance.uniform(0.25, 0.75) * track.frames))
            samples = track.read(round(MUSIC_SECONDS * track.samplerate), dtype="float32", always_2d=True)
            yield f"{file.parent.name}_{file.stem}", samples.T, track.samplerate
