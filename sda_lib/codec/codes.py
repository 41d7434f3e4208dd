"""Codes: a sound as a grid of integers, the names of its levels, and code files."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from sda_lib import faults, safe_json
from sda_lib.codec.placement import DEFAULTS, Placement, placement_from_dict
from sda_lib.decoder_version import DECODER_VERSION, KEY, decoder_of
from sda_lib.errors import SdaError
from sda_lib.file_names import printable
from sda_lib.files import write_atomically

LEVEL_NAMES = ("Structure", "Timbre", "Texture", "Detail")
# Largest size in bytes of the indices of a code file, unpacked, and of its other entries.
LARGEST, LARGEST_FACT = 1 << 26, 1 << 12
# Most indices of a code file: 16 hours of 12 levels and 23 frames per second. Above LARGEST they take two bytes each.
MOST_INDICES = 1 << 24
# Most bytes that one byte of a zip file can unpack to.
MOST_UNPACKED = 1100
# Bytes of the record at the end of a zip file, of the locator before it in larger files, and of the list of its
# entries. A longer list is not read.
ZIP_END, ZIP64_LOCATOR, MOST_ENTRIES = b"PK\5\6", b"PK\6\7", 1 << 16
# Names in code files; other entries are not read.
NAMES = ("codebook_size", "hop", "sample_rate", "length", "muted", *DEFAULTS, "indices", KEY)
# Longest level name in characters, so that it fits beside the grid.
LONGEST_NAME = 14


@dataclass(frozen=True)
class Codes(Placement):
    """A sound's codes, int64 [level, frame]; level 0 is the coarsest, and a frame has `hop` samples.

    `length` is the number of samples of the sound when its end does not fill the last frame. `muted` levels stay in the
    grid but are not decoded. The sound begins `lead` samples, and a `fraction` of one, into the first frame. They are
    multiplied by `gain` (negative: inverted polarity) and played at `rate` (2: twice as fast, an octave higher);
    `lead` and `length` count samples at rate 1. Raises SdaError for indices or properties that are no valid codes.
    """

    indices: np.ndarray
    codebook_size: int
    hop: int
    sample_rate: int
    length: int | None = None
    muted: tuple[int, ...] = ()
    lead: int = 0
    gain: float = 1.0
    rate: float = 1.0
    fraction: float = 0.0

    def __post_init__(self) -> None:
        indices = np.array(self.indices)
        if indices.ndim != 2 or not np.issubdtype(indices.dtype, np.integer) or 0 in indices.shape:
            raise SdaError("Codes are a table of whole numbers, level x frame, with at least one of each.")
        if self.hop < 1 or self.sample_rate < 1 or self.codebook_size < 1:
            raise SdaError("Codes need a positive hop, sample rate and codebook size.")
        if indices.min() < 0 or indices.max() >= self.codebook_size:
            raise SdaError(f"Codes must lie in 0..{self.codebook_size - 1}, not {indices.min()}..{indices.max()}.")
        if not set(self.muted) <= set(range(len(indices))):
            raise SdaError(f"Only levels {numbered_levels(len(indices))} can be muted, not {sorted(self.muted)}.")
        object.__setattr__(self, "muted", tuple(sorted(set(self.muted))))
        indices = indices.astype(np.int64, copy=False)
        indices.setflags(write=False)
        object.__setattr__(self, "indices", indices)
        self.check_placement()
        self.check_length()

    @property
    def levels(self) -> int:
        """Number of levels."""
        return self.indices.shape[0]

    @property
    def frames(self) -> int:
        """Number of frames."""
        return self.indices.shape[1]

    def with_indices(self, indices: np.ndarray) -> Codes:
        """Return other codes of the same kind; with the same number of frames the sound keeps its length.

        Args:
            indices: int [level, frame], each from 0 to `codebook_size` - 1.

        Raises SdaError for indices that are no codes.

        Example:
            >>> codes.with_indices(codes.indices[:, :4]).frames
            4
        """
        same = indices.shape[-1:] == self.indices.shape[-1:]
        return replace(self, indices=indices, length=self.length if same else None)

    def with_frames(self, indices: np.ndarray) -> Codes:
        """Return other codes of the same kind with more or fewer frames.

        As many samples of the first and the last frame are cut off as before, where that leaves any.
        """
        length = indices.shape[1] * self.hop - self.lead - self.unused
        if length < 1:
            return replace(self, indices=indices, length=self.hop - self.unused, lead=0, fraction=0.0)
        return replace(self, indices=indices, length=None if self.length is None else length)

    def is_same(self, other: Codes) -> bool:
        """Return whether the other codes are equal in grid, kind, placement and muted levels.

        Args:
            other: the codes to compare with.

        Example:
            >>> codes.is_same(codes.reverse().reverse()), codes.is_same(codes.mute(levels=(0, 1)))
            (True, False)
        """
        facts = (self.kind, self.timing, self.muted) == (other.kind, other.timing, other.muted)
        return facts and np.array_equal(self.indices, other.indices)

    @property
    def kind(self) -> tuple[int, int, int, int]:
        """What all codes of one model have in common: levels, codebook size, hop in samples, sample rate in Hz."""
        return self.levels, self.codebook_size, self.hop, self.sample_rate


def is_level_name(name: object) -> bool:
    """Return whether a value can be displayed as a level's name, or is none ("")."""
    return isinstance(name, str) and len(name) <= LONGEST_NAME and (not name or name.isprintable())


