"""Sliders: whether the decoded sound follows them, on sounds that they were not fitted to.

    python benchmarks/corpora.py FOLDER
    python benchmarks/sliders.py FOLDER [--corpora demo drums texture] [--write]

Closed-form models (`demo`: data/demo, every sixth file held out; else FOLDER/NAME/train). Every held-out sound's first
two seconds are moved by steps of each slider that is not hidden, turned into codes, decoded and measured. Writes
the section "sliders" of docs/BENCHMARKS.md.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from report import table, write_section
from scipy.stats import spearmanr

from sda_lib import AudioClip, Corpus, GenerateOptions, Recipe, SdaModel, generate, learn
from sda_lib.analysis.features import FEATURES
from sda_lib.codec.stft import mid_side, modulus
from sda_lib.controls.controls import measure
from sda_lib.directions.directions import STEPS, SliderCard
from sda_lib.directions.gestures import GESTURES
from sda_lib.sliders.feature_fit import measured_features
from sda_lib.sliders.fit import display_name, feature_spreads, fit_sliders
from sda_lib.sliders.gesture_fit import measured_gesture
from sda_lib.sliders.response import gesture_response, responses
from sda_lib.sliders.trial import TrialSound
from sda_lib.sliders.zones import zone

SECONDS = 2.0
DEMO = Path(__file__).parents[1] / "data" / "demo"
HELD_OUT_EVERY = 6
TRIED_STEPS = 9
TOGETHER = ("brightness", "loudness")
TOGETHER_STEPS = (-1.0, 0.0, 1.0)
TEXT = """Sounds that neither the model nor its sliders were made with, moved, made into codes, decoded at Source 1 and
measured. Offered: for how many of the sounds; one that follows for less than a step by its response has the slider
switched off (pure noise gets no noisier). rho: mean over those of Spearman's rank correlation of feature and steps,
nine as far as the sound follows (from, to: mean ends of -4 to 4), and in brackets over all of -4 to 4 and all sounds.
A step: mean change over those. Besides: what else changes most, in standard deviations over the corpus' frames,
over this one's own. Inside: the share of sounds moved by -4 to 4 steps that are between the corpus' 1st and 99th
percentile of the feature, by their predicted zone, with their number. Sliders below rho 0.8 on the
model's own sounds are hidden and left out here. Closed-form models, stereo as the recordings are, one seed."""
TOGETHER_TEXT = """Brightness and loudness moved together, every pair of -1, 0 and 1 steps: what each does to the
other's feature over what it does to its own, in standard deviations over the corpus' frames, by a regression over all
pairs and sounds."""


CONTROLS, CONTROL_LEVELS, CONTROL_SEEDS, CONTROL_SECONDS = (
    ("density", "pulse", "pitch"),
    (0.0, 0.25, 0.5, 0.75, 1.0),
    8,
    6.0,
)
THROUGH_TEXT = """Sliders that act through time, measured on the decoded sounds: attack and decay by
`sda_lib.analysis.onsets` at the onsets of the same held-out sounds, moved as above; density, pulse and pitch, which a
new sound is written for (the walk), by `sda_lib.controls.controls`, eight seeds for each of five control values, six
seconds each."""


def split_demo(scratch: Path) -> tuple[Path, Path]:
    """The demo sounds in two folders."""
    for number, file in enumerate(sorted(DEMO.glob("*.flac"))):
        part = scratch / "demo" / ("held_out" if number % HELD_OUT_EVERY == HELD_OUT_EVERY - 1 else "train")
        part.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, part)
    return scratch / "demo" / "train", scratch / "demo" / "held_out"


def modeled(folder: Path, path: Path, name: str) -> tuple[SdaModel, float]:
    """A closed-form model with sliders, and the processor seconds that those took."""
    corpus = Corpus.from_folder(folder)
    for _ in learn(corpus, Recipe.for_corpus(corpus, minutes=0), path, name):
        pass
    model, began = SdaModel.load(path), time.process_time()
    return model.with_sliders(fit_sliders(model)), time.process_time() - began


