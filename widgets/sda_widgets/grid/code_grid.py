"""CodeGrid: the sound's codes as an editable grid, level by frame."""

from __future__ import annotations

import inspect
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import bqplot as bq
from ipywidgets import HTML, Button, HBox, Layout, Text, ToggleButton, VBox
from traitlets import Bool, Unicode

from sda_lib.codec.codes import Codes
from sda_lib.editing.registry import EDITS, mask
from sda_widgets.grid.edit_form import EditForm
from sda_widgets.grid.grid_figure import GridFigure
from sda_widgets.grid.grid_keys import POINTER_HELP, WAYS, help_text, line, moved, span
from sda_widgets.grid.viewport import Viewport
from sda_widgets.session.session import Session
from sda_widgets.session.sound import Sound

ROOM = Path(__file__).parent
# Edits that need only a region and have buttons of their own; all others are in the form.
QUICK = ("reverse", "randomize", "clear", "mute", "solo")
# Amount of the pasted cells where a paste is mixed with the codes already there.
SHINING = 0.5
# Wheel units that pan by the width of the view.
GRAB_PIXELS = 800


class GridInput(anywidget.AnyWidget):
    """Receives keys, pointer and wheel events over the two figures and sends them as messages."""

    _esm = ROOM / "grid_input.js"
    label = Unicode("Code grid").tag(sync=True)
    brush = Bool(help="whether a brush is in hand, which keeps Alt for itself").tag(sync=True)


