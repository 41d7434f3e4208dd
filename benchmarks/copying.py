"""Copying: how much of new sounds is a recording's own waveform, by novelty and with varispeed, and their distance.

    python benchmarks/copying.py FOLDER [--corpora drums notes] [--models FOLDER] [--sounds 32] [--no-kad]

FOLDER holds NAME/{train,held_out} (see corpora.py). Models are FOLDER/NAME.sda of --models, or closed-form ones in mono
made here. Sounds are as long as training sounds, at most 4 s. Copying is the share of 200-ms windows whose normalized
correlation with a recording exceeds 0.9 (sda_lib/writers/waveform_copying.py), and for comparison that of held-out
sounds, of which nothing is copied, and that found by searching all recordings at every sample. The kernel audio
distance (see kernel.py) is from the training sounds, by block of 2.3 s. Writes the section "copying" of
docs/BENCHMARKS.md.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from kernel import embed, kernel_distance
from report import table, write_section
from scipy import fft
from writer_case import Case

from sda_lib import AudioClip, Corpus, SdaModel
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions
from sda_lib.writers.provenance import originality
from sda_lib.writers.waveform_copying import LEAST_WINDOWS, SAME, STEP_SECONDS, WINDOW_SECONDS

NOVELTIES = (0.0, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
# Rows with a kernel audio distance: novelty and spread of the varispeed in semitones.
DISTANCES = ((0.5, 0.0), (0.75, 0.0), (1.0, 0.0), (0.5, 1.0), (0.5, 3.0), (1.0, 3.0))
SHORTEST, LONGEST = 0.3, 4.0
# Windows that are compared with all recordings at every sample, and samples compared at once.
SEARCHED, SEARCH_BLOCK = 40, 1 << 18


def new_sounds(model: SdaModel, count: int, **wishes: float) -> list[tuple[AudioClip, float, float, float, int]]:
    """Each sound with its share of own waveform, its longest passage, its share of copied codes and its windows."""
    made = []
    for seed in range(count):
        seconds = float(np.clip(np.random.default_rng(seed).choice(model.durations), SHORTEST, LONGEST))
        take = generate(model, GenerateOptions(seconds=seconds, seed=seed, **wishes))
        own = originality(model, take.codes, [take.clip.samples])
        made.append((take.clip, own.waveform.share, own.waveform.longest, own.share, own.waveform.windows))
    return made


def copied(made: Sequence[tuple[AudioClip, float, float, float, int]]) -> list[str]:
    """The share of all windows, the 95th percentile of long sounds, the median of longest passages, codes."""
    _, share, longest, codes, windows = (np.array(one) for one in zip(*[(0, *one[1:]) for one in made], strict=True))
    long = share[windows >= LEAST_WINDOWS]
    upper = f"{np.percentile(long, 95):.2f}" if len(long) else ""
    return [f"{(share * windows).sum() / windows.sum():.3f}", upper, f"{np.median(longest):.2f}", f"{codes.mean():.2f}"]


def held_out_share(model: SdaModel, clips: Sequence[AudioClip]) -> str:
    """The share of windows of sounds that the model does not know which count as copied."""
    found = [originality(model, model.encode(clip), [clip.samples]).waveform for clip in clips]
    return f"{sum(one.share * one.windows for one in found) / max(1, sum(one.windows for one in found)):.3f}"


def searched_everywhere(model: SdaModel, clips: Sequence[AudioClip]) -> str:
    """The share of SEARCHED windows that occur anywhere in the recordings, at any sample."""
    length, step = round(WINDOW_SECONDS * model.sample_rate), round(STEP_SECONDS * model.sample_rate)
    windows = [clip.samples.mean(0)[at : at + length] for clip in clips for at in range(0, clip.length - length, step)]
    power = np.array([np.square(one).mean() for one in windows])
    loud = [one for one, level in zip(windows, power, strict=True) if level > power.max() * 1e-3]
    chosen = [loud[at] for at in np.linspace(0, len(loud) - 1, min(SEARCHED, len(loud))).astype(int)]
    best = np.zeros(len(chosen))
    tape = model.memory.tape[0].numpy()
    for first in range(0, len(tape) - length, SEARCH_BLOCK):
        best = np.maximum(best, _best_in(tape[first : first + SEARCH_BLOCK + length], chosen, length))
    return f"{(best > SAME).mean():.3f}"


def _best_in(part: np.ndarray, windows: Sequence[np.ndarray], length: int) -> np.ndarray:
    """The greatest normalized correlation of each window with a part of the tape."""
    size = fft.next_fast_len(len(part), real=True)
    spectrum, count = fft.rfft(part, size), max(1, len(part) - length + 1)
    summed = np.concatenate([[0.0], np.cumsum(np.square(part, dtype=np.float64))])
    power = np.maximum(summed[length:][:count] - summed[:-length][:count], 1e-10 * length)
    found = []
    for window in windows:
        product = np.abs(fft.irfft(spectrum * fft.rfft(window, size).conj(), size)[:count])
        found.append(float((product / np.sqrt(power * np.square(window).sum())).max()))
    return np.array(found)


def case_of(
    folder: Path, name: str, models: Path | None, scratch: Path
) -> tuple[SdaModel, list[AudioClip], list[AudioClip]]:
    """The model, the training sounds and the held-out sounds of a corpus, cut to LONGEST."""
    model = SdaModel.load(models / f"{name}.sda") if models else Case.of(folder, name, scratch).model
    parts = []
    for part in ("train", "held_out"):
        clips = Corpus.from_folder(folder / name / part).clips(model.sample_rate, 1)
        parts.append([one.cut(round(LONGEST * one.sample_rate)) for one in clips])
    return model, *parts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--corpora", nargs="+", default=["drums", "texture", "notes", "speech", "clicks"])
    parser.add_argument("--models", type=Path)
    parser.add_argument("--sounds", type=int, default=24)
    parser.add_argument("--no-kad", action="store_true")
    wishes = parser.parse_args()
    torch.set_num_threads(1)
    shares: list[list[object]] = []
    distances: list[list[object]] = []
    checks: list[list[object]] = []
    for name in wishes.corpora:
        with tempfile.TemporaryDirectory() as scratch:
            model, train, held_out = case_of(wishes.folder, name, wishes.models, Path(scratch))
        for novelty in NOVELTIES:
            made = new_sounds(model, wishes.sounds, novelty=novelty)
            shares.append([name, f"{novelty:g}", *copied(made)])
            print(*shares[-1], flush=True)
        first = [one[0] for one in new_sounds(model, 8, novelty=0.5)]
        near = copied(new_sounds(model, 8, novelty=0.5))[0]
        checks.append([name, held_out_share(model, held_out), near, searched_everywhere(model, first)])
        print(*checks[-1], flush=True)
        reference = None if wishes.no_kad else embed(train[:64])
        for novelty, spread in DISTANCES:
            made = new_sounds(model, wishes.sounds, novelty=novelty, varispeed_spread=spread)
            kad = "" if reference is None else f"{kernel_distance(reference, embed([one[0] for one in made])):.2f}"
            distances.append([name, f"{novelty:g}", f"± {spread:g}" if spread else "", copied(made)[0], kad])
            print(*distances[-1], flush=True)
        if reference is not None:
            distances.append([name, "held-out sounds", "", "", f"{kernel_distance(reference, embed(held_out)):.2f}"])
    parts = [
        "Share of 200-ms windows that are a recording's own waveform; 95th percentile of sounds of 1.2 s and more; "
        "median of the longest passages in seconds; share of copied 8-grams of codes.\n\n"
        + table(["corpus", "novelty", "own waveform", "95 %", "longest", "codes"], shares),
        "Kernel audio distance from the training sounds, and own waveform, with varispeed in semitones.\n\n"
        + table(["corpus", "novelty", "varispeed", "own waveform", "KAD"], distances),
        "What the measure counts in held-out sounds, of which nothing is copied; and in 8 sounds of novelty 0.5, near "
        f"their grains (all windows) and at every sample of all recordings (up to {SEARCHED} windows).\n\n"
        + table(["corpus", "held-out", "near the grains", "everywhere"], checks),
    ]
    note = f"{wishes.sounds} sounds a row, one seed each, one model a corpus."
    write_section("copying", "Copying by waveform, novelty and varispeed", "\n\n".join([*parts, note]))


if __name__ == "__main__":
    main()
