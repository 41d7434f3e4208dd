"""Priors: how well networks predict the codes of held-out sounds, compared with n-grams; and their writing speed.

    python benchmarks/corpora.py FOLDER
    python benchmarks/priors.py FOLDER [--corpora five fifty all] [--minutes 1] [--no-kad]

Closed-form models in mono of FOLDER/NAME/train; `five` are the first five texture files. A prior learns from a model's
own recordings and stops by some that it keeps apart; the figures are of FOLDER/NAME/held_out, which decide nothing (for
`five`: the next two). Writes the section "priors" of docs/BENCHMARKS.md. Needs aisfx (see kernel.py), or --no-kad.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from kernel import embed, kernel_distance, self_split
from report import table, write_section
from tasks import RATE
from torch import nn

from sda_lib import Corpus, Recipe, SdaModel, learn
from sda_lib.prior.network import LevelNetwork, input_count
from sda_lib.training import prior_training
from sda_lib.training.prior_data import baselines, coded_recordings, split_recordings
from sda_lib.training.prior_training import PriorTrainer, learn_prior
from sda_lib.writers.compose_codes import compose_codes
from sda_lib.writers.generate import cut_with_fade
from sda_lib.writers.options import GenerateOptions
from sda_lib.writers.provenance import originality

SPEED_SECONDS = 4.0
LEVELS = 2
"""Levels whose networks are compared with a Transformer."""


class Transformer(LevelNetwork):
    """The same inputs and answer, with causal self-attention over the row instead of a recurrent state."""

    def __init__(self, dim: int, size: int, width: int, dropout: float) -> None:
        super().__init__(dim, size, width, dropout)
        self.recur = _Attention(input_count(dim), width, dropout)


class _Attention(nn.Module):
    def __init__(self, numbers: int, width: int, dropout: float, layers: int = 2, longest: int = 4096) -> None:
        super().__init__()
        self.start = nn.Linear(numbers, width)
        turns = torch.arange(longest)[:, None] / 1e4 ** (torch.arange(0, width, 2) / width)
        self.register_buffer("place", torch.cat([turns.sin(), turns.cos()], 1), persistent=False)
        layer = nn.TransformerEncoderLayer(width, 4, 4 * width, dropout, "gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)

    def forward(self, past: torch.Tensor) -> tuple[torch.Tensor, None]:
        length = past.shape[1]
        mask = nn.Transformer.generate_square_subsequent_mask(length)
        return self.layers(self.start(past) + self.place[:length], mask=mask, is_causal=True), None


def folders(corpora: Path, name: str, scratch: Path) -> tuple[Path, Path]:
    """Where a corpus' training files are, and those that decide nothing."""
    if name != "five":
        return corpora / name / "train", corpora / name / "held_out"
    files = sorted((corpora / "texture" / "train").glob("*.flac"))
    for part, chosen in (("train", files[:5]), ("held_out", files[5:7])):
        (scratch / name / part).mkdir(parents=True)
        for file in chosen:
            shutil.copy(file, scratch / name / part)
    return scratch / name / "train", scratch / name / "held_out"


def modeled(folder: Path, path: Path, name: str, minutes: float, whole: bool = False) -> SdaModel:
    """A closed-form model of a folder, with a prior that learns from what the model remembers, or from the `whole`."""
    corpus = Corpus.from_folder(folder)
    recipe = Recipe.for_corpus(corpus, minutes=0).override(audio__channels=1, train__threads=1)
    for _ in learn(corpus, recipe, path, name):
        pass
    for _ in learn_prior(SdaModel.load(path), path, minutes, corpus=corpus if whole else None):
        pass
    return SdaModel.load(path)


def likelihoods(name: str, model: SdaModel, held_out: Path, whole: Corpus | None = None) -> list[list[object]]:
    """Nats per code of unheard files per level: counting on all that the prior learned from (what the model remembers,
    or the `whole` corpus), and the network."""
    unheard = coded_recordings(model, Corpus.from_folder(held_out))
    train, _ = split_recordings(coded_recordings(model, whole), 0)
    trainer, rows = PriorTrainer(model, train, unheard, 0), []
    for level, known in enumerate(model.prior.measured):
        found = baselines(train, unheard, level, model.codebook_size)
        cells = [f"{found[one]:.2f}" for one in ("uniform", "unigram", "trigram")]
        used = level < model.prior.config.levels and not model.prior.is_ngram
        nats = f"{trainer.scorer(level)(model.prior.networks[level]):.2f}" if used else "left out"
        stopped = f"{known['network']:.2f}" if "network" in known else ""
        rows.append(
            [name, len(model.memory), trainer.scored_frames, level, *cells, nats, stopped, known.get("steps", "")]
        )
    return rows


def contest(
    name: str, model: SdaModel, held_out: Path, seconds: float, whole: Corpus | None = None
) -> list[list[object]]:
    """The same time for a recurrent network and a Transformer, judged by unheard files as each stopped."""
    train, kept = split_recordings(coded_recordings(model, whole), 0)
    unheard = coded_recordings(model, Corpus.from_folder(held_out))
    rows = []
    for level in range(LEVELS):
        cells = []
        for kind in (LevelNetwork, Transformer):
            prior_training.LevelNetwork = kind
            trainer = PriorTrainer(model, train, kept, 0)
            network, taken = _returned(trainer.train_level(level, seconds, None))
            cells += [f"{PriorTrainer(model, train, unheard, 0).scorer(level)(network):.2f}", taken]
        prior_training.LevelNetwork = LevelNetwork
        rows.append([name, level, *cells])
    return rows