class CodeGrid(VBox):
    """View of `sound.codes`: draws cells, cursor, selection and playhead; keys and pointer call the sound."""

    def __init__(self, session: Session, sound: Sound) -> None:
        self.session, self.sound = session, sound
        self._anchor = (0, 0)  # where a shift-selection or drag began
        self._typed: str | None = None  # digits of a code being typed
        self._stroke: list[tuple[int, int]] = []  # cells passed by the brush in the current drag
        self._view = Viewport.of(1)
        self._written: Codes | None = None  # of the sound drawn last
        self.drawing = GridFigure()
        self.status = HTML().add_class("sda-status")
        self.input = GridInput()
        self.input.on_msg(lambda _widget, message, _buffers: self._hear(message))
        self.name = self._build_name()
        self.toolbar = self._build_toolbar()
        self.form = EditForm(session, sound)
        gap = HTML(layout=Layout(flex="1 1 0"))
        below = HBox([self.form, gap, self.name, *self._moving, self._paste]).add_class("sda-toolbar")
        drawn = [self.drawing.overview, self.drawing.main, self.status]
        super().__init__([self.toolbar, below, *drawn, self.input])
        self.add_class("sda-grid")
        sound.observe(lambda change: self._draw_codes(change.old), "codes")
        sound.observe(lambda _change: self._draw_cursor(), ["cursor", "selection", "more"])
        sound.observe(lambda change: self.drawing.freeze(change.new), "frozen")
        session.observe(lambda _change: self._name_levels(), "model")
        sound.observe(lambda _change: self._draw_buttons(), ["codes", "history", "former"])
        session.observe(lambda _change: self._draw_buttons(), "clipboard")
        self._draw_codes(None)
        self._draw_buttons()

    # --- drawing -------------------------------------------------------------------------------------------------

    @property
    def playheads(self) -> tuple[bq.Lines, bq.Lines]:
        """The marks that the player moves."""
        return (self.drawing.playhead, self.drawing.wide_playhead)

    def _draw_codes(self, before: Codes | None) -> None:
        codes = self.sound.codes
        if codes is None:
            self.add_class("sda-empty")
            return self._draw_status()
        self.remove_class("sda-empty")
        if before is None or before.indices.shape != codes.indices.shape:
            self._fit(codes, before)
        self._written = self.sound.written
        self.drawing.draw_cells(codes)
        return self._draw_cursor()

    def _fit(self, codes: Codes, before: Codes | None) -> None:
        """Lay out a grid of another size. A sound made longer or shorter by an edit keeps the view's position; another
        sound is shown from its beginning."""
        self.drawing.fit(codes)
        self._name_levels()
        levels, frames = codes.indices.shape
        self.input.label = f"Code grid, {levels} levels by {frames} frames. {help_text()}. {POINTER_HELP}"
        same_sound = before is not None and self.sound.written is self._written
        self._look(self._view.resized(frames) if same_sound else Viewport.of(frames))

    def _name_levels(self) -> None:
        codes, model = self.sound.codes, self.session.model
        if codes is not None and model is not None:
            self.drawing.name_levels(model.level_names, codes.frames)
        self._draw_status()

    def _look(self, view: Viewport) -> None:
        self._view = view
        self.drawing.look(view, self.sound.codes.levels)

    def _draw_cursor(self) -> None:
        if self.sound.codes is not None:
            self.drawing.select(self.sound.areas, self.sound.cursor)
        self._draw_status()

    def _draw_status(self) -> None:
        self.status.value = f'<span role="status" aria-live="polite">{self._status()}</span>'

    def _status(self) -> str:
        codes, (level, frame), model = self.sound.codes, self.sound.cursor, self.session.model
        if codes is None or model is None:
            return escape(getattr(model, "why_no_codes", "")) or "No sound yet."
        code = int(codes.indices[level, frame])
        parts = [
            f"<b>{escape(model.level_names[level])}</b>",
            f"frame {frame}",
            f"{frame / codes.frame_rate:.2f} s",
            f"code <b>{code}</b> of {codes.codebook_size}" if self._typed is None else f"code <u>{self._typed}_</u>",
            _times(int(model.usage[level, code])),
        ]
        if level in codes.muted:
            parts.append("muted")
        if self.sound.selection:
            parts.append(self._selected(codes))
        if self.brush.value:
            parts.append(f"brush paints code <b>{self._brush_code}</b>")
        return " · ".join(parts)

    def _selected(self, codes: Codes) -> str:
        if self.sound.more:
            return f"selected {int(mask(self.sound.areas, codes).sum())} cells in {len(self.sound.areas)} places"
        (a, b), (c, d) = self.sound.selection
        return f"selected {b - a} × {d - c} cells, {(d - c) / codes.frame_rate:.2f} s"

    # --- toolbar -------------------------------------------------------------------------------------------------

    def _build_toolbar(self) -> HBox:
        self._undo = _button(
            "Undo", "Ctrl-Z: back to before the last act, also to the sound before this one", self.sound.steps.undo
        )
        self._redo = _button("Redo", "Ctrl-Shift-Z", self.sound.steps.redo)
        self._paste = _button(
            "Paste",
            "Ctrl-V: put the copied cells at the cursor; with Shift halfway",
            self._paste_block,
        )
        self.brush = ToggleButton(
            description="Brush", tooltip="B: paint codes along a drag; Alt-click picks one", layout=Layout(width="auto")
        )
        self.brush.observe(lambda change: self._take_brush(change.new), "value")
        self._brush_code = 0
        quick = [_button(name.capitalize(), EDITS[name].__doc__ or "", self._plain(name)) for name in QUICK]
        self._acting = [
            _button("−", "Step to a lower code (−)", lambda: self._step(-self._stride)),
            _button("+", "Step to a higher code (+)", lambda: self._step(self._stride)),
            *quick,
            _button("Freeze", "K: no edit changes these cells; again: they can be changed", self._freeze),
            _button("Restore", "Delete: bring the sound's own codes back here", self._restore),
        ]
        self._moving = [
            _button("Select all", "Ctrl-A", self._select_all),
            _button("Cut", "Ctrl-X: remember the selected cells and make them neutral", self._cut_block),
            _button("Copy", "Ctrl-C: remember the selected cells", self._copy_block),
        ]
        for small in self._acting[:2]:
            small.add_class("sda-small")
        gap = HTML(layout=Layout(flex="1 1 0"))
        row = [*self._acting[:2], self.brush, *self._acting[2:], gap, self._undo, self._redo]
        return HBox(row).add_class("sda-toolbar")

    def _take_brush(self, taken: bool) -> None:
        self.input.brush = taken
        if taken and self.sound.codes is not None:
            self._pick(self.sound.cursor)
        self._draw_status()

    def _build_name(self) -> Text:
        """Build the text field for renaming the cursor's level, shown only while renaming."""
        field = Text(placeholder="Level name", layout=Layout(width="150px", display="none"))
        return field.add_class("sda-level-name")

    def _draw_buttons(self) -> None:
        for button in (*self._acting, *self._moving, self.brush, self.form.button):
            button.disabled = self.sound.codes is None
        self._paste.disabled = self.session.clipboard is None or self.sound.codes is None
        self._undo.disabled, self._redo.disabled = not self.sound.steps.can_undo, not self.sound.steps.can_redo

    def _plain(self, name: str) -> Any:
        """Return a callback for an edit that needs only a region; a seed is different each time."""
        seeded = "seed" in inspect.signature(EDITS[name]).parameters

        def act() -> None:
            self.sound.edits.apply(name, **({"seed": len(self.sound.history.steps)} if seeded else {}))

        return act

    @property
    def _stride(self) -> int:
        """Code step of the +/− keys, large enough to be audible: neighbouring codes sound nearly alike."""
        return max(1, self.sound.codes.codebook_size // 32)

    def _step(self, amount: int) -> None:
        self.sound.edits.apply("step", amount=amount)

    def _restore(self) -> None:
        self.sound.edits.restore()

    def _freeze(self) -> None:
        cells, frozen = (mask(areas, self.sound.codes) for areas in (self.sound.areas, self.sound.frozen))
        (self.sound.edits.thaw if (frozen | ~cells).all() else self.sound.edits.freeze)()

    def _copy_block(self) -> None:
        self.sound.edits.copy()

    def _cut_block(self) -> None:
        self.sound.edits.copy()
        self.sound.edits.apply("clear")

    def _paste_block(self) -> None:
        self.sound.edits.paste()

    def _select_all(self) -> None:
        levels, frames = self.sound.codes.indices.shape
        self.sound.set(selection=((0, levels), (0, frames)), more=())

    def _select_row(self) -> None:
        level = self.sound.cursor[0]
        self.sound.set(selection=((level, level + 1), (0, self.sound.codes.frames)), more=())

    def _select_column(self) -> None:
        frame = self.sound.cursor[1]
        self.sound.set(selection=((0, self.sound.codes.levels), (frame, frame + 1)), more=())

    def _begin_naming(self) -> None:
        self.name.value = self.session.model.level_names[self.sound.cursor[0]]
        self.name.layout.display = None
        self.input.send({"kind": "focus", "what": ".sda-level-name input"})

    def _named(self, message: dict[str, Any]) -> None:
        """Finish renaming: Enter applies the name, Escape keeps the old one."""
        self.name.layout.display = "none"
        if message["name"] is not None:
            self.session.library.rename_level(self.sound.cursor[0], str(message["name"]))
        self.input.send({"kind": "focus", "what": ".sda-grid-main"})

    # --- events from the browser: pointer --------------------------------------------------------------------------

    def _hear(self, message: dict[str, Any]) -> None:
        if self.sound.codes is not None:
            heard = {
                "key": self._key, "press": self._press, "drag": self._drag, "release": self._release,
                "double": self._double, "menu": self._menu, "look": self._overlook, "grab": self._grab,
                "pan": self._pan, "zoom": self._zoom, "named": self._named,
            }[message["kind"]]  # fmt: skip
            heard(message)

    def _cell(self, message: dict[str, Any]) -> tuple[int, int]:
        return self._view.cell(message["x"], message["y"], self.sound.codes.levels)

    def _press(self, message: dict[str, Any]) -> None:
        cell, zone = self._cell(message), message.get("zone", "plot")
        if zone != "plot":
            self._point(cell)
            (self._select_row if zone == "levels" else self._select_column)()
        elif self.brush.value and message.get("alt"):
            self._point(cell)
            self._pick(cell)
        elif self.brush.value:
            self._stroke = [cell]
            self._show_stroke()
        else:
            if message.get("ctrl") and not message["shift"]:
                self.sound.more = self.sound.areas
            elif not message["shift"]:
                self.sound.more = ()
            self._point(cell, extend=message["shift"])

    def _drag(self, message: dict[str, Any]) -> None:
        cell, zone = self._cell(message), message.get("zone", "plot")
        if self._stroke:
            if cell != self._stroke[-1]:
                self._stroke += line(self._stroke[-1], cell)
                self._show_stroke()
        elif zone == "levels":
            self._select_between((self._anchor[0], 0), (cell[0], self.sound.codes.frames - 1), cell)
        elif zone == "frames":
            self._select_between((0, self._anchor[1]), (self.sound.codes.levels - 1, cell[1]), cell)
        else:
            self._point(cell, extend=True)

    def _select_between(self, one: tuple[int, int], other: tuple[int, int], cursor: tuple[int, int]) -> None:
        self.sound.set(cursor=cursor, selection=span(one, other), more=())

    def _release(self, message: dict[str, Any]) -> None:
        self._drag(message)
        if not self._stroke:
            return
        cells, self._stroke = tuple(dict.fromkeys(self._stroke)), []
        before = self.sound.codes
        self.sound.edits.apply("paint", code=self._brush_code, cells=cells)
        if self.sound.codes is before:  # nothing changed: erase the preview of the brush
            self.drawing.draw_cells(before)
        self._point(cells[-1])

    def _show_stroke(self) -> None:
        """Preview the brushed cells in the picture; the sound is updated when the brush is released."""
        shown = EDITS["paint"](self.sound.codes, self._brush_code, self._stroke)
        self.drawing.draw_cells(shown)

    def _pick(self, cell: tuple[int, int]) -> None:
        """Set the brush to this cell's code."""
        self._brush_code = int(self.sound.codes.indices[cell])
        self._draw_status()

    def _double(self, message: dict[str, Any]) -> None:
        self._point(self._cell(message))
        if message.get("zone") == "levels":
            self._begin_naming()
        elif message.get("zone", "plot") == "plot":
            self._type("Enter")

    def _menu(self, message: dict[str, Any]) -> None:
        self._point(self._cell(message))
        self._open_palette()

    def _open_palette(self) -> None:
        self.sound.palette_open = True

    def _overlook(self, message: dict[str, Any]) -> None:
        self._look(self._view.looking(message["x"] * self._view.frames - self._view.width / 2))

    def _grab(self, message: dict[str, Any]) -> None:
        self._look(self._view.panned(-message["dx"]))

    def _pan(self, message: dict[str, Any]) -> None:
        self._look(self._view.panned(message["delta"] / GRAB_PIXELS))

    def _zoom(self, message: dict[str, Any]) -> None:
        self._look(self._view.zoomed(1.2 ** max(-4.0, min(message["delta"] / 50, 4.0)), message["x"]))

    def _point(self, cell: tuple[int, int], extend: bool = False) -> None:
        """Put the cursor at a cell, or extend the selection to it from its anchor."""
        self._typed = None
        if not extend:
            self._anchor = cell
        stretched = extend and cell != self._anchor
        self.sound.set(cursor=cell, selection=span(self._anchor, cell) if stretched else None)
        if self._view.showing(cell[1]) != self._view:
            self._look(self._view.showing(cell[1]))

    # --- events from the browser: keys -----------------------------------------------------------------------------

    def _key(self, message: dict[str, Any]) -> None:
        key, shift = message["key"], message["shift"]
        if message["ctrl"]:
            self._shortcut(key.lower(), shift)
        elif key in WAYS:
            self._move(key, shift)
        elif key.lower() in self._letters:
            self._letters[key.lower()]()
        else:
            self._type(key)

    def _move(self, key: str, shift: bool) -> None:
        if not shift:
            self.sound.more = ()
        shape = self.sound.codes.indices.shape
        self._point(moved(key, self.sound.cursor, shape, int(self._view.width)), extend=shift)

    @property
    def _letters(self) -> dict[str, Any]:
        return {
            "+": lambda: self._step(self._stride), "=": lambda: self._step(self._stride),
            "-": lambda: self._step(-self._stride), "_": lambda: self._step(-self._stride),
            "]": lambda: self._step(1), "[": lambda: self._step(-1),
            "b": lambda: setattr(self.brush, "value", not self.brush.value),
            "delete": self._restore, "k": self._freeze, "m": self._plain("mute"), "s": self._plain("solo"),
            "p": self._open_palette, "f2": self._begin_naming, "r": self._select_row, "c": self._select_column,
            "i": lambda: self._look(self._view.zoomed(1 / 1.5)), "o": lambda: self._look(self._view.zoomed(1.5)),
            "f": lambda: self._look(self._view.zoomed(1e9)),
            ",": lambda: self._look(self._view.panned(-0.25)), ".": lambda: self._look(self._view.panned(0.25)),
        }  # fmt: skip

    def _shortcut(self, key: str, shift: bool) -> None:
        acts = {
            "c": self._copy_block, "x": self._cut_block, "a": self._select_all,
            "v": (lambda: self.sound.edits.paste(SHINING)) if shift else self._paste_block,
            "d": self._plain("duplicate"), "y": self.sound.steps.redo,
            "z": self.sound.steps.redo if shift else self.sound.steps.undo,
        }  # fmt: skip
        acts[key]()

    def _type(self, key: str) -> None:
        """Handle typing: digits collect a code, Enter begins or ends, Escape cancels (with nothing typed, it clears the
        selection). With the brush active, the typed code becomes the brush's."""
        if key == "Escape":
            kept = self._typed is not None
            self.sound.set(selection=self.sound.selection if kept else None, more=self.sound.more if kept else ())
            self._typed = None
        elif key == "Enter" and self._typed:
            code, self._typed = int(self._typed), None
            self._set(code)
        elif key == "Enter":
            self._typed = ""
        elif key == "Backspace":
            self._typed = self._typed[:-1] if self._typed else None
        elif key.isdigit():
            self._typed = ((self._typed or "") + key)[-6:]
        self._draw_status()

    def _set(self, code: int) -> None:
        if self.brush.value and code < self.sound.codes.codebook_size:
            self._brush_code = code
        else:
            self.sound.edits.apply("set", code=code)


def _times(count: int) -> str:
    known = {0: "never used in the corpus", 1: "used once in the corpus"}
    return known.get(count, f"used {count} times in the corpus")


def _button(text: str, tip: str, act: Any) -> Button:
    button = Button(description=text, tooltip=" ".join(tip.split()), layout=Layout(width="auto"))
    button.on_click(lambda _button: act())
    return button
