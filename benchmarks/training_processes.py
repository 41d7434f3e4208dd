"""Training in two processes beside one: the same weights, and steps per second.

    OMP_NUM_THREADS=1 python benchmarks/training_processes.py [FOLDER] [--steps 100] [--rounds 5] [--processes 2]
        [--figures FILE] [--write]

Steps begin from one closed-form codec and are taken in turns by this process alone and by it with its followers, each
with one thread and the same batches. Optimizer steps in shards are compared with whole ones after an exchange of all
gradients in one piece, and with those of DistributedDataParallel, in processes of their own. A run that was stopped
continues with the same FILE. With --write the tables become the section "distributed" of docs/BENCHMARKS.md.
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from figures import Figures
from report import table, write_section
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from sda_lib import Corpus, Recipe
from sda_lib.codec.codec import Codec
from sda_lib.codec.losses import magnitude_loss
from sda_lib.codec.stft import modulus
from sda_lib.training.follower import leading
from sda_lib.training.optimize import LARGEST_GRADIENT, StepBudget, optimize
from sda_lib.training.optimizer_shards import OptimizerShards, optimizer_shards
from sda_lib.training.process_group import joined, training_world
from sda_lib.training.setup import TrainingSetup
from sda_lib.training.world import ALONE, World

DEMO = Path(__file__).parents[1] / "data/demo"
# Steps before the clock starts, and steps per turn.
COLD, TIMED = 3, 100
# Steps per turn when ways to exchange gradients are compared.
EXCHANGED = 20
# Steps after which weights are compared, besides the last.
EARLY = 10
MEANING = """`benchmarks/training_processes.py` on {folder} with the recipe's batch of {batch} segments, {processes}
processes beside one, one thread each. *Away* is the distance of the weights of both networks and of the codebooks from
those of one process after so many steps, relative to their norm. One process that computes its batches in as many parts
(`train.accumulation`) trains the same model, to the last bit. In one part its sums are in another order and differ in
the last bit, and the training magnifies that: the losses are L1 distances, whose gradient jumps where decoded and true
magnitudes are equal, and a code may be chosen differently. So weights in 32 bits depart in the same way if one process
computes its convolutions by other kernels (oneDNN off). In 64 bits no jump is within reach, and only what the exchange
does is left, also where codes follow the data and are revived at step 25. Steps per second: medians of {rounds} turns
of {timed} steps, one process and several by turns; the ratio is the median of the turns' ratios, the smallest and the
largest in brackets. Where other work keeps the cores busy (the load average before tells), the clock measures that work
too: several processes wait for the one that it delays most.
Processor time leaves that out; its ratio is what the clock's would be with a core for each process and no waiting."""


@dataclasses.dataclass(frozen=True)
class Case:
    """What is trained for a comparison of weights: changes of the recipe, precision, and whether by several
    processes, or else by one without oneDNN, whose convolutions add up in another order. The one process that it is
    compared with computes each batch in `parts`."""

    name: str
    settings: dict[str, object]
    precision: torch.dtype = torch.float32
    processes: bool = True
    parts: int = 1


# Seconds of a step: by the clock, and of the leader's processor time.
Seconds = tuple[float, float]

CASES = (
    Case("codes, 32 bits", {}),
    Case("codes, 32 bits, beside one process with `train.accumulation=2`", {}, parts=2),
    Case("codes, 32 bits, one process without oneDNN", {}, processes=False),
    Case("codes, 64 bits", {}, torch.float64),
    Case("codes that follow the data (decay 0.99), 64 bits", {"train.codebook_decay": 0.99}, torch.float64),
    Case("no codes, 32 bits", {"codec.bottleneck": "none"}),
)


def trained(setup: TrainingSetup, steps: int, world: World) -> tuple[Codec, Seconds]:
    """Take steps on a copy of the codec; return it, and the seconds of a step."""
    torch.set_num_threads(1)
    codec = copy.deepcopy(setup.codec)
    segments = dataclasses.replace(setup, codec=codec).segments()
    train = dataclasses.replace(setup.recipe.train, checks=1)
    began, worked = time.monotonic(), time.process_time()
    for _ in optimize(codec, segments, train, StepBudget(steps, None, 0.0), world=world):
        pass
    return codec, ((time.monotonic() - began) / steps, (time.process_time() - worked) / steps)