def _returned(events) -> tuple[LevelNetwork, int]:
    while True:
        try:
            next(events)
        except StopIteration as end:
            return end.value[0], end.value[2]


def speeds(name: str, model: SdaModel) -> list[object]:
    """Times real time in processor time: written, and written and decoded; with grains and without."""
    cells = []
    for one in (model, model.without_memory()):
        for decoded in (False, True):
            for seed in (99, *range(6)):
                if seed == 0:
                    began = time.process_time()
                codes = compose_codes(one, GenerateOptions(SPEED_SECONDS, seed=seed, writer="prior"))
                if decoded:
                    one.decode(codes)
            cells.append(f"{6 * SPEED_SECONDS / (time.process_time() - began):.0f}")
    return [name, f"{model.frame_rate:.1f}", model.prior.config.levels, *cells]


def realism(name: str, model: SdaModel, train: Path, held_out: Path, sounds: int) -> list[list[object]]:
    """Kernel audio distance from decoded training sounds, copied 8-grams, and ends that are cut."""
    clips = Corpus.from_folder(train).clips(RATE, 1)
    reference = embed([model.decode(model.encode(clip)) for clip in clips])
    unheard = embed([model.decode(model.encode(clip)) for clip in Corpus.from_folder(held_out).clips(RATE, 1)])
    floor, spread = self_split(reference)
    rows = [
        [name, "training sounds, random halves", f"{floor:.2f} ± {spread:.2f}", "", ""],
        [name, "held-out sounds", f"{kernel_distance(reference, unheard):.2f}", "", ""],
    ]
    bare = model.without_memory()
    for what, one, novelty in (*(("with grains", model, n) for n in (0.5, 1.0)), ("without grains", bare, 0.5)):
        made, shares = [], []
        for seed in range(sounds):
            length = np.random.default_rng(seed).choice([clip.seconds for clip in clips])
            options = GenerateOptions(float(np.clip(length, 0.1, 30)), seed=seed, writer="prior", novelty=novelty)
            codes = compose_codes(one, options)
            made.append(cut_with_fade(one.decode(codes), codes.seconds))
            if codes.frames >= 8:
                shares.append(originality(model, codes).share)
        cut = np.mean([np.abs(one.samples[:, -RATE // 50 :]).max() > 0.1 * one.peak for one in made])
        distance = kernel_distance(reference, embed(made))
        rows.append([name, f"{what}, novelty {novelty:g}", f"{distance:.2f}", f"{np.mean(shares):.2f}", f"{cut:.0%}"])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--corpora", nargs="+", default=["five", "fifty", "all"])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--contest-seconds", type=float, default=15.0)
    parser.add_argument("--sounds", type=int, default=48)
    parser.add_argument("--no-kad", action="store_true")
    wishes = parser.parse_args()
    torch.set_num_threads(1)
    parts: list[str] = []

    def add(title: str, header: list[str], rows: list[list[object]]) -> None:
        parts.append(f"{title}\n\n{table(header, rows)}")
        print(parts[-1], "\n", flush=True)
        load = f"Load of the computer (1 min): {os.getloadavg()[0]:.1f}. One seed, one model per corpus."
        write_section("priors", "Priors", "\n\n".join([*parts, load]))

    with tempfile.TemporaryDirectory() as scratch:
        cases = [(name, *folders(wishes.folder, name, Path(scratch))) for name in wishes.corpora]
        models = {name: modeled(one, Path(scratch) / f"{name}.sda", name, wishes.minutes) for name, one, _ in cases}
        add(
            "Nats per code of files that decide nothing (network: given each file's length; 3-gram with back-off). "
            "The last columns: the network on the files that it stopped by, steps taken.",
            ["corpus", "grains", "frames", "level", "uniform", "unigram", "3-gram", "network", "stopped at", "steps"],
            [row for name, _, held_out in cases for row in likelihoods(name, models[name], held_out)],
        )
        add(
            "Speed, times real time in processor time, sounds of 4 s.",
            ["corpus", "frames/s", "levels", "written", "and decoded", "without memory", "and decoded"],
            [speeds(name, models[name]) for name, _, _ in cases],
        )
        for name, train, held_out in cases:
            if not wishes.no_kad and name != "five":
                add(
                    f"Kernel audio distance of {wishes.sounds} sounds; copied 8-grams; ends within 20 dB of the peak.",
                    ["corpus", "sounds", "KAD", "copied", "cut"],
                    realism(name, models[name], train, held_out, wishes.sounds),
                )
        for name, _, held_out in cases:
            if wishes.contest_seconds > 0 and name in ("five", "fifty", "all"):
                add(
                    f"LSTM and a two-layer Transformer, same inputs, {wishes.contest_seconds:g} s each per level: nats "
                    "per code of files that decide nothing, steps.",
                    ["corpus", "level", "LSTM", "steps", "Transformer", "steps"],
                    contest(name, models[name], held_out, wishes.contest_seconds),
                )


if __name__ == "__main__":
    main()
