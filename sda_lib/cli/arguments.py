"""What several commands are given: a model, names for files, numbers of the recipe; and where their results go."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sda_lib.errors import SdaError

if TYPE_CHECKING:
    from sda_lib.codec.codes import Codes
    from sda_lib.export.defaults import Defaults
    from sda_lib.home import Home
    from sda_lib.model.model import SdaModel
    from sda_lib.writers.options import Sound

SUFFIX = ".sda"
JSON_HELP = "Print plain JSON."


def home() -> Home:
    """The user's folder, relative to the current one where it lies below it, as people would type it."""
    from sda_lib.home import Home  # late: it needs a package, and `sda doctor` has to work without any

    return Home(near(Home.from_environment().folder))


def near(path: Path) -> Path:
    """A path relative to the current folder if it lies below it, else unchanged."""
    here = Path.cwd()
    return path.relative_to(here) if path != here and path.is_relative_to(here) else path


def model_path(text: str | Path) -> Path:
    """The file of a model given as a path or as the plain name of one in the user's models.

    A name is that of a file without `.sda`, else that in the header of one. Raises SdaError for a name that no model
    has or several have; whether a path leads to a model is found out when it is opened.
    """
    path = Path(text).expanduser()
    if path.is_file() or os.path.basename(text) != str(text) or str(text) in ("", ".", ".."):
        return path
    folder = home().models
    named = folder / f"{path.name.removesuffix(SUFFIX)}{SUFFIX}"
    return named if named.is_file() else _by_header(path.name, folder)


def _by_header(name: str, folder: Path) -> Path:
    """The model in the folder whose header has that name. Raises SdaError that lists the models there are."""
    from sda_lib.model.library import models

    known = models(folder)
    fits = [entry.path for entry in known if entry.name == name and not entry.problem]
    if len(fits) == 1:
        return fits[0]
    if fits:
        files = ", ".join(sorted(path.name for path in fits))
        raise SdaError(f"{len(fits)} models in {folder} have the name {name}: {files}; give one of these files.")
    names = ", ".join(sorted(entry.path.stem for entry in known))
    there = f"there are {names}" if names else "there are none yet; make one with `sda train`"
    raise SdaError(f"There is no model {name}, neither as a file here nor in {folder}; {there}.")


def model_names(incomplete: str) -> list[str]:
    """Names of the user's models that begin so, for completion in a shell."""
    stems = sorted(path.stem for path in home().models.glob(f"*{SUFFIX}"))
    return [stem for stem in stems if stem.startswith(incomplete) and not stem.startswith(".")]


MODEL_HELP = "An .sda file, or the name of one of your models."
_OF_MODEL = {"parser": model_path, "metavar": "MODEL", "autocompletion": model_names}
Model = Annotated[Path, typer.Argument(help=MODEL_HELP, **_OF_MODEL)]
ModelFile = Annotated[Path, typer.Option("--model", "-m", help=MODEL_HELP, **_OF_MODEL)]
Seconds = Annotated[
    str, typer.Option("--seconds", help="Length of each, 0.1 to 300, or auto: as long as one of the recordings.")
]
Source = Annotated[float, typer.Option("--source", help="0 = the model alone, 1 = your own grains.", min=0, max=1)]
Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]
OutFolder = Annotated[Path | None, typer.Option("--out", "-o", help="Folder for the sounds; default: your exports.")]
Format = Annotated[str, typer.Option("--format", help="wav, flac, mp3, ogg or opus; default: wav, or your own.")]


def model_option(help: str, *names: str) -> object:
    """An option that takes a model as a path or by its name, and may be left out."""
    return typer.Option(*(names or ("--model", "-m")), help=help, **_OF_MODEL)


def defaults() -> Defaults:
    """The user's own defaults. Raises SdaError for a file that can't be read."""
    from sda_lib.export.defaults import read_defaults

    return read_defaults(home().defaults)


def out_folder(given: Path | None) -> Path:
    """The folder for a command's sounds: as given, as the user's defaults say, else the exports."""
    return given or defaults().folder or home().exports


def suffix_of(given: str) -> str:
    """The suffix of a command's sounds without its dot: as given, as the user's defaults say, else wav."""
    return (given or defaults().format or "wav").lstrip(".")


def open_model(path: Path) -> SdaModel:
    """The model of a file; raises SdaError."""
    from sda_lib.model.header import peek

    peek(path)  # says at once what is wrong with the file, before torch takes its seconds to load
    from sda_lib.model.model import SdaModel

    return SdaModel.load(path)


def encoded(model: SdaModel, file: Path) -> Codes:
    """The codes of a sound file of any length."""
    from sda_lib.audio.chunks import read_blocks

    return model.encode_stream(read_blocks(file, model.sample_rate, model.recipe.audio.channels))


def heard(model: SdaModel, file: Path) -> Sound:
    """The codes of a sound file of any length, or its latents where there are none."""
    from sda_lib.audio.chunks import read_blocks

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