def away(one: Codec, other: Codec) -> float:
    """Return the distance of the weights of two codecs, relative to their norm."""
    pairs = list(zip(one.parameters(), other.parameters(), strict=True))
    if one.bottleneck.discrete:
        pairs.append((one.bottleneck.codebooks, other.bottleneck.codebooks))
    squares = [(float((a - b).double().square().sum()), float(a.double().square().sum())) for a, b in pairs]
    return (sum(difference for difference, _ in squares) / sum(whole for _, whole in squares)) ** 0.5


def fitted(corpus: Corpus, recipe: Recipe, world: World) -> TrainingSetup:
    """Return a set-up with a closed-form codec."""
    setup = TrainingSetup.from_corpus(corpus, recipe, "benchmark", "cpu", world)
    setup.fit()
    return setup


def compared(corpus: Corpus, recipe: Recipe, case: Case, processes: int, steps: Sequence[int]) -> list[float]:
    """Return how far weights are away from those of one process after each number of steps."""
    recipe = recipe.override(**case.settings)
    wanted = processes if case.processes else 1
    with training_world(wanted, "cpu", recipe.train.batch) as world, leading(world, corpus, recipe, "cpu"):
        setup = fitted(corpus, recipe, world)
        setup.codec.to(case.precision)
        in_parts = dataclasses.replace(setup, recipe=recipe.override(train__accumulation=case.parts))
        alone = [trained(in_parts, count, ALONE)[0] for count in steps]
        with torch.backends.mkldnn.flags(enabled=case.processes):
            others = [trained(setup, count, world)[0] for count in steps]
    return [away(one, other) for one, other in zip(alone, others, strict=True)]


def speeds(corpus: Corpus, recipe: Recipe, processes: int, rounds: int) -> list[tuple[Seconds, Seconds]]:
    """Return how long a step takes one process and several, by turns."""
    found = []
    with training_world(processes, "cpu", recipe.train.batch) as world, leading(world, corpus, recipe, "cpu"):
        setup = fitted(corpus, recipe, world)
        for one in (ALONE, world):
            trained(setup, COLD, one)
        for _ in range(rounds):
            found.append((trained(setup, TIMED, ALONE)[1], trained(setup, TIMED, world)[1]))
            print(*found[-1], flush=True)
    return found


class Forward(nn.Module):
    """The part of a training step that DistributedDataParallel needs as one module."""

    def __init__(self, codec: Codec) -> None:
        super().__init__()
        self.codec = codec

    def forward(self, mel: Tensor) -> Tensor:
        quantized = self.codec.bottleneck(self.codec.latent(self.codec.features(mel)))
        return self.codec.log_magnitudes(quantized.latent)


