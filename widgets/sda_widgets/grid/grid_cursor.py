"""Cursor of the code grid: where keys move it, and the cells between two places."""

import numpy as np

# A level and a frame.
Cell = tuple[int, int]

MOVES = {"ArrowLeft": (0, -1), "ArrowRight": (0, 1), "ArrowUp": (-1, 0), "ArrowDown": (1, 0)}


def moved(key: str, cell: Cell, shape: tuple[int, int], page: int) -> Cell:
    """Return the cell that a key moves the cursor to, in a grid of `shape` [level, frame]."""
    levels, frames = shape
    down, right = {
        **MOVES, "PageUp": (0, -page), "PageDown": (0, page), "Home": (0, -frames), "End": (0, frames)
    }[key]  # fmt: skip
    return int(np.clip(cell[0] + down, 0, levels - 1)), int(np.clip(cell[1] + right, 0, frames - 1))


def cells_between(one: Cell, other: Cell) -> list[Cell]:
    """Return the cells on a straight line between two cells, without the first."""
    count = max(abs(other[0] - one[0]), abs(other[1] - one[1]))
    axes = (np.linspace(one[axis], other[axis], count + 1).round().astype(int)[1:] for axis in (0, 1))
    return [(int(level), int(frame)) for level, frame in zip(*axes, strict=True)]


def span(one: Cell, other: Cell) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the half-open ranges (levels, frames) that two cells span."""
    levels, frames = ((min(ends), max(ends) + 1) for ends in zip(one, other, strict=True))
    return levels, frames
