"""Edits that need no model: pure functions Codes -> Codes.

`levels` and `frames` are half-open ranges (first, end); None is everything. Edits of cells keep the grid's shape, edits
of the length act on whole frames. The docstrings of edits are their help texts on the command line and the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sda_lib.codec.codes import Codes, Range, range_slice, region
from sda_lib.codec.varispeed import rate_of
from sda_lib.errors import SdaError

# Maximum frames of a grid (more than half an hour), so that a typing error doesn't fill the memory.
LONGEST_FRAMES = 100_000


def with_values(codes: Codes, where: tuple[slice, slice], values: np.ndarray | int) -> Codes:
    """Return codes with other values in the region `where` = (levels, frames)."""
    indices = codes.indices.copy()
    indices[where] = values
    return codes.with_indices(indices)


def check_same_model(codes: Codes, other: Codes) -> None:
    """Raise SdaError unless both sounds are codes of the same kind of model."""
    if not isinstance(other, Codes):
        raise SdaError("This edit needs the codes of another sound; give a code file, or open a second sound.")
    if other.kind != codes.kind:
        raise SdaError("The two code files come from different models; encode both with the same one.")


# --- cells -----------------------------------------------------------------------------------------------------------


def set_codes(codes: Codes, code: int, levels: Range = None, frames: Range = None) -> Codes:
    """Set every cell of the region to one code."""
    return with_values(codes, region(codes, levels, frames), code)


def paint(codes: Codes, code: int, cells: Sequence[tuple[int, int]]) -> Codes:
    """Set single cells, given as (level, frame), to one code. Cells outside the grid are ignored."""
    indices = codes.indices.copy()
    for level, frame in cells:
        if 0 <= level < codes.levels and 0 <= frame < codes.frames:
            indices[level, frame] = code
    return codes.with_indices(indices)


def step(codes: Codes, amount: int, levels: Range = None, frames: Range = None) -> Codes:
    """Add `amount` to the code numbers of the region. Neighboring numbers are of similar brightness."""
    where = region(codes, levels, frames)
    return with_values(codes, where, np.clip(codes.indices[where] + amount, 0, codes.codebook_size - 1))


def reverse(codes: Codes, levels: Range = None, frames: Range = None) -> Codes:
    """Reverse the order of the region's frames."""
    where = region(codes, levels, frames)
    return with_values(codes, where, codes.indices[where][:, ::-1])


def shift(codes: Codes, by: int, levels: Range = None, frames: Range = None) -> Codes:
    """Move the region's cells `by` frames later (negative: earlier); cells that leave it enter at its other end."""
    where = region(codes, levels, frames)
    return with_values(codes, where, np.roll(codes.indices[where], by, axis=1))


def copy(codes: Codes, to: int, levels: Range = None, frames: Range = None) -> Codes:
    """Copy the region's cells over the frames from `to` on. Cells beyond the sound's end are ignored."""
    rows, columns = region(codes, levels, frames)
    target = range_slice((to, min(to + columns.stop - columns.start, codes.frames)), codes.frames, "frames")
    return with_values(codes, (rows, target), codes.indices[rows, columns][:, : target.stop - target.start])


def paste(codes: Codes, block: np.ndarray, to_level: int = 0, to: int = 0) -> Codes:
    """Paste a block of copied cells at level `to_level` and frame `to`. Cells outside the grid are ignored."""
    where, block = fit_block(codes, block, to_level, to)
    return with_values(codes, where, block)


def fit_block(codes: Codes, block: np.ndarray, to_level: int, to: int) -> tuple[tuple[slice, slice], np.ndarray]:
    """Return the region (levels, frames) that a block of codes [level, frame] covers, and its part inside the grid.

    Raises SdaError for a block that isn't a table of integers, and for a corner outside the grid.
    """
    block = np.atleast_2d(np.asarray(block))
    if block.ndim != 2 or not np.issubdtype(block.dtype, np.integer) or not block.size:
        raise SdaError("A block to paste must be a table of codes, level x frame; copy some cells first.")
    ends = min(to_level + block.shape[0], codes.levels), min(to + block.shape[1], codes.frames)
    rows, columns = region(codes, (to_level, ends[0]), (to, ends[1]))
    return (rows, columns), block[: rows.stop - rows.start, : columns.stop - columns.start]


