"""View: which frames of a grid are shown, as data."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

WINDOW = 256
"""Frames that are shown at once unless the user zooms out: a cell stays wide enough to hit."""
NARROWEST = 16
"""Frames that are shown at least."""


@dataclass(frozen=True)
class View:
    """`width` frames from `first` on, of `frames` there are; `looking` keeps it inside."""

    first: float
    width: float
    frames: int

    @classmethod
    def of(cls, frames: int) -> View:
        """The beginning of a grid, as much as is comfortable."""
        return cls(0.0, float(min(WINDOW, frames)), frames)

    @property
    def end(self) -> float:
        return self.first + self.width

    def looking(self, first: float, width: float | None = None) -> View:
        """From another frame on, and another number of frames if one is given."""
        width = float(np.clip(self.width if width is None else width, min(NARROWEST, self.frames), self.frames))
        return replace(self, first=float(np.clip(first, 0, self.frames - width)), width=width)

    def resized(self, frames: int) -> View:
        """The same place in a grid of another length; where all of it was shown, as much as is comfortable again."""
        if self.width < self.frames:
            return View(0.0, self.width, frames).looking(self.first)
        return View(0.0, float(frames), frames) if self.width > WINDOW else View.of(frames)

    def zoomed(self, factor: float, x: float = 0.5) -> View:
        """`factor` times as many frames; what is at the fraction x of the view stays there."""
        return self.looking(self.first + x * self.width * (1 - factor), self.width * factor)

    def panned(self, share: float) -> View:
        """Further on by a share of the view."""
        return self.looking(self.first + share * self.width)

    def showing(self, frame: int) -> View:
        """So that a frame is seen: as it is if it is, else with the frame in the middle."""
        return self if self.first <= frame < self.end else self.looking(frame - self.width / 2)

    def cell(self, x: float, y: float, levels: int) -> tuple[int, int]:
        """The cell (level, frame) at a place of the plot given as fractions."""
        return min(int(y * levels), levels - 1), min(int(self.first + x * self.width), self.frames - 1)

    def ticks(self, most: int = 16) -> np.ndarray:
        """Round frame numbers inside the view, at most `most` of them."""
        step = next(size for size in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10**9)
                    if self.width / size <= most)  # fmt: skip
        return np.arange(-(-self.first // step) * step, self.end, step)
