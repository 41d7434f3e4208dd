"""CodeGrid: the sound's codes as an editable grid, level by frame."""

from __future__ import annotations

import inspect
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import bqplot as bq
import numpy as np
from ipywidgets import HTML, Button, HBox, Image, Layout, VBox
from traitlets import Unicode

from sda_lib.models.codes import LEVEL_NAMES, Codes, level_name
from sda_lib.models.editing import EDITS
from sda_widgets.grid_image import png, ramp
from sda_widgets.session import Session

STATIC = Path(__file__).parent / "static"
WINDOW = 256
"""Frames that are shown at once unless the user zooms out: a cell stays wide enough to hit."""
MARGIN = {"top": 4, "bottom": 22, "left": 84, "right": 10}
HEIGHT = "clamp(280px, calc(100vh - 436px), 620px)"
"""What the window leaves below the player, so that the page needs no scrolling."""
LINE, ACCENT, SHADE = "#ffffff", "#c8f169", "#0a0c0f"
MOVES = {"ArrowLeft": (0, -1), "ArrowRight": (0, 1), "ArrowUp": (-1, 0), "ArrowDown": (1, 0)}
KEY_HELP = (
    "Arrows move, Shift selects, drag marks a rectangle; digits or Enter set a code, + and − step it, [ and ] by one; "
    "Ctrl-C, Ctrl-V, Ctrl-Z, Ctrl-Shift-Z; Ctrl-wheel zooms; Space plays"
)


class GridInput(anywidget.AnyWidget):
    """Hears keys, pointer and wheel over the two figures and sends them as messages."""

    _esm = STATIC / "grid_input.js"
    label = Unicode("Code grid").tag(sync=True)


def plain_edits() -> tuple[str, ...]:
    """The EDITS that need nothing but a region: each gets a button of its own."""
    return tuple(
        name
        for name, edit in EDITS.items()
        if all(p.default is not p.empty for p in list(inspect.signature(edit).parameters.values())[1:])
    )


