"""Grid figure: cells, selection, cursor, frozen cells and playhead of a code grid as marks of two bqplot figures."""

from collections.abc import Sequence
from itertools import pairwise

import bqplot as bq
import numpy as np
from ipywidgets import Image

from sda_lib.codec.codes import Codes
from sda_lib.editing.registry import Cells
from sda_widgets.common.figures import ACCENT, LOCKED, MARK, PAGE_TEXT, SHADOW, plain_figure
from sda_widgets.common.grid_image import grid_pixels, png
from sda_widgets.session.viewport import Viewport

MARGIN = {"top": 4, "bottom": 22, "left": 84, "right": 10}
NO_PADDING = {"padding_x": 0, "padding_y": 0}
# Height that leaves room for the player, so that the page needs no scrolling.
HEIGHT = "clamp(280px, calc(100vh - 476px), 620px)"


class GridFigure:
    """Draws the grid; holds no state of the session."""

    def __init__(self) -> None:
        self._pictures = [Image(value=png(np.zeros((1, 1, 3), np.uint8)), format="png") for _ in range(2)]
        self.x, self.y = bq.LinearScale(min=0, max=1), bq.LinearScale(min=0, max=1, reverse=True)
        self.wide_x, self.wide_y = bq.LinearScale(min=0, max=1), bq.LinearScale(min=0, max=1, reverse=True)
        main, wide = {"x": self.x, "y": self.y}, {"x": self.wide_x, "y": self.wide_y}
        self.cells = bq.Image(image=self._pictures[0], x=[0, 1], y=[1, 0], pixelated=True, scales=main)
        self.wide_cells = bq.Image(image=self._pictures[0], x=[0, 1], y=[1, 0], pixelated=True, scales=wide)
        self.groups = _line(main, SHADOW, 1.5)
        self.locked = _line(main, LOCKED, 1.5)
        self.locked.line_style = "dashed"
        self.halo, self.box = _line(main, SHADOW, 5), _line(main, MARK, 2)
        self.dot = _line(main, ACCENT, 2)
        self.frame = _line(wide, PAGE_TEXT, 1.5)
        self.playhead, self.wide_playhead = _line(main, ACCENT, 2), _line(wide, ACCENT, 2)
        self.frames_axis = bq.Axis(scale=self.x, grid_lines="none", tick_format="d")
        self.levels_axis = bq.Axis(scale=self.y, orientation="vertical", grid_lines="none")
        marks = [self.cells, self.groups, self.locked, self.halo, self.box, self.dot, self.playhead]
        self.main = plain_figure(marks, [self.frames_axis, self.levels_axis], MARGIN, HEIGHT, **NO_PADDING)
        self.main.add_class("sda-grid-main")
        margin = {**MARGIN, "top": 2, "bottom": 4}
        marks = [self.wide_cells, self.frame, self.wide_playhead]
        self.overview = plain_figure(marks, [], margin, "42px", **NO_PADDING).add_class("sda-grid-overview")

    @property
    def playheads(self) -> tuple[bq.Lines, bq.Lines]:
        """The marks that players move."""
        return (self.playhead, self.wide_playhead)

    def draw_cells(self, codes: Codes) -> None:
        """Show other codes. bqplot's Image only notices a new picture object, never new bytes in the same one."""
        self._pictures.reverse()
        self._pictures[0].value = png(grid_pixels(codes))
        self.cells.image = self.wide_cells.image = self._pictures[0]

    def fit(self, codes: Codes) -> None:
        """Lay out scales and lines for a grid of another size."""
        levels, frames = codes.indices.shape
        self.y.max = self.wide_y.max = float(levels)
        self.wide_x.max = float(frames)
        for image in (self.cells, self.wide_cells):
            with image.hold_sync():
                image.x, image.y = [0, frames], [levels, 0]
        for playhead in (self.playhead, self.wide_playhead):
            playhead.y = np.array([0.0, levels])
            playhead.x = np.array([0.0, 0.0])

    def name_levels(self, names: Sequence[str], frames: int) -> None:
        """Label the levels: one label for each run of levels called "Name 1", "Name 2" …, one for any other."""
        runs = level_runs(names)
        labels = {(first + end) / 2: name for name, first, end in runs}
        # In this order: bqplot draws the ticks when it receives their values, with the labels it has by then.
        self.levels_axis.tick_labels = {f"{at:g}": name for at, name in labels.items()}
        self.levels_axis.tick_values = np.array(list(labels))
        borders = [float(first) for _, first, _ in runs[1:]] or [0.0]
        with self.groups.hold_sync():
            self.groups.x = np.array([[0.0, frames]] * len(borders))
            self.groups.y = np.array([[at, at] for at in borders])

    def look(self, view: Viewport, levels: int) -> None:
        """Show the frames of a view."""
        with self.x.hold_sync():
            self.x.min, self.x.max = view.first, view.end
        self.frames_axis.tick_values = view.ticks()
        _draw(self.frame, [((0, levels), (view.first, view.end))])

    def select(self, areas: Sequence[Cells], cursor: tuple[int, int]) -> None:
        """Draw rectangles around the selection, and the cursor."""
        level, frame = cursor
        _draw(self.halo, areas)
        _draw(self.box, areas)
        _draw(self.dot, [((level, level + 1), (frame, frame + 1))])

    def draw_locked(self, areas: Sequence[Cells]) -> None:
        """Draw outlines of the locked cells."""
        _draw(self.locked, areas)


def level_runs(names: Sequence[str]) -> list[tuple[str, int, int]]:
    """Return (name, first, end) of each run of levels whose names differ only in a final number."""
    stems = [name.rstrip("0123456789 ") if name[-1:].isdigit() else name for name in names]
    borders = [0, *(at for at, (one, other) in enumerate(pairwise(stems), 1) if one != other), len(names)]
    return [(stems[first], first, end) for first, end in pairwise(borders)]


def _line(scales: dict[str, bq.Scale], color: str, width: float) -> bq.Lines:
    keep = {"x": True, "y": True}  # overlays must never widen the scales
    return bq.Lines(x=[], y=[], scales=scales, colors=[color], stroke_width=width, preserve_domain=keep)


def _draw(mark: bq.Lines, areas: Sequence[tuple[tuple[float, float], tuple[float, float]]]) -> None:
    """Draw rectangles. Arrays are always new, because bqplot does not send one that it already holds."""
    with mark.hold_sync():
        mark.x = np.array([[left, right, right, left, left] for _, (left, right) in areas], float)
        mark.y = np.array([[top, top, bottom, bottom, top] for (top, bottom), _ in areas], float)
