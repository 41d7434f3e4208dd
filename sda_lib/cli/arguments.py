"""Arguments that several commands share (a model, file names, recipe values), and the folders of their results."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sda_lib.audio.formats import FORMATS
from sda_lib.cli.flags import declared, flag
from sda_lib.cli.terminal import print_decoder
from sda_lib.errors import SdaError
from sda_lib.export.defaults import Defaults, read_defaults
from sda_lib.writers.options import GenerateOptions

if TYPE_CHECKING:
    import numpy as np

    from sda_lib.codec.codes import Codes
    from sda_lib.home import Home
    from sda_lib.model.model import SdaModel
    from sda_lib.writers.take import Sound

SUFFIX = ".sda"


def home() -> Home:
    """Return the user's folder, relative to the current one where it lies below it."""
    from sda_lib.home import Home  # imported late: it needs a package, and `sda doctor` must work without any

    folder, here = Home.from_environment().folder, Path.cwd()
    return Home(folder.relative_to(here) if folder != here and folder.is_relative_to(here) else folder)


def model_path(text: str | Path) -> Path:
    """Return the file of a model given as a path or as the plain name of one of the user's models.

    A name is that of a file without `.sda`, else that in a header. Raises SdaError for a name that no model or several
    models have; whether a path leads to a model is checked when it is opened.
    """
    path = Path(text).expanduser()
    if path.is_file() or os.path.basename(text) != str(text) or str(text) in ("", ".", ".."):
        return path
    folder = home().models
    named = folder / f"{path.name.removesuffix(SUFFIX)}{SUFFIX}"
    return named if named.is_file() else _by_header(path.name, folder)


def _by_header(name: str, folder: Path) -> Path:
    """Return the model in the folder whose header has that name. Raises SdaError that lists the existing models."""
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
    """Return names of the user's models with this beginning, for shell completion."""
    stems = sorted(path.stem for path in home().models.glob(f"*{SUFFIX}"))
    return [stem for stem in stems if stem.startswith(incomplete) and not stem.startswith(".")]


MODEL_HELP = "An .sda file, or the name of one of your models."
_OF_MODEL: dict[str, Any] = {"parser": model_path, "metavar": "MODEL", "autocompletion": model_names}
Model = Annotated[Path, typer.Argument(help=MODEL_HELP, **_OF_MODEL)]
Models = Annotated[list[Path], typer.Argument(help="Two to four models.", **{**_OF_MODEL, "metavar": "A B [C D]"})]
SomeModels = Annotated[list[Path], typer.Argument(help=f"{MODEL_HELP} One or more.", **_OF_MODEL)]
ModelFile = Annotated[Path, flag(MODEL_HELP, "--model", "-m", **_OF_MODEL)]
SoundFile = Annotated[Path, typer.Argument(metavar="FILE", help="A sound file.")]
CodeFile = Annotated[Path, typer.Argument(metavar="CODES", help="A code file, .codes.npz or .json.")]
Json = Annotated[bool, flag("Print plain JSON.", "--json")]
Count = Annotated[int, flag("Number of sounds.", "-n", "--count", min=1)]
Force = Annotated[bool, flag("Replace existing files.", "--force")]
OutFolder = Annotated[Path | None, flag("Folder for the files; default: your exports.", "--out", "-o")]
OutSound = Annotated[Path, flag(f"The sound file: {', '.join(FORMATS)}.", "--out", "-o")]
OutPicture = Annotated[Path, flag("The picture: .png, .svg or .pdf.", "--out", "-o")]
Format = Annotated[str, declared(Defaults, "format", "--format", note="Default: that of `sda defaults`, else wav.")]
Workers = Annotated[int | None, flag("Worker processes on this computer.", min=1)]
Scheduler = Annotated[
    str, flag("A Dask scheduler whose workers do it, e.g. tcp://10.0.0.5:8786 (extra cluster).", metavar="ADDRESS")
]
Data = Annotated[Path | None, flag("Folder to use instead of SDA_HOME.")]
Source = Annotated[float, declared(GenerateOptions, "source_amount", "--source", checked=True)]
Effort = Annotated[
    str,
    flag(
        "How codes of a sound that the model doesn't know are found: quick, or thorough, which takes up to about "
        "its duration and mostly decodes closer to it. auto is thorough for up to a minute of sound."
    ),
]


def model_argument(help: str) -> object:
    """Return an argument that takes a model as a path or by its name."""
    return typer.Argument(help=help, **_OF_MODEL)


def model_option(help: str, *names: str) -> object:
    """Return an optional option that takes a model as a path or by its name."""
    return typer.Option(*(names or ("--model", "-m")), help=help, **_OF_MODEL)


def user_defaults() -> Defaults:
    """Return the user's own defaults. Raises SdaError for a file that can't be read."""
    return read_defaults(home().defaults)


def out_folder(given: Path | None) -> Path:
    """Return the folder for a command's sounds: the given one, else the user's default, else the exports."""
    return given or user_defaults().folder or home().exports


def suffix_of(given: str) -> str:
    """Return the suffix of a command's sounds without its dot: the given one, else the user's default, else wav."""
    return (given or user_defaults().format or "wav").lstrip(".")


def open_model(path: Path) -> SdaModel:
    """Open a model file. Raises SdaError."""
    from sda_lib.model.header import read_header

    read_header(path)  # reports a faulty file at once, before torch takes seconds to load
    from sda_lib.model.model import SdaModel

    return SdaModel.load(path)


def load_codes(file: Path) -> Codes:
    """Read a code file; print a note if another version of the decoder made it. Raises SdaError."""
    from sda_lib.codec.codes import read_codes

    codes, decoder = read_codes(file)
    print_decoder(decoder)
    return codes


def encode_file(model: SdaModel, file: Path, effort: str = "auto") -> Codes:
    """Return the codes of a sound file of any length. Raises SdaError for a model without codes or another effort."""
    return model.encode_stream(sound_blocks(model, file), effort)


def load_sound(model: SdaModel, file: Path, effort: str = "auto") -> Sound:
    """Return the codes of a sound file of any length, or its latents if the model has no codes.

    Raises SdaError for another effort than those of codes.
    """
    from sda_lib.model.encoding import check_effort

    check_effort(effort)
    return encode_file(model, file, effort) if model.discrete else model.encode_latents(sound_blocks(model, file))


def sound_blocks(model: SdaModel, file: Path) -> Iterator[np.ndarray]:
    """Yield the samples of a sound file [channel, time] at the model's rate."""
    from sda_lib.audio.chunks import read_blocks

    return read_blocks(file, model.sample_rate, model.recipe.audio.channels)


def number(force: bool) -> str:
    """Return the argument `number` of functions that write: name-2, name-3 … where a file exists, unless `force`."""
    return "" if force else "-"


def check_unused(path: Path, force: bool, flag: str) -> None:
    """Raise SdaError, which names the flag to change, for a path that exists, unless `force`."""
    if path.exists() and not force:
        raise SdaError(f"{path} exists; add --force to replace it, or choose another {flag}.")
