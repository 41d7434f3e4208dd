"""Viewport: the range of frames that a grid shows, as immutable data."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

# Frames shown at once unless the user zooms out: cells stay wide enough to click.
WINDOW = 256
# Smallest number of frames shown.
NARROWEST = 16


@dataclass(frozen=True)
class Viewport:
    """`width` frames from `first` on, out of `frames`; `moved_to` clips the range to the grid."""

    first: float
    width: float
    frames: int

    @classmethod
    def of(cls, frames: int) -> Viewport:
        """Return the view of a grid's beginning, at most WINDOW frames wide."""
        return cls(0.0, float(min(WINDOW, frames)), frames)

    def spanning(self, first: float, end: float) -> Viewport:
        """Return the view of frames `first`..`end`, even where they lie outside of the grid."""
        return replace(self, first=first, width=max(end - first, 1e-6))

    @property
    def end(self) -> float:
        return self.first + self.width

    def moved_to(self, first: float, width: float | None = None) -> Viewport:
        """Return the view from another first frame, with another width if given, clipped to the grid."""
        width = float(np.clip(self.width if width is None else width, min(NARROWEST, self.frames), self.frames))
        return replace(self, first=float(np.clip(first, 0, self.frames - width)), width=width)

    def resized(self, frames: int) -> Viewport:
        """Return the view at the same position in a grid of another length; a full view is refitted."""
        if self.width < self.frames:
            return Viewport(0.0, self.width, frames).moved_to(self.first)
        return Viewport(0.0, float(frames), frames) if self.width > WINDOW else Viewport.of(frames)

    def zoomed(self, factor: float, x: float = 0.5) -> Viewport:
        """Return the view with `factor` times as many frames, fixed at fraction `x` (0..1) of the view."""
        return self.moved_to(self.first + x * self.width * (1 - factor), self.width * factor)

    def panned(self, share: float) -> Viewport:
        """Return the view moved forward by a fraction of its width."""
        return self.moved_to(self.first + share * self.width)

    def showing(self, frame: int) -> Viewport:
        """Return a view that contains a frame: this one if it does, else one centered on the frame."""
        return self if self.first <= frame < self.end else self.moved_to(frame - self.width / 2)

    def cell(self, x: float, y: float, levels: int) -> tuple[int, int]:
        """Return the cell (level, frame) at a point of the plot given as fractions."""
        return min(int(y * levels), levels - 1), min(int(self.first + x * self.width), self.frames - 1)

    def ticks(self, most: int = 16) -> np.ndarray:
        """Return round frame numbers inside the view, at most `most` of them."""
        step = next(size for size in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10**9)
                    if self.width / size <= most)  # fmt: skip
        return np.arange(-(-self.first // step) * step, self.end, step)
