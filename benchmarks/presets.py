"""The factory's presets on four kinds of corpora: level, peak and quiet parts of what they make.

    python benchmarks/presets.py FOLDER [--write]

FOLDER/NAME.sda is a model in closed form with sliders of each kind (made where missing): the demo's sounds, and 14
procedural tones, textures and voices each. Every preset makes three sounds of every model, delivered as WAV files.
--write writes the section "presets" of docs/BENCHMARKS.md.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from report import table, write_section

import sda_lib
from sda_lib.presets.store import FACTORY
from sda_lib.sliders.fit import fit_sliders
from sda_lib.synthesis.synthesize import synthesize

DEMO = Path(__file__).parents[1] / "data" / "demo"
# Families of procedural sounds by kind of corpus; the demo's own sounds besides.
FAMILIES = {
    "tones": ["bell", "piano", "flute", "strings", "pluck"],
    "textures": ["rain", "gust", "crackle", "rumble", "insect"],
    "voices": ["speech", "animal", "bird", "vowel"],
}
SOUNDS, SECONDS, SEEDS = 14, (1.0, 4.0), (0, 1, 2)
# Windows of 50 ms below this level in dBFS are quiet; samples above this are clipped.
WINDOWS, QUIET, CLIPPED = 20, -60.0, 0.9999
HEADER = ["preset", "corpus", "level, dBFS", "highest peak", "quiet windows", "clipped samples", "left out"]


def model_of(kind: str, folder: Path) -> sda_lib.SdaModel:
    """Return the model of a kind of corpus, made where it is missing."""
    path = folder / f"{kind}.sda"
    if not path.exists():
        sounds = DEMO if kind not in FAMILIES else _synthesized(kind, folder / kind)
        model = sda_lib.Corpus.from_folder(sounds).train(minutes=0, progress=False)
        model.with_sliders(fit_sliders(model)).save(path)
    return sda_lib.SdaModel.load(path)


def _synthesized(kind: str, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, sound in synthesize(SOUNDS, seed=5, families=FAMILIES[kind], seconds=SECONDS):
        sda_lib.AudioClip.of(sound).save(folder / f"{name}.wav")
    return folder


def measures(clip: sda_lib.AudioClip) -> tuple[float, float, float, float]:
    """Return a clip's level in dBFS, its peak, its share of quiet windows, and of clipped samples."""
    samples, size = clip.samples, clip.sample_rate // WINDOWS
    assert np.isfinite(samples).all()
    windows = samples[:, : samples.shape[1] // size * size].reshape(samples.shape[0], -1, size)
    levels = 10 * np.log10(np.square(windows).mean((0, 2)) + 1e-12)
    level = 10 * np.log10(float(np.square(samples).mean()) + 1e-12)
    peaks = np.abs(samples)
    return level, float(peaks.max()), float((levels < QUIET).mean()), float((peaks > CLIPPED).mean())


def rows(folder: Path) -> Iterator[list[object]]:
    """Yield a row for each preset and corpus."""
    models = {kind: model_of(kind, folder) for kind in ("demo", *FAMILIES)}
    for path in sorted(FACTORY.glob("*.json")):
        for kind, model in models.items():
            yield row(sda_lib.Presets(folder)[str(path)], kind, model, folder)


def row(preset: sda_lib.Preset, kind: str, model: sda_lib.SdaModel, folder: Path) -> list[object]:
    """Return what a preset makes of a model."""
    takes = [model.generate(preset=preset, seed=seed) for seed in SEEDS]
    files = [take.save(folder / f"{kind} {preset.name} {take.options.seed}.wav") for take in takes]
    level, peak, quiet, clipped = zip(*map(measures, map(sda_lib.read_clip, files)), strict=True)
    left_out = ", ".join(text.partition(":")[0] for text in preset.fit(model).left_out)
    levels = f"{min(level):.0f} to {max(level):.0f}"
    return [preset.name, kind, levels, f"{max(peak):.2f}", f"{max(quiet):.0%}", f"{max(clipped):.2%}", left_out]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    warnings.filterwarnings("ignore", "Not applied", UserWarning)  # the table has it
    chosen.folder.mkdir(parents=True, exist_ok=True)
    text = TEXT + table(HEADER, list(rows(chosen.folder)))
    print(text)
    if chosen.write:
        write_section("presets", "Factory presets on four kinds of corpora", text)


TEXT = """`python benchmarks/presets.py FOLDER`: models in closed form of the demo's sounds and of 14 procedural tones,
textures and voices each (`sda synth`), three sounds of every preset, with effects, space and loudness. Of the three the
range of levels and the worst figures are shown; every sample is finite. Recordings that are quiet themselves give quiet
sounds where a preset sets no loudness; quiet windows are rests between events, tails, and the beginning of a swell.

"""

if __name__ == "__main__":
    main()
