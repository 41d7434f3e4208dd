"""What leaves the workbench, judged by programs that had no part in writing it: ffmpeg, mutagen, wavinfo, pyloudnorm.

    python benchmarks/delivery.py --write

A recording of the demo is written in every format, depth, rate and number of channels, with a loop, tags in three
scripts, a ceiling of -1 dB true peak, and a loudness of -23 LUFS. Then a click and noise are put around the head.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import mutagen
import numpy as np
import pyloudnorm
from report import table, write_section
from scipy.signal import resample_poly
from wavinfo import WavInfoReader

from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.audio.formats import FORMATS, RATES
from sda_lib.audio.tags import Loop
from sda_lib.export import write
from sda_lib.export.finish import Delivery, Place
from sda_lib.export.spatial import binaural

TAGS = {"title": "Rëgen 名 🎛", "artist": "ü 名 🙂", "model": "Küche", "seed": 7, "options": '{"novelty": 0.5}'}
CEILING, LUFS, LOOP = -1.0, -23.0, Loop(12_000, 40_000)
MEASURED = {0: (0, 0), 30: (250, 8), -30: (-250, -8), 90: (730, 12), -90: (-730, -12), 180: (0, 0)}
"""Microseconds and decibels that a correct renderer gives with the bundled head, by degrees to the left."""
HEADER = ["format", "depth", "rates, kHz", "channels", "length off by, samples", "true peak over the ceiling, dB",
          "LUFS off by", "tags equal", "loop equal"]  # fmt: skip
EARS = ["degrees to the left", "ITD, µs", "expected", "ILD, dB", "expected"]


@dataclass(frozen=True)
class Found:
    """Return the differences between a file and its delivery settings."""

    samples: int
    peak: float
    lufs: float
    tags: bool
    loop: bool | None


def clip_of(channels: int) -> AudioClip:
    """A recording of the demo, louder than the ceiling."""
    clip = read_clip(Path("data/demo/ambi_choir.flac")).resampled(48000).with_channels(channels)
    return AudioClip(clip.samples * (1.2 / clip.peak), 48000)


def written(folder: Path, suffix: str, depth: int, rate: int, channels: int) -> Found:
    """Write one file twice, at its level and at a loudness, and read both."""
    clip, name = clip_of(channels), f"Ümläut 名 🙂{suffix}"
    plain = write.write_clip(clip, folder / name, Delivery(depth, rate, ceiling_db=CEILING, loop=LOOP), TAGS)
    samples, said = decoded_by_ffmpeg(plain, channels)
    loud = write.write_clip(clip, folder / f"loud{suffix}", Delivery(depth, rate, lufs=LUFS), TAGS)
    block = 0.4 if clip.seconds > 0.4 else clip.seconds
    loudness = pyloudnorm.Meter(rate, block_size=block).integrated_loudness(decoded_by_ffmpeg(loud, channels)[0])
    peak = 20 * np.log10(np.abs(resample_poly(samples, 4, 1, axis=0)).max())
    loop = None
    if suffix == ".wav":
        [points] = WavInfoReader(str(plain)).smpl.sample_loops
        loop = (points.start, points.end) == (LOOP.first, LOOP.last)
    length = abs(len(samples) - round(clip.length * rate / 48000))
    return Found(length, peak - CEILING, abs(loudness - LUFS), tags_equal(plain, said), loop)


def decoded_by_ffmpeg(path: Path, channels: int) -> tuple[np.ndarray, str]:
    """Samples [time, channel] as ffmpeg decodes them, and what it says of the file."""
    program = imageio_ffmpeg.get_ffmpeg_exe()
    said = subprocess.run([program, "-hide_banner", "-i", path], capture_output=True, text=True, check=False).stderr
    command = [program, "-v", "error", "-i", path, "-f", "f32le", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, "<f4").reshape(-1, channels).astype(np.float64), said


def tags_equal(path: Path, said: str) -> bool:
    """Whether ffmpeg and mutagen find all of them."""
    text = str(mutagen.File(path).tags.pprint())
    return all(str(value) in text and re.search(re.escape(str(value)), said) for value in TAGS.values())


def formats() -> Iterator[tuple[str, int, tuple[int, ...]]]:
    for suffix, form in FORMATS.items():
        rates = tuple(rate for rate in RATES if not form.rates or rate in form.rates)
        yield from ((suffix, depth, rates) for depth in form.subtypes)


def rows() -> Iterator[list[object]]:
    for suffix, depth, rates in formats():
        for channels in (1, 2):
            with tempfile.TemporaryDirectory() as folder:
                found = [written(Path(folder), suffix, depth or 24, rate, channels) for rate in rates]
            yield [
                suffix, depth or "lossy", " ".join(f"{rate / 1000:g}" for rate in rates), channels,
                max(one.samples for one in found), f"{max(one.peak for one in found):+.2f}",
                f"{max(one.lufs for one in found):.2f}", yes(one.tags for one in found),
                "–" if found[0].loop is None else yes(one.loop for one in found),
            ]  # fmt: skip


def yes(each) -> str:
    return "yes" if all(each) else "NO"


def ears() -> Iterator[list[object]]:
    """Interaural delay by the peak of the cross-correlation and level difference, of noise."""
    noise = AudioClip(0.1 * np.random.default_rng(0).standard_normal((1, 48000)), 48000)
    for azimuth, (delay, level) in MEASURED.items():
        left, right = binaural(noise, Place(azimuth)).samples.astype(float)
        size, fine = 2 * len(left), 16
        both = np.fft.irfft(np.fft.rfft(left, size) * np.fft.rfft(right, size).conj(), size * fine)
        lag = int(both.argmax())
        lag = lag - size * fine if lag > size * fine // 2 else lag
        found = 10 * np.log10(np.square(left).sum() / np.square(right).sum())
        yield [azimuth, f"{-lag / fine / 48000 * 1e6 + 0:.0f}", delay, f"{found + 0:.1f}", level]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the tables into docs/BENCHMARKS.md")
    options = parser.parse_args()
    files, heads = list(rows()), list(ears())
    for row in [*files, *heads]:
        print(*row, sep="  ")
    if options.write:
        meaning = """A recording written in every format and read by ffmpeg, mutagen, wavinfo and pyloudnorm; the worst
of the rates in each line. The ceiling is -1 dB true peak (four times oversampled), the loudness -23 LUFS."""
        around = """Noise put around the head with the bundled responses, against the values that they were measured
to give."""
        text = f"{meaning}\n\n{table(HEADER, files)}\n\n{around}\n\n{table(EARS, heads)}"
        write_section("delivery", "What leaves the workbench", text)


if __name__ == "__main__":
    main()
