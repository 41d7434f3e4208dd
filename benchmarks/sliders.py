"""Sliders: whether what is heard follows them, on sounds that they were not made with.

    python benchmarks/corpora.py FOLDER
    python benchmarks/sliders.py FOLDER [--corpora demo drums texture] [--write]

Closed-form models (`demo`: data/demo, every sixth file held out; else FOLDER/NAME/train). Every held-out sound's first
two seconds are moved by steps of each slider that has earned its name, turned into codes, decoded and measured. Writes
the section "sliders" of docs/BENCHMARKS.md.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from report import table, write_section
from scipy.stats import spearmanr

from sda_lib import AudioClip, Corpus, Recipe, SdaModel, learn
from sda_lib.models.directions import STEPS, Card, Sliders
from sda_lib.sound.features import FEATURES
from sda_lib.studio.sliders import learn_sliders, measured, spreads_of

SECONDS = 2.0
DEMO = Path(__file__).parents[1] / "data" / "demo"
HELD_OUT_EVERY = 6
TEXT = """Sounds that neither the model nor its sliders were made with, moved by -4 to 4 steps, made into codes, decoded
at Source 1. rho: mean over the sounds of Spearman's rank correlation of steps and feature; a step: its mean change;
besides: what else changes most, in standard deviations over the corpus' frames, over this one's own; inside: the share
of moved sounds between the corpus' 1st and 99th percentile of the feature, by the zone that the card puts them in, with
their number. Sliders below rho 0.8 on the model's own sounds are hidden and left out here. Closed-form models, stereo
as the recordings are, one seed."""


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
    return model.with_sliders(learn_sliders(model)), time.process_time() - began


def heard(model: SdaModel, sliders: Sliders, clip: AudioClip, name: str) -> list[dict[str, float]]:
    """The features of a sound at every one of STEPS."""
    latent = model.latent(clip.cut(round(SECONDS * clip.sample_rate)))
    return [measured(model, sliders.directions, latent, {name: step}) for step in STEPS]


def row_of(corpus: str, card: Card, rows: list[list[dict[str, float]]], spreads: dict[str, float]) -> list[object]:
    """What was heard of a slider: rows [sound][step] of features."""
    own = [[found[card.name] for found in row] for row in rows]
    slope = {
        name: float(np.mean([np.polyfit(STEPS, [found[name] for found in row], 1)[0] for row in rows]))
        for name in FEATURES
    }
    relative = {
        name: slope[name] / spreads[name] / (slope[card.name] / spreads[card.name])
        for name in FEATURES
        if name != card.name
    }
    other = max(relative, key=lambda name: abs(relative[name]))
    zones: dict[str, list[bool]] = {"safe": [], "warning": [], "danger": []}
    for values in own:
        for step, value in zip(STEPS, values, strict=True):
            if step:
                zones[card.zone(values[STEPS.index(0.0)], step)].append(card.low <= value <= card.high)
    inside = [f"{np.mean(found):.0%} of {len(found)}" if found else "none" for found in zones.values()]
    rho = np.mean([spearmanr(STEPS, values).statistic for values in own])
    return [
        corpus,
        card.name,
        f"{rho:.2f}",
        f"{slope[card.name]:+.3g} {card.unit}",
        f"{other} {relative[other]:+.0%}",
        *inside,
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--corpora", nargs="+", default=["demo", "drums", "texture"])
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    wishes = parser.parse_args()
    torch.set_num_threads(1)
    rows, hidden = [], []
    with tempfile.TemporaryDirectory() as folder:
        for name in wishes.corpora:
            scratch = Path(folder)
            train, held_out = (
                split_demo(scratch)
                if name == "demo"
                else (wishes.folder / name / part for part in ("train", "held_out"))
            )
            model, spent = modeled(train, scratch / f"{name}.sda", name)
            sliders, clips = (
                model.sliders,
                Corpus.from_folder(held_out).clips(model.sample_rate, model.recipe.audio.channels),
            )
            spreads = dict(zip(FEATURES, spreads_of(model), strict=True))
            for card in sliders.shown:
                rows.append(row_of(name, card, [heard(model, sliders, clip, card.name) for clip in clips], spreads))
                print(*rows[-1], sep=" | ", flush=True)
            left = [f"{card.name} {card.rho:.2f}" for card in sliders.cards if card.why_hidden]
            hidden.append(
                f"{name}: made and tried in {spent:.0f} s; hidden (rho on its own sounds): {', '.join(left) or 'none'}."
            )
    header = ["corpus", "slider", "rho", "a step", "besides", "inside, safe", "inside, warning", "inside, danger"]
    text = f"{TEXT}\n\n{table(header, rows)}\n\n" + "\n".join(hidden)
    print(text)
    if wishes.write:
        write_section("sliders", "Sliders", text)


if __name__ == "__main__":
    main()
