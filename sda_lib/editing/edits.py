"""Edits: pure functions Codes -> Codes that need no model. `levels` and `frames` are half-open ranges.

Edits of cells keep the grid's shape. Edits that change the sound's length act on whole frames and have no `levels`. The
docstrings of edits are their help texts on the command line (`registry.edit_usage`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sda_lib.codec.codes import Codes, Range, range_slice, region
from sda_lib.errors import SdaError

# Maximum frames of a grid, more than half an hour, so that a typing error doesn't fill the memory.
LONGEST_FRAMES = 100_000


def with_values(codes: Codes, where: tuple[slice, slice], values: np.ndarray | int) -> Codes:
    """Return codes with other values in a region given as two slices (levels, frames)."""
    indices = codes.indices.copy()
    indices[where] = values
    return codes.with_indices(indices)


def check_same_model(codes: Codes, other: Codes) -> None:
    """Raise SdaError when two sounds' codes are not of one model."""
    if not isinstance(other, Codes):
        raise SdaError("This edit takes codes from another sound; give one, or open one beside this.")
    if other.kind != codes.kind:
        raise SdaError("The two code files come from different models; encode both with the same one.")


# --- cells -----------------------------------------------------------------------------------------------------------


def set_codes(codes: Codes, code: int, levels: Range = None, frames: Range = None) -> Codes:
    """Every cell of the region becomes `code`."""
    return with_values(codes, region(codes, levels, frames), code)


def paint(codes: Codes, code: int, cells: Sequence[tuple[int, int]]) -> Codes:
    """The cells (level, frame) of a brush's way become `code`; what lies outside the grid is left out."""
    indices = codes.indices.copy()
    for level, frame in cells:
        if 0 <= level < codes.levels and 0 <= frame < codes.frames:
            indices[level, frame] = code
    return codes.with_indices(indices)


def step(codes: Codes, amount: int, levels: Range = None, frames: Range = None) -> Codes:
    """Move every cell to the code `amount` further on; codebooks are sorted by sound, so neighbours sound alike."""
    where = region(codes, levels, frames)
    return with_values(codes, where, np.clip(codes.indices[where] + amount, 0, codes.codebook_size - 1))


def reverse(codes: Codes, levels: Range = None, frames: Range = None) -> Codes:
    """Play the region's columns backwards."""
    where = region(codes, levels, frames)
    return with_values(codes, where, codes.indices[where][:, ::-1])


def shift(codes: Codes, by: int, levels: Range = None, frames: Range = None) -> Codes:
    """Move the region's cells `by` frames later (negative: earlier); what leaves it comes in at the other end."""
    where = region(codes, levels, frames)
    return with_values(codes, where, np.roll(codes.indices[where], by, axis=1))


def copy(codes: Codes, to: int, levels: Range = None, frames: Range = None) -> Codes:
    """Copy the region's columns over those that start at frame `to`; what would pass the end is left out."""
    rows, columns = region(codes, levels, frames)
    target = range_slice((to, min(to + columns.stop - columns.start, codes.frames)), codes.frames, "frames")
    return with_values(codes, (rows, target), codes.indices[rows, columns][:, : target.stop - target.start])


def paste(codes: Codes, block: np.ndarray, to_level: int = 0, to: int = 0) -> Codes:
    """Write a block of codes [level, frame] with its corner at (to_level, to); what would pass the edge is left out."""
    where, block = fit_block(codes, block, to_level, to)
    return with_values(codes, where, block)


def fit_block(codes: Codes, block: np.ndarray, to_level: int, to: int) -> tuple[tuple[slice, slice], np.ndarray]:
    """Return the region that a block of codes covers in the grid, and the part of the block inside it. Raises SdaError
    for a block that isn't a table of integers, and for a corner outside the grid."""
    block = np.atleast_2d(np.asarray(block))
    if block.ndim != 2 or not np.issubdtype(block.dtype, np.integer) or not block.size:
        raise SdaError("A block to be pasted is a table of codes, level x frame; copy some cells first.")
    rows, columns = region(
        codes,
        (to_level, min(to_level + block.shape[0], codes.levels)),
        (to, min(to + block.shape[1], codes.frames)),
    )
    return (rows, columns), block[: rows.stop - rows.start, : columns.stop - columns.start]


