"""Are sounds of the default command like the recordings in length, decay and level?

    OMP_NUM_THREADS=1 python benchmarks/defaults.py --write

Fits models in closed form to the demo's one-shots (tabla, perc and elec), to all of the demo, and to the notes of
clicks.py, and writes 48 sounds by the defaults and 48 of four seconds.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from clicks import write_notes
from report import table, write_section

from sda_lib import AudioClip, Corpus, GenerateOptions, Recipe, SdaModel, generate, learn

DEMO = Path(__file__).parents[1] / "data" / "demo"
SOUNDS, FIXED = 48, 4.0
BLOCK, TAIL, ONSET, ACTIVE = 0.02, 0.3, 9.0, 20.0
"""Seconds of a block whose level is measured, and of a sound's end; dB from block to block that are an onset, and under
the loudest block that count as sounding."""


def measures(clip: AudioClip) -> list[float]:
    """Seconds; dB of the loudest block; of the last TAIL against it (none of shorter sounds); share of the time that
    sounds; onsets per second; spectral centroid in Hz."""
    samples, rate = clip.with_channels(1).samples[0].astype(float), clip.sample_rate
    block = round(BLOCK * rate)
    level = decibels(samples[: max(1, len(samples) // block) * block].reshape(-1, min(block, len(samples))))
    tail = round(TAIL * rate)
    end = decibels(samples[None, -tail:])[0] - level.max() if len(samples) > tail + block else np.nan
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    centroid = float((power * np.fft.rfftfreq(len(samples), 1 / rate)).sum() / power.sum())
    sounding = float((level > level.max() - ACTIVE).mean())
    return [clip.seconds, level.max(), end, sounding, (np.diff(level) > ONSET).sum() / clip.seconds, centroid]


def decibels(rows: np.ndarray) -> np.ndarray:
    """RMS of every row in dB."""
    return 10 * np.log10((rows**2).mean(1) + 1e-12)


def row(corpus: str, name: str, clips: Sequence[AudioClip]) -> list[object]:
    """The 10th, 50th and 90th percentile of every measure."""
    values = np.nanquantile([measures(clip) for clip in clips], [0.1, 0.5, 0.9], axis=0).T
    forms = ("{:.2f}", "{:.0f}", "{:.0f}", "{:.2f}", "{:.2f}", "{:.0f}")
    cells = [" / ".join(form.format(one) for one in three) for form, three in zip(forms, values, strict=True)]
    return [corpus, f"{name} ({len(clips)})", *cells]


def corpora(place: Path) -> Iterator[tuple[str, Path]]:
    """Name and folder of each."""
    for name, patterns in (("one-shots", ("tabla_*", "perc_*", "elec_*")), ("demo", ("*.flac",))):
        (place / name).mkdir()
        for pattern in patterns:
            for file in DEMO.glob(pattern):
                shutil.copy(file, place / name)
        yield name, place / name
    write_notes(place / "notes")
    yield "notes", place / "notes"


def rows(place: Path) -> Iterator[list[object]]:
    for name, folder in corpora(place):
        corpus, path = Corpus.from_folder(folder), place / f"{name}.sda"
        for _ in learn(corpus, Recipe.for_corpus(corpus, minutes=0), path, name):
            pass
        model = SdaModel.load(path)
        yield row(name, "recordings", corpus.clips(model.sample_rate, 1))
        for title, wish in (("default", {}), (f"{FIXED:g} s", {"seconds": FIXED})):
            yield row(name, title, [generate(model, GenerateOptions(seed=seed, **wish)).clip for seed in range(SOUNDS)])


HEADER = ["corpus", "sounds", "seconds", "loudest 20 ms, dB", "last 0.3 s against it, dB", "sounding", "onsets/s"]
HEADER += ["centroid, Hz"]
TEXT = """10th, 50th and 90th percentile. Models in closed form; by default the duration is drawn from the recordings'
(`--seconds auto`), 4 s was the default before. The end is measured in sounds of more than 0.32 s; sounding is the share
of 20-ms blocks within 20 dB of the loudest; an onset is a rise by 9 dB from block to block. Seeds 0 to 47."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as place:
        found = table(HEADER, list(rows(Path(place))))
    print(found)
    if options.write:
        write_section("defaults", "Walk: default durations", f"{TEXT}\n\n{found}")


if __name__ == "__main__":
    main()