def parts_of(model: SdaModel, folder: Path) -> list[torch.Tensor]:
    """Latents [frame, dim] of the beginnings of a folder's sounds, as codes have them."""
    clips = Corpus.from_folder(folder).clips(model.sample_rate, model.recipe.audio.channels)
    return [model.embed(model.encode(clip.cut(round(SECONDS * clip.sample_rate)))) for clip in clips]


def row_of(
    corpus: str, model: SdaModel, card: SliderCard, sounds: list[torch.Tensor], spreads: dict[str, float]
) -> list:
    """Return the row of a slider."""
    rhos, whole, slopes, reaches = [], [], [], []
    zones: dict[str, list[bool]] = {"safe": [], "warning": [], "danger": []}
    for latent in sounds:
        at = lambda step: measured_features(TrialSound(model, latent), model.sliders.directions, {card.name: step})  # noqa: B023, E731
        found = responses(model, model.sliders.directions, latent, card.name)[card.name]
        full = [at(step)[card.name] for step in STEPS]
        found = found.anchored(full[STEPS.index(0.0)])
        for step, value in zip(STEPS, full, strict=True):
            if step:
                zones[zone(card, found.at(step), step)].append(card.low <= value <= card.high)
        whole.append(np.nan_to_num(spearmanr(STEPS, full).statistic))
        reaches.append(found.followed)
        if found.is_followed:
            steps = np.linspace(*found.followed, TRIED_STEPS)
            values = [at(step) for step in steps]
            rhos.append(np.nan_to_num(spearmanr(steps, [one[card.name] for one in values]).statistic))
            slopes.append([np.polyfit(steps, [one[name] for one in values], 1)[0] for name in FEATURES])
    slope = dict(zip(FEATURES, np.mean(slopes, 0), strict=True))
    own = slope[card.name] / spreads[card.name]
    relative = {name: slope[name] / spreads[name] / own for name in FEATURES if name != card.name}
    other = max(relative, key=lambda name: abs(relative[name]))
    low, high = np.mean(reaches, 0)
    return [
        corpus,
        card.name,
        f"{len(rhos)} of {len(sounds)}",
        f"{np.mean(rhos):.2f} ({np.mean(whole):.2f})",
        f"{low:.1f}, {high:.1f}",
        f"{slope[card.name]:+.3g} {card.unit}",
        f"{other} {relative[other]:+.0%}",
        *(f"{np.mean(found):.0%} of {len(found)}" if found else "none" for found in zones.values()),
    ]


def gesture_row(corpus: str, model: SdaModel, card: SliderCard, sounds: list[torch.Tensor]) -> list[object]:
    """Return the row of a gesture, measured at onsets."""
    rhos, slopes, reaches = [], [], []
    for latent in sounds:
        found = gesture_response(model, model.sliders, latent, card.name)
        if found.is_followed:
            steps = np.linspace(*found.followed, TRIED_STEPS)
            values = [
                one[card.name] for one in measured_gesture(model.sliders, TrialSound(model, latent), card.name, steps)
            ]
            rhos.append(np.nan_to_num(spearmanr(steps, values).statistic))
            slopes.append(np.polyfit(steps, values, 1)[0])
            reaches.append(found.followed)
    low, high = np.mean(reaches, 0)
    offered = f"{len(rhos)} of {len(sounds)}"
    return [
        corpus,
        card.name,
        offered,
        f"{np.mean(rhos):.2f}",
        f"{low:.1f}, {high:.1f}",
        f"{np.mean(slopes):+.3g} {card.unit}",
    ]


def control_row(corpus: str, model: SdaModel, name: str) -> list[object]:
    """Return the row of a writer's control, by its own measure of the decoded sound."""
    wanted = [(level, seed) for level in CONTROL_LEVELS for seed in range(CONTROL_SEEDS)]
    options = [GenerateOptions(CONTROL_SECONDS, seed=seed, controls={name: level}) for level, seed in wanted]
    came = [control_measured(model, generate(model, one).clip)[name] for one in options]
    levels = [level for level, _ in wanted]
    slope, rho = np.polyfit(levels, came, 1)[0], spearmanr(levels, came).statistic
    return [
        corpus,
        f"{name}, newly written",
        f"{len(wanted)} written",
        f"{rho:.2f}",
        "0, 1",
        f"{slope:+.3g} from 0 to 1",
    ]


