"""The starter: a model of procedural sounds, to play with before the first training."""

from __future__ import annotations

from pathlib import Path

from safetensors import safe_open

from sda_lib import safe_json
from sda_lib.audio.corpus import Corpus
from sda_lib.config import CodecConfig, Recipe
from sda_lib.directions.directions import SliderSet
from sda_lib.files import part_folder
from sda_lib.home import STARTER
from sda_lib.model.model import SdaModel
from sda_lib.synthesis.families import FAMILIES
from sda_lib.synthesis.synthesize import synthesize
from sda_lib.training.train import learn
from sda_lib.work_steps import Steps, WorkStep, drained, spread_over

# Name of the model, and of the folder that its header names.
NAME, FOLDER = STARTER, "procedural sounds"
# One sound of every family, and the shortest and longest in seconds.
COUNT, SECONDS = len(FAMILIES), (0.4, 4.0)
# Sliders of the starter of SEED, which scripts/make_starter_sliders.py fits: fitting them takes a minute of one core.
SEED, SLIDERS, CARDS = 0, Path(__file__).with_name("starter_sliders.safetensors"), "cards"
# Share of the work that computing the sounds takes; the rest is fitting the model.
SOUNDS_SHARE = 0.3
FITTING = "making a model of them"


def make_starter(path: Path, seed: int = SEED) -> SdaModel:
    """Make the starter and return it: the base as it is, with a memory of procedural sounds. It takes some seconds.

    The same seed gives the same sounds; that of SEED has sliders. Raises SdaError when the file can't be written.
    """
    return drained(starter_in_steps(path, seed))


def starter_in_steps(path: Path, seed: int = SEED) -> Steps[SdaModel]:
    """Do the same, and yield each step before it begins. Closing it before the end leaves no file."""
    from sda_lib.export.finish import Delivery
    from sda_lib.export.write import write_clip

    recipe = Recipe(codec=CodecConfig()).override(train__base="plain", train__minutes=0, train__seed=seed)
    with part_folder(path) as scratch:
        folder, made = scratch / FOLDER, scratch / path.name
        folder.mkdir()
        sounds = synthesize(COUNT, seed, sample_rate=recipe.audio.sample_rate, seconds=SECONDS)
        words = [f"computing sound {number + 1} of {COUNT}" for number in range(COUNT)]
        for step, (_, clip) in zip(spread_over(words, 0.0, SOUNDS_SHARE), sounds, strict=True):
            yield step
            write_clip(clip, folder / f"{clip.name}.flac", Delivery(ceiling_db=0))
        yield WorkStep(SOUNDS_SHARE, FITTING)
        for event in learn(Corpus.from_folder(folder), recipe, made, NAME):
            yield WorkStep(SOUNDS_SHARE, event.message or FITTING)
        model = SdaModel.load(made)
        (model.with_sliders(starter_sliders()) if seed == SEED else model).save(path)
    return SdaModel.load(path)


def starter_sliders() -> SliderSet:
    """Return the sliders of the starter of SEED."""
    with safe_open(SLIDERS, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
        return SliderSet.of(safe_json.parse(file.metadata()[CARDS]), tensors, CodecConfig().latent_dim)
