"""Writers: how real, how new, how obedient and how quick what they write is, and how well gaps are closed.

    python benchmarks/corpora.py FOLDER
    python benchmarks/writers.py FOLDER [--corpora all drums] [--sounds 48] [--no-kad]

Closed-form models in mono. Sounds are as long as training sounds drawn at random; the kernel audio distance (see
kernel.py) is from the decoded training sounds, decoded held-out sounds and random halves stand beside it. Writes the
section "writers" of docs/BENCHMARKS.md. Needs aisfx (see kernel.py), or --no-kad; and what pitched.py needs, for notes
whose pitch is asked for, unless FOLDER/pitched is there, or --no-pitched.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from kernel import embed, kernel_distance, self_split
from pitched import SOUNDFONT, render
from report import table, write_section
from scipy.stats import spearmanr
from tasks import RATE

from sda_lib import AudioClip, Codes, Corpus, Recipe, SdaModel, learn
from sda_lib.codec.stft import mid_side, modulus
from sda_lib.controls.controls import measure
from sda_lib.controls.names import CONTROLS
from sda_lib.training.prior_training import learn_prior
from sda_lib.writers import operations
from sda_lib.writers.compose_codes import compose_codes
from sda_lib.writers.generate import cut_with_fade, generate
from sda_lib.writers.loudness_contour import SHAPES, contour_error, contour_levels, measured_levels
from sda_lib.writers.options import GenerateOptions
from sda_lib.writers.provenance import originality
from sda_lib.writers.registry import WRITERS, writer_of
from sda_lib.writers.request import Request

NOVELTIES = (0.0, 0.25, 0.5, 0.75, 1.0)
HOLE = 0.25
HOLES_PER_FILE = 3
ASKED = (0.0, 0.25, 0.5, 0.75, 1.0)
CONTROL_SECONDS, CONTROL_SEEDS = 4.0, 20
END_SECONDS, END_DB = 0.02, 20.0
TEXTURE_SECONDS = 30.0
PRIOR_MINUTES = 1.0


@dataclass(frozen=True)
class Case:
    """A corpus' model and its sounds."""

    name: str
    model: SdaModel
    train: tuple[AudioClip, ...]
    held_out: tuple[AudioClip, ...]
    writer: str = "walk"

    @classmethod
    def of(cls, corpora: Path, name: str, scratch: Path, writer: str = "walk") -> Case:
        corpus = Corpus.from_folder(corpora / name / "train")
        recipe = Recipe.for_corpus(corpus, minutes=0).override(audio__channels=1, train__threads=1)
        for _ in learn(corpus, recipe, scratch / f"{name}.sda", name):
            pass
        path, held_out = scratch / f"{name}.sda", Corpus.from_folder(corpora / name / "held_out")
        if writer != "walk":
            for _ in learn_prior(SdaModel.load(path), path, PRIOR_MINUTES):
                pass
        return cls(name, SdaModel.load(path), corpus.clips(RATE, 1), held_out.clips(RATE, 1), writer)

    def options(self, seed: int, **wishes: object) -> GenerateOptions:
        """A sound as long as one of the training sounds."""
        length = np.random.default_rng(seed).choice([clip.seconds for clip in self.train])
        return self.lasting(float(np.clip(length, 0.1, 30.0)), seed=seed, **wishes)

    def lasting(self, seconds: float, **wishes: object) -> GenerateOptions:
        """Options with this writer."""
        return GenerateOptions(seconds=seconds, writer=self.writer, **wishes)

    def playing(self, codes: Iterable[Codes]) -> list[AudioClip]:
        return [self.model.decode(one) for one in codes]


# --- how real and how new


def realism(case: Case, sounds: int) -> list[list[object]]:
    """Kernel audio distances of generated sets, floors, and sets that can't be right."""
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
    """Mean share of 8-grams that stand in the corpus, of the sounds that have any."""
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
    """Frames of the longest passage (all levels) that stands twice in the sound."""
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


# --- gaps


def gaps(case: Case) -> list[list[object]]:
    """Holes in held-out files, closed in several ways: latent error over variance, how much the latents move against
    the true ones, the share of seams without a click, time."""
    model, writer = case.model, writer_of(case.model, case.writer)
    frames = max(1, round(HOLE * model.frame_rate))
    holes = [
        (codes, first, first + frames)
        for codes in map(model.encode, case.held_out)
        if codes.frames >= frames + 4
        for first in 2 + ((codes.frames - frames - 4) * (np.arange(HOLES_PER_FILE) + 0.5) / HOLES_PER_FILE).astype(int)
    ]
    ways: dict[str, Callable[[Codes, int, int, int], torch.Tensor]] = {
        "nothing (as it was)": lambda codes, _first, _end, _seed: model.embed(codes),
        "last frame held": partial(_between, model, held=True),
        "interpolated": partial(_between, model, held=False),
        case.writer: lambda codes, first, end, seed: model.embed(_filled(writer, codes, first, end, seed)),
    }
    rows = []
    everything = torch.cat([model.embed(codes) for codes, _, _ in holes])
    variance = float(everything.var(0).sum())
    for name, way in ways.items():
        began = time.process_time()
        latents = [way(codes, first, end, seed) for seed, (codes, first, end) in enumerate(holes)]
        spent = (time.process_time() - began) / len(holes)
        error = np.mean(
            [
                float((ours - model.embed(codes))[first:end].square().sum(1).mean())
                for ours, (codes, first, end) in zip(latents, holes, strict=True)
            ]
        )
        moved = sum(_movement(ours, first, end) for ours, (_, first, end) in zip(latents, holes, strict=True))
        flux = moved / sum(_movement(model.embed(codes), first, end) for codes, first, end in holes)
        calm = np.mean([_calm(model, ours, first, end) for ours, (_, first, end) in zip(latents, holes, strict=True)])
        cells = [f"{error / variance:.3f}", f"{flux:.2f}", f"{calm:.0%}", f"{1000 * spent:.0f}"]
        rows.append([case.name, name, len(holes), *cells])
    return rows