def control_measured(model: SdaModel, clip: AudioClip) -> dict[str, float]:
    spectral = model.codec.spectral
    samples = mid_side(torch.tensor(clip.samples))[:1, : clip.length // spectral.step * spectral.step]
    return measure(modulus(spectral.stft(samples))[0], spectral)


def together(corpus: str, model: SdaModel, sounds: list[torch.Tensor], spreads: dict[str, float]) -> list[object]:
    """Each of TOGETHER on the other's feature, over its own, when both are moved."""
    pairs = list(itertools.product(TOGETHER_STEPS, repeat=2))
    changes = []
    for sound in (TrialSound(model, latent) for latent in sounds):
        found = [
            measured_features(sound, model.sliders.directions, dict(zip(TOGETHER, pair, strict=True))) for pair in pairs
        ]
        values = np.array([[one[name] / spreads[name] for name in TOGETHER] for one in found])
        changes.append(values - values.mean(0))
    effect = np.mean([np.linalg.lstsq(np.array(pairs), one, rcond=None)[0] for one in changes], 0)
    return [corpus, f"{effect[0, 1] / effect[0, 0]:+.0%}", f"{effect[1, 0] / effect[1, 1]:+.0%}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--corpora", nargs="+", default=["demo", "drums", "texture"])
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    wishes = parser.parse_args()
    torch.set_num_threads(1)
    rows, moving, pairs, hidden = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for name in wishes.corpora:
            scratch = Path(folder)
            train, held_out = (
                split_demo(scratch)
                if name == "demo"
                else (wishes.folder / name / part for part in ("train", "held_out"))
            )
            model, spent = modeled(train, scratch / f"{name}.sda", name)
            sounds = parts_of(model, held_out)
            spreads = dict(zip(FEATURES, feature_spreads(model), strict=True))
            named = [card for card in model.sliders.shown if not card.is_axis]
            for card in named:
                if card.name in GESTURES:
                    continue
                rows.append(row_of(name, model, card, sounds, spreads))
                print(*rows[-1], sep=" | ", flush=True)
            moving += [gesture_row(name, model, card, sounds) for card in named if card.name in GESTURES]
            moving += [
                control_row(name, model, control) for control in CONTROLS if not model.ranges.why_hidden(control)
            ]
            print(*moving[-len(CONTROLS) - len(GESTURES) :], sep="\n", flush=True)
            pairs.append(together(name, model, sounds, spreads))
            print(*pairs[-1], sep=" | ", flush=True)
            left = [f"{card.name} {card.rho:.2f}" for card in model.sliders.cards if card.why_hidden]
            axes = ", ".join(display_name(card) for card in model.sliders.cards if card.is_axis)
            without = f"hidden (rho on its own sounds): {', '.join(left) or 'none'}"
            hidden.append(f"{name}: made and tried in {spent:.0f} s; {without}; {axes}.")
    header = [
        "corpus", "slider", "offered", "rho", "from, to", "a step", "besides",
        "inside, safe", "inside, warning", "inside, danger",
    ]  # fmt: skip
    cross = table(["corpus", "brightness on loudness", "loudness on brightness"], pairs)
    text = f"{TEXT}\n\n{table(header, rows)}\n\n" + "\n".join(hidden)
    through = table(["corpus", "slider", "offered", "rho", "from, to", "a step"], moving)
    text += f"\n\n{TOGETHER_TEXT}\n\n{cross}\n\n{THROUGH_TEXT}\n\n{through}"
    print(text)
    if wishes.write:
        write_section("sliders", "Sliders", text)


if __name__ == "__main__":
    main()
