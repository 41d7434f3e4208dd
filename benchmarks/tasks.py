"""What a benchmark of the codec begins with: a corpus in mono, a recipe for a grid of codes, a model of it."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

import torch
from scores import Reference

from sda_lib import AudioClip, Corpus, Recipe, SdaModel, learn
from sda_lib.config import codebook_size_for
from sda_lib.training import optimize, step_plan
from sda_lib.training import train as training

RATE = 44100
PASSAGE_SECONDS = 10.0
GRIDS = {
    "low": (None, 12 / 2048),
    "low-2048": (2048, 12 / 2048),
    "low-1024": (1024, 12 / 2048),
    "high": (1024, 12 / 1024),
}
"""Grids of codes by name: samples per code frame (none: as the recipe chooses), and levels per sample."""


class ProcessorClock:
    """The module `time`, but its running clocks count this process's processor time."""

    monotonic = perf_counter = staticmethod(time.process_time)

    def __getattr__(self, name: str) -> object:
        return getattr(time, name)


@contextmanager
def processor_time() -> Iterator[None]:
    """Let trainings plan and spend this process's processor time, so that a busy machine takes as many steps."""
    clock = ProcessorClock()
    with ExitStack() as stack:
        for module in (training, step_plan, optimize):
            stack.enter_context(mock.patch.object(module, "time", clock))
        yield


@dataclasses.dataclass(frozen=True)
class Task:
    """A corpus in mono: where it lies, its sounds to train on, the sounds to be judged by."""

    name: str
    folder: Path
    train: tuple[AudioClip, ...]
    reference: Reference

    @classmethod
    def of(cls, corpora: Path, name: str, with_kad: bool) -> Task:
        folder = corpora / name
        train, held_out = (Corpus.from_folder(folder / part).clips(RATE, 1) for part in ("train", "held_out"))
        return cls(name, folder, train, Reference.of(held_out, with_kad))

    def passage(self) -> AudioClip:
        """Ten seconds of held-out sounds in a row, for measuring speed."""
        row = torch.cat([torch.tensor(clip.samples) for clip in self.reference.clips], -1)
        repeats = math.ceil(PASSAGE_SECONDS * RATE / row.shape[-1])
        return AudioClip(row.repeat(1, repeats)[:, : round(PASSAGE_SECONDS * RATE)].numpy(), RATE)


def recipe_for(corpus: Corpus, grid: str, seconds: float, changes: dict[str, object]) -> Recipe:
    """The corpus' default recipe in mono, on one thread, with as many levels as the grid's rate allows."""
    hop, density = GRIDS[grid]
    recipe = Recipe.for_corpus(corpus, minutes=seconds / 60).override(audio__channels=1, train__threads=1)
    hop = hop or recipe.codec.hop
    size = codebook_size_for(corpus.seconds * recipe.audio.sample_rate / hop)
    levels = round(hop * density)
    return recipe.override(codec__hop=hop, codec__levels=levels, codec__codebook_size=size).override(**changes)


@dataclasses.dataclass(frozen=True)
class Spent:
    """Processor time in seconds: for reading the files, from there to the first playable model, for everything."""

    reading: float
    first: float
    total: float


def trained(task: Task, recipe: Recipe, path: Path) -> tuple[SdaModel, Spent]:
    """A model of the corpus, saved for the last time, and what it took."""
    times, began = {}, time.process_time()
    with processor_time():
        for event in learn(Corpus.from_folder(task.folder / "train"), recipe, path, task.name):
            times.setdefault(event.message if event.kind == "progress" else event.kind, time.process_time() - began)
    read, saved = times[training.FITTING], times["saved"]
    return SdaModel.load(path), Spent(read, saved - read, time.process_time() - began)


def through(model: SdaModel, clips: Sequence[AudioClip], source: float) -> list[AudioClip]:
    return [model.decode(model.encode(clip), source) for clip in clips]