def _filled(writer: object, codes: Codes, first: int, end: int, seed: int) -> Codes:
    anew = operations.regenerated(writer, codes, first, end, Request(), np.random.default_rng(seed))
    outside = np.r_[0:first, end : codes.frames]
    assert np.array_equal(anew.indices[:, outside], codes.indices[:, outside])
    return anew


def _between(model: SdaModel, codes: Codes, first: int, end: int, _seed: int, held: bool) -> torch.Tensor:
    latent = model.embed(codes).clone()
    share = 0.0 if held else torch.arange(1, end - first + 1)[:, None] / (end - first + 1)
    latent[first:end] = (1 - share) * latent[first - 1] + share * latent[end]
    return latent


def _movement(latent: torch.Tensor, first: int, end: int) -> float:
    """Mean change per frame in the hole and at its seams."""
    return float(latent[first - 1 : end + 1].diff(dim=0).abs().mean())


def _calm(model: SdaModel, latent: torch.Tensor, first: int, end: int) -> bool:
    """Whether the spectra (512 / 128) around both seams change no more than 95 in 100 of the sound's do."""
    samples = torch.tensor(model.synth(latent).samples[0])
    spectra = torch.stft(samples, 512, 128, window=torch.hann_window(512), return_complex=True).abs()
    change = spectra.clamp_min(1e-4).log10().diff(dim=1).abs().mean(0)
    usual = change.quantile(0.95)
    seams = [round(frame * model.hop / 128) for frame in (first, end)]
    return all(bool(change[max(0, seam - 2) : seam + 2].mean() <= usual) for seam in seams)


# --- controls


def obedience(case: Case) -> list[list[object]]:
    """Spearman's rho of what is asked for with every measure of the decoded audio, side effects included."""
    model, rows = case.model, []
    for name in CONTROLS:
        if model.ranges.why_hidden(name):
            rows.append([case.name, name, "hidden", *[""] * len(CONTROLS)])
            continue
        asked, came = [], []
        for level in ASKED:
            for seed in range(CONTROL_SEEDS):
                options = case.lasting(CONTROL_SECONDS, seed=seed, controls={name: level})
                asked.append(level)
                came.append(_heard(model, generate(model, options).clip))
        rhos = {one: float(spearmanr(asked, [found[one] for found in came]).statistic) for one in CONTROLS}
        cells = [f"**{rhos[one]:.2f}**" if one == name else f"{rhos[one]:.2f}" for one in CONTROLS]
        rows.append([case.name, name, len(asked), *cells])
    return rows


def _heard(model: SdaModel, clip: AudioClip) -> dict[str, float]:
    return measure(_magnitudes(model, clip), model.codec.spectral)


def _magnitudes(model: SdaModel, clip: AudioClip) -> torch.Tensor:
    """[bin, spectrum] of the mid signal."""
    spectral = model.codec.spectral
    samples = mid_side(torch.tensor(clip.samples))[:1, : clip.length // spectral.step * spectral.step]
    return modulus(spectral.stft(samples))[0]


def contours(case: Case) -> list[object]:
    """Rank correlation over time of the level asked for with that of the decoded audio, per shape, mean and least;
    mean distance in dB."""
    model, means, all_rhos, errors = case.model, [], [], []
    for points in SHAPES.values():
        rhos = []
        for seed in range(CONTROL_SEEDS):
            clip = generate(model, case.lasting(CONTROL_SECONDS, seed=seed, contour=points)).clip
            power = _magnitudes(model, clip).square().sum(0).numpy()
            level = measured_levels(power, model.sample_rate / model.codec.spectral.step)
            rhos.append(float(spearmanr(level, contour_levels(points, len(level))).statistic))
            errors.append(contour_error(level, points))
        means.append(f"{np.mean(rhos):.2f}")
        all_rhos += rhos
    summary = [f"**{np.mean(all_rhos):.2f}**", f"{min(all_rhos):.2f}", f"{np.mean(errors):.1f}"]
    return [case.name, len(all_rhos), *means, *summary]


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
        "Controls: rank correlation of what is asked for with what the audio measures; the rest are side effects.",
        ["corpus", "asked", "sounds", *CONTROLS],
        [row for case in [*cases, *notes] for row in obedience(case)],
    )
    add(
        f"Loudness contours over {CONTROL_SECONDS:g} s: rank correlation of asked and measured level over time.",
        ["corpus", "sounds", *SHAPES, "mean", "least", "dB away"],
        [contours(case) for case in [*cases, *notes]],
    )


if __name__ == "__main__":
    main()
