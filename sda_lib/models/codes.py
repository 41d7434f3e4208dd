"""Codes: a sound as a grid of integers, and the pure edits of such grids."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sda_lib.errors import SdaError
from sda_lib.files import write_beside

LEVEL_NAMES = ("Structure", "Timbre", "Texture", "Detail")


@dataclass(frozen=True)
class Codes:
    """A sound's codes, int64 [level, frame]; level 0 is the coarsest. A column is a frame of `hop` samples.

    `length` is how many samples of them the sound has, when its end does not fill the last frame.
    """

    indices: np.ndarray
    codebook_size: int
    hop: int
    sample_rate: int
    length: int | None = None

    def __post_init__(self) -> None:
        indices = np.array(self.indices)
        if indices.ndim != 2 or not np.issubdtype(indices.dtype, np.integer) or 0 in indices.shape:
            raise SdaError("Codes are a table of whole numbers, level x frame, with at least one of each.")
        if self.hop < 1 or self.sample_rate < 1 or self.codebook_size < 1:
            raise SdaError("Codes need a positive hop, sample rate and codebook size.")
        if indices.min() < 0 or indices.max() >= self.codebook_size:
            raise SdaError(
                f"Codes must lie in 0..{self.codebook_size - 1}; these go from {indices.min()} to {indices.max()}."
            )
        if self.length is not None and not 0 <= indices.shape[1] * self.hop - self.length < self.hop:
            raise SdaError(f"{indices.shape[1]} frames of {self.hop} samples can't hold a sound of {self.length}.")
        indices = indices.astype(np.int64)
        indices.setflags(write=False)
        object.__setattr__(self, "indices", indices)

    @property
    def levels(self) -> int:
        return self.indices.shape[0]

    @property
    def frames(self) -> int:
        return self.indices.shape[1]

    @property
    def frame_rate(self) -> float:
        """Frames per second."""
        return self.sample_rate / self.hop

    @property
    def samples(self) -> int:
        """How many samples they decode to."""
        return self.frames * self.hop if self.length is None else self.length

    @property
    def seconds(self) -> float:
        return self.samples / self.sample_rate

    def with_indices(self, indices: np.ndarray) -> Codes:
        """Other codes of the same kind; as many frames keep the sound's length."""
        same = indices.shape[-1:] == self.indices.shape[-1:]
        return replace(self, indices=indices, length=self.length if same else None)