def swap(codes: Codes, other: Codes, levels: Range = None, frames: Range = None, start: int | None = None) -> Codes:
    """Take the region from another sound of the same model, from its frame `start` on (none: the same frames); the
    other sound is repeated when it is shorter."""
    check_same_model(codes, other)
    rows, columns = region(codes, levels, frames)
    return with_values(codes, (rows, columns), other.indices[rows, matching_frames(columns, other, start)])


def matching_frames(columns: slice, other: Codes, start: int | None) -> np.ndarray:
    """Return the frames of another sound that correspond to some frames, from `start` on, repeating it when it is
    shorter."""
    first = columns.start if start is None else start
    return np.arange(first, first + columns.stop - columns.start) % other.frames


def restructure(codes: Codes, other: Codes, levels: Range = None, frames: Range = None) -> Codes:
    """The other sound's course on some levels (none: the Structure levels, the first quarter of the stack) under this
    one's remaining levels; it is stretched to the region, frame by nearest frame."""
    check_same_model(codes, other)
    rows, columns = region(codes, levels or (0, max(1, codes.levels // 4)), frames)
    return with_values(codes, (rows, columns), other.indices[rows][:, nearest_frames(other.frames, columns)])


def nearest_frames(count: int, columns: slice | int) -> np.ndarray:
    """Return the index, out of `count` frames, that is nearest to each frame of a region when they are spread evenly
    over it."""
    wanted = columns if isinstance(columns, int) else columns.stop - columns.start
    return np.minimum(((np.arange(wanted) + 0.5) * count / wanted).astype(int), count - 1)


# --- muted levels ----------------------------------------------------------------------------------------------------


def mute(codes: Codes, levels: Range = None) -> Codes:
    """Levels that are heard fall silent, those that are silent are heard again. Codecs learn to do without the last
    levels; without the first ones they say what they never learned."""
    rows = set(range(*region(codes, levels)[0].indices(codes.levels)))
    return _with_muted(codes, set(codes.muted) ^ rows)


def solo(codes: Codes, levels: Range = None) -> Codes:
    """Only these levels are heard; all of them again when they were alone before."""
    rows = set(range(*region(codes, levels)[0].indices(codes.levels)))
    others = set(range(codes.levels)) - rows
    return _with_muted(codes, set() if set(codes.muted) == others else others)


def _with_muted(codes: Codes, levels: set[int]) -> Codes:
    return replace(codes, muted=tuple(sorted(levels)))


# --- frames: edits that change the length ----------------------------------------------------------------------------


def delete(codes: Codes, frames: Range = None) -> Codes:
    """Take the region's columns out; the sound gets shorter."""
    columns = region(codes, None, frames)[1]
    if columns.stop - columns.start == codes.frames:
        raise SdaError("A sound needs at least one frame; delete fewer of them.")
    return codes.with_frames(np.delete(codes.indices, columns, axis=1))


def duplicate(codes: Codes, frames: Range = None) -> Codes:
    """The region's columns twice, one after the other; the sound gets longer."""
    return loop(codes, 2, frames)


def loop(codes: Codes, times: int, frames: Range = None) -> Codes:
    """The region's columns so many times in a row; the sound gets longer."""
    columns = region(codes, None, frames)[1]
    if times < 1:
        raise SdaError("A loop goes at least once; give its number of times from 1 on.")
    checked_frames(times * (columns.stop - columns.start))  # before allocating them
    return replace_frames(codes, columns, np.tile(np.arange(columns.start, columns.stop), times))


def replace_frames(codes: Codes, columns: slice, instead: np.ndarray) -> Codes:
    """Replace frames by copies of the frames `instead`. Raises SdaError when the grid gets too long."""
    checked_frames(codes.frames + len(instead))
    order = np.concatenate([np.arange(columns.start), instead, np.arange(columns.stop, codes.frames)])
    return codes.with_frames(codes.indices[:, order])


def checked_frames(count: int) -> int:
    """Return a number of frames. Raises SdaError when it exceeds LONGEST_FRAMES."""
    if count > LONGEST_FRAMES:
        raise SdaError(f"That would be {count} frames; a grid holds {LONGEST_FRAMES} at most.")
    return count