def exchange_seconds(recipe: Recipe, world: World, rounds: int) -> dict[str, list[Seconds]]:
    """Return seconds per step with each way to exchange gradients, by turns; on noise, as time is all that counts."""
    codec = Codec(recipe.audio, recipe.codec)
    whole = DistributedDataParallel(Forward(codec), broadcast_buffers=False)
    weights = [one for one in codec.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(weights, fused=True)
    signal = torch.randn(recipe.train.batch // world.size, recipe.train.segment + 2 * codec.spectral.margin)
    spectra = codec.spectral.stft_inside(signal)[:, None]
    mel = codec.spectral.log_mel(modulus(spectra))

    def step(forward: Callable[[Tensor], Tensor], exchange: bool, shards: OptimizerShards | None) -> None:
        codec.zero_grad()
        loss = magnitude_loss(codec.spectral, forward(mel), modulus(spectra))
        loss.backward()
        if shards is not None:
            shards.step(loss.detach(), LARGEST_GRADIENT)
            return
        if exchange:
            world.average([one.grad for one in weights if one.grad is not None])
        torch.nn.utils.clip_grad_norm_(weights, LARGEST_GRADIENT)
        optimizer.step()

    ways = {
        "DistributedDataParallel": (whole, False, ALONE),
        "in one piece": (whole.module, True, ALONE),
        "in shards": (whole.module, False, world),
    }
    found: dict[str, list[Seconds]] = {name: [] for name in ways}
    for _ in range(1 + rounds):
        for name, (forward, exchange, sharing) in ways.items():
            with optimizer_shards(optimizer, weights, sharing) as shards:
                began, worked = time.monotonic(), time.process_time()
                for _ in range(EXCHANGED):
                    step(forward, exchange, shards)
                spent = time.monotonic() - began, time.process_time() - worked
            found[name].append((spent[0] / EXCHANGED, spent[1] / EXCHANGED))
    return {name: some[1:] for name, some in found.items()}


def exchanged(recipe: Recipe, processes: int, rounds: int) -> dict[str, list[Seconds]]:
    """Return `exchange_seconds` of the first of several processes."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--peer", f"{folder}/meeting", "--processes", str(processes)]
        command += ["--rounds", str(rounds), "--recipe", recipe.to_json()]
        peers = [
            subprocess.Popen([*command, "--rank", str(rank)], stdout=subprocess.PIPE, text=True)
            for rank in range(processes)
        ]
        said = [one.communicate()[0] for one in peers]
    return json.loads(said[0])


def peer(rank: int, meeting: Path, recipe: Recipe, processes: int, rounds: int) -> None:
    """Take part in `exchanged`."""
    torch.set_num_threads(1)
    with joined(World(rank, processes, rank, processes), meeting) as world:
        found = exchange_seconds(recipe, world, rounds)
    print(json.dumps(found))


def ratio(turns: Sequence[tuple[float, float]]) -> str:
    """Return the median ratio of the first seconds to the second, with the smallest and the largest."""
    ratios = [first / second for first, second in turns]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=DEMO)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--figures", type=Path, help="file that keeps what was measured")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--peer", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--recipe", help=argparse.SUPPRESS)
    parser.add_argument("--rank", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.peer is not None:
        return peer(given.rank, given.peer, Recipe.from_json(given.recipe), given.processes, given.rounds)
    text = measured(given.folder, given.processes, given.steps, given.rounds, Figures(given.figures))
    print(text)
    if given.write:
        write_section("distributed", "Training in several processes", text)


def measured(folder: Path, processes: int, steps: int, rounds: int, figures: Figures) -> str:
    """Measure all, and return the text of the section."""
    corpus = Corpus.from_folder(folder)
    recipe = Recipe.for_corpus(corpus).override(train__base="none", train__shift=0)
    load = figures.of("load", lambda: f"{os.getloadavg()[0]:.1f}")
    turns = figures.of("turns", lambda: speeds(corpus, recipe, processes, rounds))
    ways = figures.of("exchange", lambda: exchanged(recipe, processes, rounds))
    counts = (EARLY, steps)
    rows: list[list[object]] = []
    for case in CASES:
        found = figures.of(case.name, lambda case=case: compared(corpus, recipe, case, processes, counts))
        rows.append([case.name, *(f"{one:.1e}" for one in found)])
    meaning = MEANING.format(
        folder=folder.name, batch=recipe.train.batch, processes=processes, rounds=len(turns), timed=TIMED
    )
    return "\n\n".join(
        [
            meaning,
            speed_table(turns, processes, load),
            exchange_table(ways),
            table(["trained", *(f"away after {count} steps" for count in counts)], rows),
        ]
    )


def speed_table(turns: Sequence[tuple[Seconds, Seconds]], processes: int, load: str) -> str:
    """Return the steps per second of one process and of several."""
    by_clock, by_work = ([(one[place], several[place]) for one, several in turns] for place in range(2))
    per_second = [1 / statistics.median(column) for column in zip(*by_clock, strict=True)]
    work = [1000 * statistics.median(column) for column in zip(*by_work, strict=True)]
    return table(
        ["", "one process", f"{processes} processes", "ratio", "load before"],
        [
            ["steps per second, by the clock", *(f"{one:.2f}" for one in per_second), ratio(by_clock), load],
            ["ms of processor time of a step, leader", *(f"{one:.0f}" for one in work), ratio(by_work), ""],
        ],
    )


def exchange_table(ways: dict[str, list[Seconds]]) -> str:
    """Return the time of a step with each way to exchange gradients."""
    header = ["gradients exchanged by", "ms a step, by the clock", "ms of processor time, leader"]
    medians = {name: [statistics.median(column) for column in zip(*some, strict=True)] for name, some in ways.items()}
    return table(header, [[name, *(f"{1000 * one:.1f}" for one in some)] for name, some in medians.items()])


if __name__ == "__main__":
    main()