def level_names(levels: int, given: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the names of all levels: those `given`, else (where "" or missing) the default ones."""
    groups = [min(level * len(LEVEL_NAMES) // max(levels, len(LEVEL_NAMES)), 3) for level in range(levels)]
    usual = [LEVEL_NAMES[group] for group in groups]
    if levels > len(LEVEL_NAMES):
        usual = [f"{name} {level - groups.index(groups[level]) + 1}" for level, name in enumerate(usual)]
    return tuple(own or name for own, name in zip([*given, *[""] * levels][:levels], usual, strict=True))


def range_of_names(names: Sequence[str], first: int, end: int) -> str:
    """Return the names of a half-open range of levels: the only one, or the first and the last."""
    return names[first] if end == first + 1 else f"{names[first]} to {names[end - 1]}"


def numbered_levels(levels: int, given: Sequence[str] = ()) -> str:
    """Return the numbers that arguments take for levels, with the names of the first and the last."""
    names = level_names(levels, given)
    return f"0 ({names[0]})" if levels == 1 else f"0 ({names[0]}) to {levels - 1} ({names[-1]})"


# --- regions: half-open ranges (first, end) of levels and frames ------------------------------------------------------

Range = tuple[int, int] | None


def region(codes: Codes, levels: Range = None, frames: Range = None) -> tuple[slice, slice]:
    """Return slices of the grid for two half-open ranges (None is everything).

    Raises SdaError for a range outside the grid.
    """
    return (range_slice(levels, codes.levels, "levels"), range_slice(frames, codes.frames, "frames"))


def range_slice(limits: Range, size: int, what: str) -> slice:
    """Return a half-open range within 0:size as a slice (None is all of it). Raises SdaError for a range outside."""
    try:
        first, end = (0, size) if limits is None else (int(limits[0]), int(limits[1]))
    except (TypeError, ValueError, IndexError) as error:
        raise SdaError(f"{limits!r} is no range of {what}; give the first and the one after the last.") from error
    if not 0 <= first < end <= size:
        raise SdaError(f"The {what} {first}:{end} lie outside 0:{size}; choose a range inside the grid.")
    return slice(first, end)


# --- code files ------------------------------------------------------------------------------------------------------


def codes_to_dict(codes: Codes) -> dict[str, Any]:
    """Return codes as a dictionary of plain values and the array `indices`; values at their default are left out."""
    facts = {name: getattr(codes, name) for name in ("codebook_size", "hop", "sample_rate")}
    if codes.length is not None:
        facts["length"] = codes.length
    if codes.muted:
        facts["muted"] = list(codes.muted)
    return {**facts, **codes.placement, "indices": codes.indices}


def codes_from_dict(table: Mapping[str, Any]) -> Codes:
    """Return the codes of a dictionary whose numbers may be lists or arrays.

    Raises ValueError, KeyError or TypeError for any other dictionary, SdaError for numbers that are no valid codes.
    """
    size, hop, rate = (int(table[name]) for name in ("codebook_size", "hop", "sample_rate"))
    length = int(table["length"]) if table.get("length") is not None else None
    muted = tuple(int(level) for level in table.get("muted", ()))
    return Codes(np.array(table["indices"]), size, hop, rate, length, muted, **placement_from_dict(table))


def save_codes(codes: Codes, path: str | Path) -> Path:
    """Write codes as a code file, atomically, and return its path.

    Args:
        codes: the codes of a sound.
        path: a file whose suffix names the format: .json, or else NumPy's compressed arrays (.npz).

    Raises SdaError for codes that are too long for a code file, and when the disk is full.

    Example:
        >>> sda_lib.save_codes(codes, "bell.codes.json").name
        'bell.codes.json'
    """
    path, table, size = Path(path), {**codes_to_dict(codes), KEY: DECODER_VERSION}, codes.indices.size
    if size > MOST_INDICES or (path.suffix == ".json" and size > safe_json.MOST_VALUES // 2):
        raise SdaError(f"{path.name} would be too long for a code file; save it in parts.")
    if path.suffix == ".json":
        data = json.dumps({**table, "indices": codes.indices.tolist()}).encode()
    else:
        if codes.indices.nbytes > LARGEST:
            table["indices"] = codes.indices.astype(np.uint16)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **table)
        data = buffer.getvalue()
    return write_atomically(path, data)


def load_codes(path: str | Path) -> Codes:
    """Read a code file written by `save_codes`; nothing in it is ever executed.

    Raises SdaError when the file is missing or is not a code file.
    """
    return read_codes(path)[0]


def read_codes(path: str | Path) -> tuple[Codes, int]:
    """Read a code file, and the decoder version that it was made by. Raises SdaError as `load_codes` does."""
    path = Path(path)
    if not path.is_file():
        raise SdaError(f"There is no code file {printable(path)}; make one with `sda encode`.")
    try:
        table = safe_json.read(path) if path.suffix == ".json" else _arrays(path)
        return codes_from_dict(table), decoder_of(table)
    except SdaError as error:
        raise SdaError(f"{printable(path.name)}: {error}") from error
    except Exception as error:  # parsers of zip, deflate and array headers raise errors of many kinds
        faults.pass_on(error)
        name = printable(path.name)
        raise SdaError(f"{name} is not a code file (or is cut off); make it again with `sda encode`.") from error


def _arrays(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of an .npz file that codes consist of, without memory for sizes that the file can't hold."""
    with path.open("rb") as file:
        _check_entries(file)
        with zipfile.ZipFile(file) as archive:
            found = {one.filename.removesuffix(".npy"): one for one in archive.infolist()}
            largest = {"indices": LARGEST + LARGEST_FACT}
            table = {
                name: _array(_entry(archive, found[name], largest.get(name, LARGEST_FACT)))
                for name in NAMES
                if name in found
            }
    if table["indices"].size > MOST_INDICES:
        raise ValueError("too many indices")
    return table


def _check_entries(file: BinaryIO) -> None:
    """Raise ValueError unless the file ends as numpy's archives do, with a short list of entries."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 42))
    end = file.read()[-42:]
    if len(end) < 42 or end[20:24] != ZIP_END or end[:4] == ZIP64_LOCATOR:
        raise ValueError("no zip archive")
    if int.from_bytes(end[32:36], "little") > MOST_ENTRIES:
        raise ValueError("too many entries")


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, largest: int) -> bytes:
    """Return an entry's bytes, and never more than it declares. Raises ValueError for a size that can't be true."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("another compression")
    if entry.file_size > min(largest, entry.compress_size * MOST_UNPACKED):
        raise ValueError("larger than its file allows")
    with archive.open(entry) as file:
        return file.read(entry.file_size)  # without a limit, zlib would unpack all that is there


def _array(data: bytes) -> np.ndarray:
    """Return the numbers of an .npy file.

    Raises ValueError for other versions or types, and what numpy's parser raises.
    """
    file = io.BytesIO(data)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("another version")
    shape, by_column, kind = np.lib.format.read_array_header_1_0(file)
    if kind.hasobject:
        raise ValueError("not numbers")
    return np.frombuffer(data, kind, offset=file.tell()).reshape(shape, order="F" if by_column else "C")