class CodeGrid(VBox):
    """A window onto `session.codes`: draws cells, cursor, selection, playhead; keys and pointer call `session.edit`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._anchor = (0, 0)  # where a shift-selection or drag began
        self._typed: str | None = None  # digits of a code being typed
        self._block: np.ndarray | None = None  # codes copied with Ctrl-C
        self._view = (0.0, float(WINDOW))
        self._build_figures()
        self.status = HTML().add_class("sda-status")
        self.input = GridInput()
        self.input.on_msg(lambda _widget, message, _buffers: self._hear(message))
        self.toolbar = self._build_toolbar()
        super().__init__([self.toolbar, self.overview, self.figure, self.status, self.input])
        self.add_class("sda-grid")
        session.observe(lambda change: self._draw_codes(change.old), "codes")
        session.observe(lambda _change: self._draw_cursor(), ["cursor", "selection"])
        session.observe(lambda _change: self._draw_status(), "model")
        session.observe(lambda _change: self._draw_buttons(), ["codes", "history"])
        self._draw_codes(None)
        self._draw_buttons()

    # --- drawing -------------------------------------------------------------------------------------------------

    def _build_figures(self) -> None:
        self._pictures = [Image(value=png(np.zeros((1, 1, 3), np.uint8)), format="png") for _ in range(2)]
        self.x, self.y = bq.LinearScale(min=0, max=1), bq.LinearScale(min=0, max=1, reverse=True)
        self.wide_x, self.wide_y = bq.LinearScale(min=0, max=1), bq.LinearScale(min=0, max=1, reverse=True)
        main, wide = {"x": self.x, "y": self.y}, {"x": self.wide_x, "y": self.wide_y}
        self.cells = bq.Image(image=self._pictures[0], x=[0, 1], y=[1, 0], pixelated=True, scales=main)
        self.wide_cells = bq.Image(image=self._pictures[0], x=[0, 1], y=[1, 0], pixelated=True, scales=wide)
        self.groups = _line(main, SHADE, 3)
        self.halo, self.box = _line(main, SHADE, 5), _line(main, LINE, 2)
        self.dot = _line(main, ACCENT, 2)
        self.frame = _line(wide, LINE, 1.5)
        self.playhead, self.wide_playhead = _line(main, ACCENT, 2), _line(wide, ACCENT, 2)
        self.frames_axis = bq.Axis(scale=self.x, grid_lines="none", tick_format="d")
        self.levels_axis = bq.Axis(scale=self.y, orientation="vertical", grid_lines="none")
        marks = [self.cells, self.groups, self.halo, self.box, self.dot, self.playhead]
        self.figure = _figure(marks, [self.frames_axis, self.levels_axis], MARGIN, HEIGHT).add_class("sda-grid-main")
        margin = {**MARGIN, "top": 2, "bottom": 4}
        marks = [self.wide_cells, self.frame, self.wide_playhead]
        self.overview = _figure(marks, [], margin, "42px").add_class("sda-grid-overview")

    @property
    def playheads(self) -> tuple[bq.Lines, bq.Lines]:
        """The marks that the player moves."""
        return (self.playhead, self.wide_playhead)

    def _draw_codes(self, before: Codes | None) -> None:
        codes = self.session.codes
        if codes is None:
            self.add_class("sda-empty")
            return self._draw_status()
        self.remove_class("sda-empty")
        # bqplot's Image only notices another picture object, never new bytes in the old one.
        self._pictures.reverse()
        self._pictures[0].value = png(ramp(codes.codebook_size)[codes.indices])
        if before is None or before.indices.shape != codes.indices.shape:
            self._fit(codes)
        self.cells.image = self.wide_cells.image = self._pictures[0]
        return self._draw_cursor()

    def _fit(self, codes: Codes) -> None:
        """Lay scales, axes and lines out for a grid of another size."""
        levels, frames = codes.indices.shape
        self.y.max = self.wide_y.max = float(levels)
        self.wide_x.max = float(frames)
        for picture in (self.cells, self.wide_cells):
            with picture.hold_sync():
                picture.x, picture.y = [0, frames], [levels, 0]
        for head in self.playheads:
            head.y = np.array([0.0, levels])
            head.x = np.array([0.0, 0.0])
        with self.groups.hold_sync():
            self.groups.x, self.groups.y = _group_lines(levels, frames)
        labels = _level_labels(levels)
        # In this order: bqplot draws the ticks when their values come, with the labels that it knows by then.
        self.levels_axis.tick_labels = {str(at): name for at, name in labels.items()}
        self.levels_axis.tick_values = np.array(list(labels))
        self.input.label = f"Code grid, {levels} levels by {frames} frames. {KEY_HELP}"
        self._look(0, min(WINDOW, frames))

    def _look(self, first: float, width: float) -> None:
        """Show `width` frames from `first` on."""
        frames = self.session.codes.frames
        width = float(np.clip(width, min(16, frames), frames))
        first = float(np.clip(first, 0, frames - width))
        self._view = (first, first + width)
        with self.x.hold_sync():
            self.x.min, self.x.max = self._view
        self.frames_axis.tick_values = _round_steps(*self._view)
        _rectangle(self.frame, self._view, (0, self.session.codes.levels))

    def _draw_cursor(self) -> None:
        if self.session.codes is not None:
            target = self.session.target
            _rectangle(self.halo, target["frames"], target["levels"])
            _rectangle(self.box, target["frames"], target["levels"])
            level, frame = self.session.cursor
            _rectangle(self.dot, (frame, frame + 1), (level, level + 1))
        self._draw_status()

    def _draw_status(self) -> None:
        self.status.value = f'<span role="status" aria-live="polite">{self._status()}</span>'

    def _status(self) -> str:
        codes, (level, frame) = self.session.codes, self.session.cursor
        if codes is None:
            return escape(getattr(self.session.model, "why_no_codes", "")) or "No sound yet."
        code = int(codes.indices[level, frame])
        parts = [
            f"<b>{level_name(level, codes.levels)}</b>",
            f"frame {frame}",
            f"{frame / codes.frame_rate:.2f} s",
            f"code <b>{code}</b> of {codes.codebook_size}" if self._typed is None else f"code <u>{self._typed}_</u>",
        ]
        if self.session.model is not None:
            parts.append(_times(int(self.session.model.usage[level, code])))
        if self.session.selection:
            (a, b), (c, d) = self.session.selection
            parts.append(f"selected {b - a} × {d - c} cells, {(d - c) / codes.frame_rate:.2f} s")
        return " · ".join(parts)

    # --- toolbar -------------------------------------------------------------------------------------------------

    def _build_toolbar(self) -> HBox:
        self._undo = _button("Undo", "Ctrl-Z", self.session.undo)
        self._redo = _button("Redo", "Ctrl-Shift-Z", self.session.redo)
        self._paste = _button("Paste", "Ctrl-V: put the copied cells at the cursor", self._paste_block)
        edits = [_button(name.capitalize(), EDITS[name].__doc__ or "", self._plain(name)) for name in plain_edits()]
        self._acting = [
            _button("−", "Step to a lower code (−)", lambda: self._step(-self._stride)),
            _button("+", "Step to a higher code (+)", lambda: self._step(self._stride)),
            *edits,
            _button("Restore", "Bring the sound's own codes back here", self._restore),
            _button("Select all", "Ctrl-A", self._select_all),
            _button("Copy", "Ctrl-C: remember the selected cells", self._copy_block),
        ]
        for small in self._acting[:2]:
            small.add_class("sda-small")
        gap = HTML(layout=Layout(flex="1 1 0"))
        return HBox([*self._acting, self._paste, gap, self._undo, self._redo]).add_class("sda-toolbar")

    def _draw_buttons(self) -> None:
        for button in self._acting:
            button.disabled = self.session.codes is None
        self._paste.disabled = self._block is None or self.session.codes is None
        past = self.session.history
        self._undo.disabled = past is None or not past.can_undo
        self._redo.disabled = past is None or not past.can_redo

    def _plain(self, name: str) -> Any:
        """Apply an edit that needs only a region; a seed is a new one every time."""
        seeded = "seed" in inspect.signature(EDITS[name]).parameters

        def act() -> None:
            self._apply(name, **({"seed": len(self.session.history.steps)} if seeded else {}))

        return act

    def _apply(self, name: str, **arguments: Any) -> None:
        self.session.edit(name, **arguments)

    @property
    def _stride(self) -> int:
        """One step that can be heard: neighbouring codes sound nearly alike."""
        return max(1, self.session.codes.codebook_size // 32)

    def _step(self, amount: int) -> None:
        self._apply("step", amount=amount)

    def _restore(self) -> None:
        self._apply("swap", other=self.session.written)

    def _copy_block(self) -> None:
        target = self.session.target
        self._block = self.session.codes.indices[slice(*target["levels"]), slice(*target["frames"])]
        self._draw_buttons()

    def _paste_block(self) -> None:
        if self._block is not None:
            level, frame = (first for first, _end in (self.session.target["levels"], self.session.target["frames"]))
            self.session.edit("paste", block=self._block, to_level=level, to=frame)

    def _select_all(self) -> None:
        levels, frames = self.session.codes.indices.shape
        self.session.selection = ((0, levels), (0, frames))

    # --- what the browser heard ----------------------------------------------------------------------------------

    def _hear(self, message: dict[str, Any]) -> None:
        if self.session.codes is None:
            return
        kind = message["kind"]
        if kind == "key":
            self._key(message["key"], message["shift"], message["ctrl"])
        elif kind in ("press", "drag"):
            self._point(self._cell(message["x"], message["y"]), extend=kind == "drag" or message["shift"])
        elif kind == "look":
            width = self._view[1] - self._view[0]
            self._look(message["x"] * self.session.codes.frames - width / 2, width)
        elif kind == "pan":
            self._look(self._view[0] + message["delta"] / 800 * (self._view[1] - self._view[0]), np.diff(self._view)[0])
        elif kind == "zoom":
            self._zoom(1.2 ** float(np.clip(message["delta"] / 50, -4, 4)), message["x"])

    def _cell(self, x: float, y: float) -> tuple[int, int]:
        """The cell (level, frame) at a place of the plot given as fractions."""
        levels, frames = self.session.codes.indices.shape
        first, end = self._view
        return min(int(y * levels), levels - 1), min(int(first + x * (end - first)), frames - 1)

    def _zoom(self, factor: float, x: float) -> None:
        first, end = self._view
        self._look(first + x * (end - first) * (1 - factor), (end - first) * factor)

    def _point(self, cell: tuple[int, int], extend: bool) -> None:
        """Put the cursor there, or stretch the selection to there from where it began."""
        self._typed = None
        if not extend:
            self._anchor = cell
        selection = _span(self._anchor, cell) if extend and cell != self._anchor else None
        self.session.set(cursor=cell, selection=selection)
        self._show(cell[1])

    def _show(self, frame: int) -> None:
        first, end = self._view
        if not first <= frame < end:
            self._look(frame - (end - first) / 2, end - first)

    def _key(self, key: str, shift: bool, ctrl: bool) -> None:
        if ctrl:
            self._shortcut(key, shift)
        elif key in MOVES or key in ("PageUp", "PageDown", "Home", "End"):
            self._point(self._moved(key), extend=shift)
        elif key in ("+", "=", "-", "_"):
            self._step(self._stride if key in "+=" else -self._stride)
        elif key in ("[", "]"):
            self._step(1 if key == "]" else -1)
        elif key == "Delete":
            self._restore()
        else:
            self._type(key)

    def _moved(self, key: str) -> tuple[int, int]:
        level, frame = self.session.cursor
        levels, frames = self.session.codes.indices.shape
        page = int(self._view[1] - self._view[0])
        down, right = {
            **MOVES, "PageUp": (0, -page), "PageDown": (0, page), "Home": (0, -frames), "End": (0, frames)
        }[key]  # fmt: skip
        return int(np.clip(level + down, 0, levels - 1)), int(np.clip(frame + right, 0, frames - 1))

    def _shortcut(self, key: str, shift: bool) -> None:
        acts = {"c": self._copy_block, "v": self._paste_block, "a": self._select_all, "y": self.session.redo}
        acts["z"] = self.session.redo if shift else self.session.undo
        acts[key.lower()]()

    def _type(self, key: str) -> None:
        """Digits collect a code, Enter begins or ends the typing, Escape leaves it (and the selection)."""
        if key == "Escape":
            self.session.selection = self.session.selection if self._typed is not None else None
            self._typed = None
        elif key == "Enter" and self._typed:
            code, self._typed = int(self._typed), None
            self._apply("set", code=code)
        elif key == "Enter":
            self._typed = ""
        elif key == "Backspace":
            self._typed = self._typed[:-1] if self._typed else None
        elif key.isdigit():
            self._typed = ((self._typed or "") + key)[-6:]
        self._draw_status()


def _figure(marks: list[bq.Mark], axes: list[bq.Axis], margin: dict[str, int], height: str) -> bq.Figure:
    figure = bq.Figure(
        marks=marks, axes=axes, padding_x=0, padding_y=0, animation_duration=0, fig_margin=margin,
        background_style={"fill": "transparent"}, layout=Layout(width="auto", height=height, min_width="0"),
    )  # fmt: skip
    figure.display_toolbar = False
    return figure


def _line(scales: dict[str, bq.Scale], color: str, width: float) -> bq.Lines:
    keep = {"x": True, "y": True}  # overlays must never widen the scales
    return bq.Lines(x=[], y=[], scales=scales, colors=[color], stroke_width=width, preserve_domain=keep)


def _rectangle(mark: bq.Lines, across: tuple[float, float], down: tuple[float, float]) -> None:
    """Draw a rectangle; new arrays every time, because bqplot does not send one that it already holds."""
    (left, right), (top, bottom) = across, down
    with mark.hold_sync():
        mark.x = np.array([left, right, right, left, left], float)
        mark.y = np.array([top, top, bottom, bottom, top], float)


def _span(one: tuple[int, int], other: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """The half-open ranges (levels, frames) that two cells span."""
    return tuple((min(pair), max(pair) + 1) for pair in zip(one, other, strict=True))


def _groups(levels: int) -> dict[str, list[int]]:
    """Which levels are called Structure, Timbre, Texture, Detail."""
    groups: dict[str, list[int]] = {}
    for level in range(levels):
        groups.setdefault(level_name(level, levels).split()[0], []).append(level)
    return {name: groups[name] for name in LEVEL_NAMES if name in groups}


def _level_labels(levels: int) -> dict[float, str]:
    """Where on the axis each group's name stands: in the middle of its rows."""
    return {(rows[0] + rows[-1] + 1) / 2: name for name, rows in _groups(levels).items()}


def _group_lines(levels: int, frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Lines between the groups, as one path per boundary: x and y of shape [boundary, 2]."""
    boundaries = [float(rows[0]) for rows in list(_groups(levels).values())[1:]] or [0.0]
    return np.array([[0.0, frames]] * len(boundaries)), np.array([[at, at] for at in boundaries])


def _round_steps(first: float, end: float, most: int = 16) -> np.ndarray:
    """Round frame numbers inside a view, at most `most` of them."""
    step = next(size for size in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10**9) if (end - first) / size <= most)
    return np.arange(-(-first // step) * step, end, step)


def _times(count: int) -> str:
    known = {0: "never used in the corpus", 1: "used once in the corpus"}
    return known.get(count, f"used {count} times in the corpus")


def _button(text: str, tip: str, act: Any) -> Button:
    button = Button(description=text, tooltip=tip, layout=Layout(width="auto"))
    button.on_click(lambda _button: act())
    return button
