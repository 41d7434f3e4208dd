"""Which pieces of an hour a memory keeps: chosen by all of their frames, by a few of them, or at random.

    OMP_NUM_THREADS=1 python benchmarks/memory_choice.py FOLDER --minutes 60 --write

Makes a corpus of benchmarks/hours_corpus.py in FOLDER, encodes all of it with the base for long mono sounds, and
measures how far the frames that are left out are from the nearest one that is kept.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from hours_corpus import made
from report import table, write_section
from torch import Tensor

from sda_lib import Corpus, Recipe
from sda_lib.base.base import BASES, load_base
from sda_lib.codec.clustering import nearest_rows
from sda_lib.codec.codec import Codec
from sda_lib.training.encoding import FrameRange, frame_ranges, latent_of
from sda_lib.training.memory_choice import PROBE_FRAMES, PROBES, MemoryCandidates, diverse, piece_frames
from sda_lib.training.segments import CorpusSound

FRAMES, DRAWS = 6000, 5
"""Frames that are looked for, and random choices that are averaged."""
TEXT = """`python benchmarks/memory_choice.py`: {minutes:g} minutes of `benchmarks/hours_corpus.py`, of which a memory
keeps {kept:g}. Distance of {frames} frames of all to the nearest that is kept, in latents of the base, mean and worst
tenth; and processor time, in which all frames includes encoding the corpus, which the other ways need not."""


def all_latents(codec: Codec, sounds: Sequence[CorpusSound]) -> list[tuple[FrameRange, Tensor]]:
    """The pieces of sounds with their latents."""
    found = []
    for sound in sounds:
        latent = latent_of(codec, sound)
        found += [(part, latent[part.first : part.end]) for part in frame_ranges(codec, sound, piece_frames(codec))]
    return found


def at_random(pieces: Sequence[tuple[FrameRange, Tensor]], frames: int, seed: int) -> list[int]:
    """Pieces in random order until there is no room for the next one."""
    chosen, room = [], frames
    for number in np.random.default_rng(seed).permutation(len(pieces)).tolist():
        room -= len(pieces[number][1])
        if room < 0:
            break
        chosen.append(number)
    return chosen


def distances(latents: Tensor, kept: Tensor, seed: int = 0) -> tuple[float, float]:
    """Mean and worst tenth of the distance of random frames to the nearest that is kept."""
    some = latents[torch.randperm(len(latents), generator=torch.Generator().manual_seed(seed))[:FRAMES]]
    far = (some - kept[nearest_rows(some, kept)]).norm(dim=1)
    return float(far.mean()), float(far.quantile(0.9))


def spent(act: Callable[[], list[int]]) -> tuple[list[int], float]:
    began = time.process_time()
    return act(), time.process_time() - began


@torch.no_grad()
def text(folder: Path, minutes: float) -> str:
    torch.set_num_threads(1)
    corpus = Corpus.from_folder(made(folder, minutes))
    recipe, codec = Recipe.for_corpus(corpus), Codec(*BASES["long-mono"])
    load_base("long-mono").fill(codec)
    sounds = tuple(CorpusSound.of_corpus(corpus, recipe.audio))
    began = time.process_time()
    pieces = all_latents(codec, sounds)
    encoding = time.process_time() - began
    latents = [latent for _, latent in pieces]
    whole = torch.cat(latents)
    place = {(part.sound.name, part.first): number for number, (part, _) in enumerate(pieces)}

    def by_probes() -> list[int]:
        return [place[part.sound.name, part.first] for part in MemoryCandidates(sounds).kept(codec, recipe)]

    spans = [(0, len(one)) for one in latents]
    exact, exact_seconds = spent(lambda: diverse(recipe, latents, spans))
    probed, probed_seconds = spent(by_probes)
    frames = round(60 * recipe.memory.minutes * recipe.audio.sample_rate / recipe.codec.hop)
    drawn = [distances(whole, torch.cat([latents[n] for n in at_random(pieces, frames, s)])) for s in range(DRAWS)]
    rows: list[list[object]] = []
    ways = (
        ("all frames", exact, encoding + exact_seconds),
        (f"{PROBES * PROBE_FRAMES} frames", probed, probed_seconds),
    )
    for name, chosen, seconds in ways:
        mean, worst = distances(whole, torch.cat([latents[number] for number in chosen]))
        rows.append([name, len(chosen), f"{mean:.3f}", f"{worst:.3f}", f"{seconds:.1f}"])
    mean, worst = np.mean(drawn, axis=0)
    rows.append([f"random, mean of {DRAWS}", "", f"{mean:.3f}", f"{worst:.3f}", ""])
    header = ["chosen by", "pieces", "distance", "worst tenth", "CPU-s"]
    return f"{TEXT.format(minutes=minutes, kept=recipe.memory.minutes, frames=FRAMES)}\n\n{table(header, rows)}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args(arguments)
    found = text(options.folder, options.minutes)
    print(found)
    if options.write:
        write_section("memory-choice", "Which pieces of an hour a memory keeps", found)


if __name__ == "__main__":
    main()
