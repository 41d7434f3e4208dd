"""Writers: realism, novelty, controls and speed of what they write, and how well they close gaps.

    python benchmarks/corpora.py FOLDER
    python benchmarks/writers.py FOLDER [--corpora all drums] [--sounds 48] [--no-kad]

Closed-form models in mono. Sounds are as long as training sounds drawn at random; the kernel audio distance (see
kernel.py) is from the decoded training sounds, beside those of held-out sounds and random halves. Writes the
section "writers" of docs/BENCHMARKS.md. Needs aisfx (see kernel.py), or --no-kad; and what pitched.py needs, for notes
with the control pitch, unless FOLDER/pitched is there, or --no-pitched.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from kernel import embed, kernel_distance, self_split
from pitched import render
from rendered import SOUNDFONT
from report import table, write_section
from writer_case import Case
from writer_controls import CONTROL_SECONDS, contours, control_effects
from writer_gaps import HOLE, gaps

from sda_lib import AudioClip, Codes, SdaModel
from sda_lib.controls.names import CONTROLS
from sda_lib.writers.compose_codes import compose_codes
from sda_lib.writers.generate import cut_with_fade, generate
from sda_lib.writers.loudness_contour import SHAPES
from sda_lib.writers.provenance import originality
from sda_lib.writers.registry import WRITERS, writer_of

NOVELTIES = (0.0, 0.25, 0.5, 0.75, 1.0)
END_SECONDS, END_DB = 0.02, 20.0
TEXTURE_SECONDS = 30.0


# --- how real and how new


def realism(case: Case, sounds: int) -> list[list[object]]:
    """Kernel audio distances of generated sets, floors, and sets that must be far off."""
    model = case.model
    codes = [model.encode(clip) for clip in case.train]
    reference = embed(case.playing(codes))
    floor, spread = self_split(reference)
    held_out = embed(case.playing(map(model.encode, case.held_out)))
    rows = [
        [case.name, "training sounds, random halves", f"{floor:.2f} ± {spread:.2f}", ""],
        [case.name, "held-out sounds", f"{kernel_distance(reference, held_out):.2f}", _copied(model, [])],
    ]
    for novelty in NOVELTIES:
        written = [compose_codes(model, case.options(seed, novelty=novelty)) for seed in range(sounds)]
        clips = [cut_with_fade(model.decode(one), one.seconds) for one in written]
        distance = kernel_distance(reference, embed(clips))
        rows.append([case.name, f"{case.writer}, novelty {novelty:g}", f"{distance:.2f}", _copied(model, written)])
    drawn = {"unigram": _unigram, "frames shuffled": _shuffled}
    for name, make in drawn.items():
        written = [make(case, seed, codes) for seed in range(sounds)]
        distance = kernel_distance(reference, embed(case.playing(written)))
        rows.append([case.name, name, f"{distance:.2f}", _copied(model, written)])
    return rows


def _copied(model: SdaModel, written: Sequence[Codes]) -> str:
    """Mean share of 8-grams that occur in the corpus, of the sounds that have any."""
    shares = [originality(model, codes).share for codes in written if codes.frames >= 8]
    return f"{np.mean(shares):.2f}" if shares else ""


def _unigram(case: Case, seed: int, codes: Sequence[Codes]) -> Codes:
    """Every cell drawn as often as its level uses each code."""
    generator, frames = np.random.default_rng(seed), compose_codes(case.model, case.options(seed)).frames
    pool = np.concatenate([one.indices for one in codes], axis=1)
    return codes[0].with_indices(np.stack([generator.choice(row, frames) for row in pool]))


def _shuffled(case: Case, seed: int, codes: Sequence[Codes]) -> Codes:
    """Whole columns of the corpus in random order."""
    generator, frames = np.random.default_rng(seed), compose_codes(case.model, case.options(seed)).frames
    pool = np.concatenate([one.indices for one in codes], axis=1)
    return codes[0].with_indices(pool[:, generator.integers(pool.shape[1], size=frames)])


# --- ends, loops, speed


def ends(case: Case, sounds: int) -> list[object]:
    """The share of one-shots whose last END_SECONDS come within END_DB of the peak, per length."""
    cut = []
    for seconds in (0.1, 0.3, 1.0, 3.0):
        clips = [generate(case.model, case.lasting(seconds, seed=seed)).clip for seed in range(sounds)]
        cut.append(f"{np.mean([_is_cut(clip) for clip in clips]):.0%}")
    own = np.mean([_is_cut(clip) for clip in case.train])
    return [case.name, *cut, f"{own:.0%}"]


def _is_cut(clip: AudioClip) -> bool:
    last = np.abs(clip.samples[:, -round(END_SECONDS * clip.sample_rate) :]).max()
    return bool(last > clip.peak * 10 ** (-END_DB / 20))


def textures(case: Case, sounds: int = 8) -> list[object]:
    """Longest repeat of its own codes in TEXTURE_SECONDS (seconds), level of the last third against the first (dB)."""
    repeats, drifts = [], []
    for seed in range(sounds):
        take = generate(case.model, case.lasting(TEXTURE_SECONDS, seed=seed))
        repeats.append(_longest_repeat(take.codes) / take.codes.frame_rate)
        power = np.square(take.clip.samples).mean(0)
        third = len(power) // 3
        drifts.append(abs(10 * np.log10(power[-third:].mean() / power[:third].mean())))
    return [case.name, f"{max(repeats):.2f}", f"{np.mean(drifts):.1f}", f"{max(drifts):.1f}"]


def _longest_repeat(codes: Codes) -> int:
    """Frames of the longest passage (all levels) that occurs twice in the sound."""
    words = [column.tobytes() for column in codes.indices.T.copy()]
    numbers = np.array([{word: number for number, word in enumerate(words)}[word] for word in words])
    length, longest = np.zeros(len(numbers), int), 0
    for place, number in enumerate(numbers):
        length = np.where(numbers == number, np.concatenate([[0], length[:-1]]) + 1, 0)
        longest = max(longest, int(length[:place].max(initial=0)))
    return longest


def speeds(case: Case) -> list[object]:
    """Times real time in processor time: writing, and with decoding, 4 s a sound; and seconds to make the writer."""
    began = time.process_time()
    writer_of(case.model, case.writer)
    built = time.process_time() - began
    rates = []
    for act, novelty in ((compose_codes, 0.5), (compose_codes, 1.0), (generate, 0.5)):
        act(case.model, case.lasting(4.0))
        began = time.process_time()
        for seed in range(12):
            act(case.model, case.lasting(4.0, seed=seed, novelty=novelty))
        rates.append(f"{48 / (time.process_time() - began):.0f}")
    return [case.name, len(case.model.memory), f"{built:.2f}", *rates]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--corpora", nargs="+", default=["all", "drums", "texture"])
    parser.add_argument("--sounds", type=int, default=48)
    parser.add_argument("--writer", default="walk", choices=list(WRITERS))
    parser.add_argument("--no-kad", action="store_true")
    parser.add_argument("--no-pitched", action="store_true")
    wishes = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        cases = [Case.of(wishes.folder, name, Path(scratch), wishes.writer) for name in wishes.corpora]
        if not wishes.no_pitched and not (wishes.folder / "pitched").exists():
            render(wishes.folder / "pitched", SOUNDFONT)
        notes = [] if wishes.no_pitched else [Case.of(wishes.folder, "pitched", Path(scratch), wishes.writer)]
    parts: list[str] = []

    def add(title: str, header: list[str], rows: list[list[object]]) -> None:
        parts.append(f"{title}\n\n{table(header, rows)}")
        print(parts[-1], "\n", flush=True)
        load = f"Load of the computer (1 min): {os.getloadavg()[0]:.1f}. One seed per sound, one model per corpus."
        section = (
            ("writers", "Writers") if wishes.writer == "walk" else (f"writer_{wishes.writer}", f"The {wishes.writer}")
        )
        write_section(*section, "\n\n".join([*parts, load]))

    add(
        "Speed, times real time in processor time, sounds of 4 s (written, written at novelty 1, written and decoded).",
        ["corpus", "grains", "s to build", "written", "novelty 1", "decoded"],
        [speeds(case) for case in cases],
    )
    add(
        f"One-shots whose last 20 ms come within {END_DB:g} dB of their peak, by length.",
        ["corpus", "0.1 s", "0.3 s", "1 s", "3 s", "recordings"],
        [ends(case, wishes.sounds) for case in cases],
    )
    add(
        f"Eight textures of {TEXTURE_SECONDS:g} s: longest repeat, level of the last third against the first.",
        ["corpus", "repeat, s", "dB, mean", "dB, worst"],
        [textures(case) for case in cases],
    )
    add(
        f"Holes of {HOLE:g} s in held-out files: latent error over variance, movement over the true one, no click.",
        ["corpus", "closed by", "holes", "error", "flux", "seams", "ms"],
        [row for case in cases for row in gaps(case)],
    )
    if not wishes.no_kad:
        add(
            f"Kernel audio distance of {wishes.sounds} sounds from decoded training sounds; copied 8-grams.",
            ["corpus", "sounds", "KAD", "copied"],
            [row for case in cases for row in realism(case, wishes.sounds)],
        )
    add(
        "Controls: rank correlation of control values with what the audio measures; the rest are side effects.",
        ["corpus", "control", "sounds", *CONTROLS],
        [row for case in [*cases, *notes] for row in control_effects(case)],
    )
    add(
        f"Loudness contours over {CONTROL_SECONDS:g} s: rank correlation of wanted and measured level over time.",
        ["corpus", "sounds", *SHAPES, "mean", "least", "dB away"],
        [contours(case) for case in [*cases, *notes]],
    )


if __name__ == "__main__":
    main()
