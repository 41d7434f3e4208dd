"""The starter: a model of procedural sounds, to play with before the first training."""

from __future__ import annotations

from pathlib import Path

from sda_lib.audio.corpus import Corpus
from sda_lib.config import CodecConfig, Recipe
from sda_lib.files import part_folder
from sda_lib.model.model import SdaModel
from sda_lib.synthesis.families import FAMILIES
from sda_lib.synthesis.synthesize import synthesize
from sda_lib.training.train import learn
from sda_lib.work_steps import Steps, WorkStep, drained, spread_over

# Name of the model, and of the folder that its header names.
NAME, FOLDER = "starter", "procedural sounds"
# One sound of every family, and the shortest and longest in seconds.
COUNT, SECONDS = len(FAMILIES), (0.4, 4.0)
# Share of the time at which the sounds are computed.
COMPUTED = 0.5


def make_starter(path: Path, seed: int = 0) -> SdaModel:
    """Make the starter and return it: the base as it is, with a memory of procedural sounds. It takes some seconds.

    The same seed gives the same sounds. Raises SdaError when the file can't be written.
    """
    return drained(starter_in_steps(path, seed))


def starter_in_steps(path: Path, seed: int = 0) -> Steps[SdaModel]:
    """Do the same, and yield each step before it begins."""
    from sda_lib.export.finish import Delivery
    from sda_lib.export.write import write_clip

    yield WorkStep(0.0, "computing sounds")
    recipe = Recipe(codec=CodecConfig()).override(train__base="plain", train__minutes=0, train__seed=seed)
    with part_folder(path) as scratch:
        folder = scratch / FOLDER
        folder.mkdir()
        sounds = synthesize(COUNT, seed, sample_rate=recipe.audio.sample_rate, seconds=SECONDS)
        words = [f"computing sound {number + 1} of {COUNT}" for number in range(COUNT)]
        for step, (_, clip) in zip(spread_over(words, 0.0, COMPUTED), sounds, strict=True):
            yield step
            write_clip(clip, folder / f"{clip.name}.flac", Delivery(ceiling_db=0))
        for event in learn(Corpus.from_folder(folder), recipe, path, NAME):
            yield WorkStep(COMPUTED, event.message or "making a model of them")
    return SdaModel.load(path)