def level_name(level: int, levels: int) -> str:
    """What people see instead of a level number: the stack split into Structure, Timbre, Texture, Detail."""
    group = min(level * len(LEVEL_NAMES) // max(levels, len(LEVEL_NAMES)), len(LEVEL_NAMES) - 1)
    if levels <= len(LEVEL_NAMES):
        return LEVEL_NAMES[level]
    first = next(i for i in range(levels) if i * len(LEVEL_NAMES) // levels == group)
    return f"{LEVEL_NAMES[group]} {level - first + 1}"


# --- edits: pure functions Codes -> Codes; `levels` and `frames` are half-open ranges (first, end) -------------------

Range = tuple[int, int] | None


def region(codes: Codes, levels: Range = None, frames: Range = None) -> tuple[slice, slice]:
    """Slices of the grid for two half-open ranges (None is everything). Raises SdaError when one leaves the grid."""
    return (_bounded(levels, codes.levels, "levels"), _bounded(frames, codes.frames, "frames"))


def _bounded(limits: Range, size: int, what: str) -> slice:
    first, end = (0, size) if limits is None else limits
    if not 0 <= first < end <= size:
        raise SdaError(f"The {what} {first}:{end} lie outside 0:{size}; choose a range inside the grid.")
    return slice(first, end)


def _edited(codes: Codes, where: tuple[slice, slice], values: np.ndarray | int) -> Codes:
    indices = codes.indices.copy()
    indices[where] = values
    return codes.with_indices(indices)


def set_codes(codes: Codes, code: int, levels: Range = None, frames: Range = None) -> Codes:
    """Every cell of the region becomes `code`."""
    return _edited(codes, region(codes, levels, frames), code)


def step(codes: Codes, amount: int, levels: Range = None, frames: Range = None) -> Codes:
    """Move every cell to the code `amount` further on; codebooks are sorted by sound, so neighbours sound alike."""
    where = region(codes, levels, frames)
    return _edited(codes, where, np.clip(codes.indices[where] + amount, 0, codes.codebook_size - 1))


def reverse(codes: Codes, levels: Range = None, frames: Range = None) -> Codes:
    """Play the region's columns backwards."""
    where = region(codes, levels, frames)
    return _edited(codes, where, codes.indices[where][:, ::-1])


def copy(codes: Codes, to: int, levels: Range = None, frames: Range = None) -> Codes:
    """Copy the region's columns over those that start at frame `to`; what would pass the end is left out."""
    rows, columns = region(codes, levels, frames)
    target = _bounded((to, min(to + columns.stop - columns.start, codes.frames)), codes.frames, "frames")
    return _edited(codes, (rows, target), codes.indices[rows, columns][:, : target.stop - target.start])


def paste(codes: Codes, block: np.ndarray, to_level: int = 0, to: int = 0) -> Codes:
    """Write a block of codes [level, frame] with its corner at (to_level, to); what would pass the edge is left out."""
    block = np.atleast_2d(np.asarray(block))
    rows, columns = region(
        codes,
        (to_level, min(to_level + block.shape[0], codes.levels)),
        (to, min(to + block.shape[1], codes.frames)),
    )
    return _edited(codes, (rows, columns), block[: rows.stop - rows.start, : columns.stop - columns.start])


def swap(codes: Codes, other: Codes, levels: Range = None, frames: Range = None) -> Codes:
    """Take the region from another sound of the same model; the other sound is repeated when it is shorter."""
    if (other.levels, other.codebook_size, other.hop) != (codes.levels, codes.codebook_size, codes.hop):
        raise SdaError("The two code files come from different models; encode both with the same one.")
    rows, columns = region(codes, levels, frames)
    taken = other.indices[rows, np.arange(columns.start, columns.stop) % other.frames]
    return _edited(codes, (rows, columns), taken)


def randomize(codes: Codes, seed: int = 0, levels: Range = None, frames: Range = None) -> Codes:
    """Draw every cell of the region anew, each code equally likely."""
    where = region(codes, levels, frames)
    drawn = np.random.default_rng(seed).integers(0, codes.codebook_size, codes.indices[where].shape)
    return _edited(codes, where, drawn)


# --- code files ------------------------------------------------------------------------------------------------------


def save_codes(codes: Codes, path: str | Path) -> Path:
    """Write codes as .npz or .json (by the name's end); the file appears whole or not at all."""
    path = Path(path)
    facts = {"codebook_size": codes.codebook_size, "hop": codes.hop, "sample_rate": codes.sample_rate}
    if codes.length is not None:
        facts["length"] = codes.length
    if path.suffix == ".json":
        data = json.dumps({**facts, "indices": codes.indices.tolist()}).encode()
    else:
        buffer = io.BytesIO()
        np.savez_compressed(buffer, indices=codes.indices, **facts)
        data = buffer.getvalue()
    return write_beside(path, data)


def load_codes(path: str | Path) -> Codes:
    """Read a code file written by `save_codes`; nothing in it is ever executed."""
    path = Path(path)
    if not path.is_file():
        raise SdaError(f"There is no code file {path}; make one with `sda encode`.")
    try:
        if path.suffix == ".json":
            table = json.loads(path.read_text())
            table["indices"] = np.array(table["indices"])
        else:
            with np.load(path, allow_pickle=False) as file:
                table = {key: file[key] for key in file.files}
        length = int(table["length"]) if table.get("length") is not None else None
        return Codes(table["indices"], *(int(table[key]) for key in ("codebook_size", "hop", "sample_rate")), length)
    except (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise SdaError(f"{path.name} is not a code file (or is cut off); make it again with `sda encode`.") from error


# --- edits by name: command line, grid toolbar and tests find them here ----------------------------------------------

EDITS: dict[str, Callable[..., Codes]] = {
    "set": set_codes,
    "step": step,
    "reverse": reverse,
    "copy": copy,
    "paste": paste,
    "swap": swap,
    "randomize": randomize,
}


def edit(codes: Codes, name: str, **arguments: object) -> Codes:
    """Apply the edit of that name. Raises SdaError for an unknown name or wrong arguments."""
    if name not in EDITS:
        raise SdaError(f"There is no edit {name!r}; there are {', '.join(EDITS)}.")
    try:
        return EDITS[name](codes, **arguments)
    except TypeError as error:
        raise SdaError(f"The edit {name!r} was given wrong arguments: {error}.") from error


def parse_edit(text: str) -> tuple[str, dict[str, object]]:
    """Read 'swap:level=0,frames=10:40,with=other.codes.npz' into an edit's name and arguments."""
    name, _, rest = text.partition(":")
    arguments: dict[str, object] = {}
    for item in filter(None, rest.split(",")):
        key, equals, value = item.partition("=")
        if not equals:
            raise SdaError(f"{item!r} in the edit {text!r} should read name=value.")
        arguments.update(_argument(key.strip(), value.strip(), text))
    return name, arguments


def _argument(key: str, value: str, text: str) -> dict[str, object]:
    if key == "with":
        return {"other": load_codes(value)}
    try:
        if key in ("level", "levels", "frame", "frames"):
            first, colon, end = value.partition(":")
            return {key.rstrip("s") + "s": (int(first), int(end) if colon else int(first) + 1)}
        return {key: int(value)}
    except ValueError as error:
        raise SdaError(f"{value!r} in the edit {text!r} is not a whole number or a range like 10:40.") from error
