"""How hard are a new sound's jumps, compared with what changes in the recordings anyway?

    OMP_NUM_THREADS=1 python benchmarks/joints.py CORPORA drums texture notes --models MODELS --write

CORPORA holds a folder with `train` for each name, MODELS a `NAME.sda` of each. New sounds of four seconds are written
by the walk at the usual novelty, and decoded at Source 1: as it was before (jumps at an even rate, spectra of both
recordings side by side), with joints, and with joints where good successors are.

A jump is harder than usual when the change around it exceeds that around 95 of 100 random places of the recordings.
Flux: the largest mean change of log10 magnitudes (512 / 128, down to 60 dB below the loudest) within 21 ms on either
side. Level: the difference in dB of the level in the 21 ms after and before. Places 50 dB below the loudest are left
out. Clicks are counted as in clicks.py.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from clicks import per_second, sharpness
from report import table, write_section

from sda_lib import AudioClip, Corpus, SdaModel
from sda_lib.memory import joints
from sda_lib.memory.graph import Graph
from sda_lib.writers.request import Request
from sda_lib.writers.walk import Walk
from sda_lib.writers.walk_plan import WalkPlanner

WINDOW, STEP, NEAR, PLACES = 512, 128, 8, 24
"""Samples of a spectrum and from one to the next; spectra on either side of a jump; random places per recording."""
RANGE, QUIET_DB = 1e-3, 50.0
"""Range of magnitudes whose changes count; level below the loudest at which a place is left out."""
Change = tuple[float, float]


def changes(clip: AudioClip, places: Sequence[int]) -> list[Change]:
    """Flux and change of level at these samples of a sound."""
    samples = torch.tensor(clip.samples.mean(0))
    shape = torch.hann_window(WINDOW)
    sizes = torch.stft(samples, WINDOW, STEP, window=shape, return_complex=True, pad_mode="constant").abs()
    flux = sizes.clamp_min(float(sizes.max()) * RANGE + 1e-6).log10().diff(dim=1).abs().mean(0).numpy()
    padded = torch.nn.functional.pad(samples, (WINDOW // 2, WINDOW // 2))
    power = padded.unfold(0, WINDOW, STEP).square().mean(1).clamp_min(1e-10).numpy()
    found = []
    for at in (round(place / STEP) for place in places):
        before, after = power[max(0, at - NEAR) : at], power[at : at + NEAR]
        if NEAR <= at < len(flux) - NEAR and max(before.max(), after.max()) > power.max() * 10 ** (-QUIET_DB / 10):
            level = 10 * np.log10(after.mean() / before.mean())
            found.append((float(flux[at - NEAR : at + NEAR].max()), abs(float(level))))
    return found


def usual(clips: Sequence[AudioClip]) -> np.ndarray:
    """The flux and the change of level that 95 of 100 places of the recordings stay below."""
    chance, found = np.random.default_rng(0), []
    for clip in clips:
        edge = round(0.03 * clip.sample_rate)
        if clip.length > 3 * edge:
            found += changes(clip, [int(at) for at in chance.uniform(edge, clip.length - edge, PLACES)])
    return np.percentile(np.array(found), 95, axis=0)


@contextmanager
def as_before(joined: bool, led: bool) -> Iterator[None]:
    """Without joints, or with an even rate of jumps."""
    even = cached_property(lambda planner: np.ones(len(planner.graph)))
    even.__set_name__(WalkPlanner, "leaving")
    with ExitStack() as stack:
        if not joined:
            stack.enter_context(patch.object(joints, "own_frames", lambda match: match.identity > 2))
        if not led:
            stack.enter_context(patch.object(WalkPlanner, "leaving", even))
        yield


VARIANTS: dict[str, tuple[bool, bool]] = {
    "as before": (False, False),
    "joints": (True, False),
    "joints, good places": (True, True),
}


def row(
    name: str, variant: str, model: SdaModel, clips: Sequence[AudioClip], count: int, seconds: float
) -> list[object]:
    """The row of a corpus and a variant."""
    graph, limits = Graph.of_memory(model.memory), usual(clips)
    highest = max(float(sharpness(clip).max(initial=0.0)) for clip in clips if clip.seconds > 0.2)
    walk, found, sounds, spent, jumps = Walk(graph, model.codec), [], [], 0.0, 0
    frames = round(seconds * model.frame_rate)
    with as_before(*VARIANTS[variant]):
        for seed in range(count):
            path = walk.path(Request(frames=frames), np.random.default_rng(seed))
            began = time.process_time()
            sounds.append(model.decode(graph.like.with_indices(graph.codes[:, path])))
            spent += time.process_time() - began
            places = np.flatnonzero(~graph.follows(path[:-1], path[1:, None])[:, 0]) + 1
            jumps += len(places)
            found += changes(sounds[-1], places * model.hop)
    harder = (np.array(found) > limits).mean(0)
    total = sum(clip.seconds for clip in sounds)
    clicks = statistics.mean(per_second(sounds, highest))
    shares = [f"{share:.1%}" for share in harder]
    return [name, variant, f"{jumps / total:.1f}", *shares, f"{clicks:.2f}", f"{1000 * spent / total:.1f}"]


HEADER = ["corpus", "variant", "jumps/s", "flux over 95 %", "level over 95 %", "clicks/s", "decoding, ms/s"]


def measured(corpora: Path, models: Path, names: Sequence[str], count: int, seconds: float) -> str:
    """The table of all corpora."""
    rows = []
    for name in names:
        model = SdaModel.load(models / f"{name}.sda")
        clips = Corpus.from_folder(corpora / name / "train").clips(model.sample_rate, model.recipe.audio.channels)
        for variant in VARIANTS:
            rows.append(row(name, variant, model, clips, count, seconds))
            print(*rows[-1], sep=" | ", flush=True)
    return table(HEADER, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("names", nargs="+")
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--sounds", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    found = measured(options.corpora, options.models, options.names, options.sounds, options.seconds)
    if options.write:
        write_section(
            "joints", "Jumps: how hard they are", f"{TEXT.format(options.sounds, options.seconds)}\n\n{found}"
        )


TEXT = """`benchmarks/joints.py`: {0} new sounds of {1:g} s per corpus by the walk, seeds from 0, Source 1. Over 95 %:
share of jumps around which the spectrum (512 / 128, largest change within 21 ms on either side) or the level (21 ms
after against 21 ms before) changes more than around 95 of 100 random places of the recordings. Clicks as in the
section on recordings that end loud. As before: jumps at an even rate, the spectra of both recordings side by side."""

if __name__ == "__main__":
    main()
