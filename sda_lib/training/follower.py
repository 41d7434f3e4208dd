"""Processes that follow the leader of a training: they take the steps that it takes, on their share of each batch.

The leader sends the corpus once, and before each series of steps the recipe and the state of the optimizer in the form
of a checkpoint (`optimize`). All else is done by the leader alone: the closed form, measuring, and every file.
"""

from __future__ import annotations

import contextlib
import dataclasses
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from sda_lib.audio.corpus import Corpus
from sda_lib.audio.usable_files import CorpusFile
from sda_lib.config import Recipe
from sda_lib.errors import SdaError
from sda_lib.training.checkpoint import corpus_fingerprint
from sda_lib.training.optimize import shared_steps, take_step
from sda_lib.training.process_group import announce, joined, launched, on_device
from sda_lib.training.setup import TrainingSetup
from sda_lib.training.state import TrainerState
from sda_lib.training.world import World

# Last message of the leader.
NO_MORE: dict[str, Any] = {}


@contextlib.contextmanager
def leading(world: World, corpus: Corpus, recipe: Recipe, device: str) -> Iterator[None]:
    """Give the followers of a world what a training learns from, and let them go at its end.

    After an error they are not told: they may be in the middle of a step, and notice that the leader is gone.
    """
    world.send(training_facts(corpus, recipe, device))
    try:
        yield
    except GeneratorExit:  # the training is stopped, between two steps
        world.send(NO_MORE)
        raise
    world.send(NO_MORE)


def training_facts(corpus: Corpus, recipe: Recipe, device: str) -> dict[str, Any]:
    """Return as JSON data what a follower needs to set up a training: files, recipe and device."""
    folder = corpus.folder.absolute()
    files = [
        {**dataclasses.asdict(item), "path": str(item.path.absolute())} for item in corpus.selected(recipe.files).items
    ]
    return {"folder": str(folder), "files": files, "recipe": recipe.to_json(), "device": device}


def setup_from(facts: Mapping[str, Any], world: World) -> TrainingSetup:
    """Read the sounds of a training that `training_facts` describes. Raises SdaError."""
    recipe = Recipe.from_json(facts["recipe"])
    files = tuple(CorpusFile(**{**file, "path": Path(file["path"])}) for file in facts["files"])
    corpus = Corpus(Path(facts["folder"]), files, selection=recipe.files)
    world, device = on_device(world, facts["device"])
    return TrainingSetup.from_corpus(corpus, recipe, "", device, world)


def follow() -> None:
    """Take part in the training of a leader until it ends. Raises SdaError, also when another process is lost."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the leader, which lets the others go
    place = launched()
    announce(place)
    with joined(place) as world:
        setup = setup_from(world.receive()[0], world)
        while True:
            facts, tensors = world.receive()
            if facts == NO_MORE:
                return
            _take_steps(setup, facts, tensors)


def _take_steps(setup: TrainingSetup, facts: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
    """Take a series of steps with the leader, from the state that it has sent."""
    setup = setup.with_recipe(Recipe.from_json(facts["recipe"]))
    segments, train = setup.segments(), setup.recipe.train
    if corpus_fingerprint(segments.sounds) != facts["sounds"]:
        raise SdaError("The sounds are not those of the leading process; give all processes the same files.")
    torch.set_num_threads(facts["threads"])
    setup.codec.to(tensors["codec.mean"].dtype)
    state = TrainerState(setup.codec, train)
    state.restore(tensors)
    with shared_steps(state, setup.world):
        while (step := setup.world.next_step()) is not None:
            take_step(segments, train, state, step[0], setup.world, renewed=step[1])