def swap(codes: Codes, other: Codes, levels: Range = None, frames: Range = None, start: int | None = None) -> Codes:
    """Replace the region by cells of another sound of the same model, from its frame `start` on (none: the same
    frames). A shorter sound is repeated."""
    check_same_model(codes, other)
    rows, columns = region(codes, levels, frames)
    return with_values(codes, (rows, columns), other.indices[rows, matching_frames(columns, other, start)])


def matching_frames(columns: slice, other: Codes, start: int | None) -> np.ndarray:
    """Return the frames of another sound that replace `columns`: from `start` on (None: the same), repeating it."""
    first = columns.start if start is None else start
    return np.arange(first, first + columns.stop - columns.start) % other.frames


def restructure(codes: Codes, other: Codes, levels: Range = None, frames: Range = None) -> Codes:
    """Replace some levels (none: the Structure levels, the first quarter of all) by those of another sound, stretched
    to the region. The other levels stay."""
    check_same_model(codes, other)
    rows, columns = region(codes, levels or (0, max(1, codes.levels // 4)), frames)
    return with_values(codes, (rows, columns), other.indices[rows][:, nearest_frames(other.frames, columns)])


def nearest_frames(count: int, columns: slice | int) -> np.ndarray:
    """Return the nearest of `count` frames for each frame of a region over which they are spread evenly."""
    wanted = columns if isinstance(columns, int) else columns.stop - columns.start
    return np.minimum(((np.arange(wanted) + 0.5) * count / wanted).astype(int), count - 1)


# --- playback rate ---------------------------------------------------------------------------------------------------


def varispeed(codes: Codes, semitones: float) -> Codes:
    """Play the whole sound faster and higher, or slower and lower: by a number of semitones against the recordings."""
    return replace(codes, rate=rate_of(semitones))


# --- muted levels ----------------------------------------------------------------------------------------------------


def mute(codes: Codes, levels: Range = None) -> Codes:
    """Mute levels, or unmute muted ones. Without the last levels the sound is coarser; without the first ones it is
    unlike anything that the model was trained on."""
    return replace(codes, muted=tuple(set(codes.muted) ^ _levels(codes, levels)))


def solo(codes: Codes, levels: Range = None) -> Codes:
    """Mute all other levels; unmute all if only these play already."""
    others = set(range(codes.levels)) - _levels(codes, levels)
    return replace(codes, muted=() if set(codes.muted) == others else tuple(others))


def _levels(codes: Codes, levels: Range) -> set[int]:
    return set(range(*region(codes, levels)[0].indices(codes.levels)))


# --- frames: edits that change the length ----------------------------------------------------------------------------


def delete(codes: Codes, frames: Range = None) -> Codes:
    """Delete the region's frames; the sound becomes shorter."""
    columns = region(codes, None, frames)[1]
    if columns.stop - columns.start == codes.frames:
        raise SdaError("A sound needs at least one frame; delete fewer frames.")
    left = codes.with_frames(np.delete(codes.indices, columns, axis=1))
    if columns.start > 0 or left.beginning == 0:
        return left
    return replace(
        left, lead=0, fraction=0.0, length=left.natural_length + left.lead
    )  # the lead was that of a deleted frame


def duplicate(codes: Codes, frames: Range = None) -> Codes:
    """Repeat the region's frames once; the sound becomes longer."""
    return loop(codes, 2, frames)


def loop(codes: Codes, times: int, frames: Range = None) -> Codes:
    """Play the region's frames `times` times in a row; the sound becomes longer."""
    columns = region(codes, None, frames)[1]
    check_frames(times * (columns.stop - columns.start))  # before allocating them
    return replace_frames(codes, columns, np.tile(np.arange(columns.start, columns.stop), times))


def replace_frames(codes: Codes, columns: slice, instead: np.ndarray) -> Codes:
    """Replace the frames `columns` by copies of the frames `instead`. Raises SdaError for too long a grid."""
    check_frames(codes.frames + len(instead))
    order = np.concatenate([np.arange(columns.start), instead, np.arange(columns.stop, codes.frames)])
    return codes.with_frames(codes.indices[:, order])


def check_frames(count: int) -> int:
    """Return a number of frames. Raises SdaError if it exceeds LONGEST_FRAMES."""
    if count > LONGEST_FRAMES:
        raise SdaError(f"The sound would have {count} frames; a grid can have {LONGEST_FRAMES} at most.")
    return count
