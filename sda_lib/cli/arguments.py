"""What several commands are given: a model, names for files, numbers of the recipe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sda_lib.errors import SdaError

if TYPE_CHECKING:
    from sda_lib.models.bundle import SdaModel
    from sda_lib.models.codes import Codes
    from sda_lib.studio.generate import Sound

MODELS, EXPORTS, RUNS = Path("data/models"), Path("data/exports"), Path("data/runs")

ModelFile = Annotated[Path, typer.Option("--model", "-m", help="The .sda model.")]
Seconds = Annotated[
    str, typer.Option("--seconds", help="Length of each, 0.1 to 300, or auto: as long as one of the recordings.")
]
Source = Annotated[float, typer.Option("--source", help="0 = the model alone, 1 = your own grains.", min=0, max=1)]


def open_model(path: Path) -> SdaModel:
    """The model of a file; raises SdaError."""
    from sda_lib.models.manifest import peek

    peek(path)  # says at once what is wrong with the file, before torch takes its seconds to load
    from sda_lib.models.bundle import SdaModel

    return SdaModel.load(path)


def encoded(model: SdaModel, file: Path) -> Codes:
    """The codes of a sound file of any length."""
    from sda_lib.sound.stream import read_blocks

    return model.encode_stream(read_blocks(file, model.sample_rate, model.recipe.audio.channels))


def heard(model: SdaModel, file: Path) -> Sound:
    """The codes of a sound file of any length, or its latents where there are none."""
    from sda_lib.sound.stream import read_blocks

    blocks = read_blocks(file, model.sample_rate, model.recipe.audio.channels)
    return model.encode_stream(blocks) if model.discrete else model.hear(blocks)


def recipe_changes(pairs: list[str]) -> dict[str, object]:
    """['codec.levels=5'] as {'codec.levels': '5'}."""
    for pair in pairs:
        if "=" not in pair:
            raise SdaError(f"--set {pair} should read section.name=value, e.g. codec.levels=5.")
    return {key.strip(): value.strip() for key, _, value in (pair.partition("=") for pair in pairs)}


def free(path: Path, force: bool) -> Path:
    """The path, or the first of name-2, name-3 … that doesn't exist yet: an export never replaces another unasked."""
    number, unused = 2, path
    while unused.exists() and not force:
        unused, number = path.with_stem(f"{path.stem}-{number}"), number + 1
    return unused
