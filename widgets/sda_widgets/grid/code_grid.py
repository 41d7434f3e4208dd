"""Code grid: the sound's codes as an editable grid, level by frame."""

from collections.abc import Callable
from html import escape
from typing import Any

from ipywidgets import HTML

from sda_lib.codec.codes import Codes
from sda_lib.codec.varispeed import semitones_of
from sda_lib.editing.registry import EDITS, mask
from sda_widgets.common.form_controls import Card, show_if, watch
from sda_widgets.common.keys import GRID, key_of, label_of
from sda_widgets.common.markup import bold, status, times_used
from sda_widgets.grid.grid_cursor import Cell, cells_between, moved, span
from sda_widgets.grid.grid_figure import GridFigure
from sda_widgets.grid.grid_input import GridInput
from sda_widgets.grid.grid_toolbar import GridToolbar
from sda_widgets.session.context import NO_MODEL, NO_SOUND
from sda_widgets.session.session import Session
from sda_widgets.session.sound import Sound
from sda_widgets.session.viewport import Viewport

# Factor of a zoom by key, and the share of the view's width of a pan.
ZOOM, PAN = 1.5, 0.25
# Share of the pasted codes where they are mixed with those already there.
MIXED = 0.5
# Acts that concern the view, which commands of the page leave to it.
VIEW_ACTS = (
    "brush", "palette", "rename_level", "zoom_in", "zoom_out", "zoom_all", "pan_left", "pan_right",
)  # fmt: skip
# Digits of a typed code.
MOST_DIGITS = 6

Message = dict[str, Any]


class CodeGrid(Card):
    """View of `sound.codes`: draws cells, cursor, selection and playhead; keys and pointer call the sound.

    It has no buttons for undo where the page has them elsewhere (`undoes` False)."""

    def __init__(self, session: Session, sound: Sound, undoes: bool = True) -> None:
        self.session, self.sound = session, sound
        self._anchor = (0, 0)  # where a shift-selection or drag began
        self._typed: str | None = None  # digits of a code being typed
        self._painted: list[Cell] = []  # cells passed by the brush in the current drag
        self._brush_code = 0
        self.drawing = GridFigure()
        self.status = HTML().add_class("sda-status")
        self.input = GridInput()
        self.input.on_message(self._receive)
        self.toolbar = GridToolbar(session, sound, undoes)
        self.brush, self.name = self.toolbar.brush, self.toolbar.name
        self.brush.observe(lambda change: self._toggle_brush(change.new), "value")
        self._acts = self._key_acts()
        parts = [*self.toolbar.rows, self.drawing.overview, self.drawing.main, self.status, self.input]
        super().__init__(parts, "sda-grid")
        sound.observe(lambda change: self._draw_codes(change.old), "codes")
        sound.observe(lambda _change: self._draw_cursor(), ["cursor", "selection", "more"])
        sound.observe(lambda _change: self._draw_status(), "unchanged")
        sound.observe(lambda _change: self._draw_view(), "viewport")
        session.observe(lambda _change: self._name_levels(), "model")
        session.playheads = (*session.playheads, *(f"IPY_MODEL_{line.model_id}" for line in self.drawing.playheads))
        self._draw_codes(None)
        watch(lambda: self.drawing.draw_locked(sound.frozen), (sound, "frozen"))
        if sound is session.sound:
            for name in VIEW_ACTS:
                session.page_acts.provide(name, self._acts[name], self._why_none)

    # --- drawing -------------------------------------------------------------------------------------------------

    def _draw_codes(self, before: Codes | None) -> None:
        codes = self.sound.codes
        if codes is None:
            self.add_class("sda-empty")
            return self._draw_status()
        self.remove_class("sda-empty")
        if before is None or before.indices.shape != codes.indices.shape:
            self._fit(codes)
        self.drawing.draw_cells(codes)
        return self._draw_cursor()

    def _fit(self, codes: Codes) -> None:
        """Lay out a grid of another size."""
        self.drawing.fit(codes)
        self._name_levels()
        levels, frames = codes.indices.shape
        self.input.label = f"Code grid, {levels} levels by {frames} frames. {label_of('show_keys')} shows its keys."
        self._draw_view()

    def _name_levels(self) -> None:
        codes, model = self.sound.codes, self.session.model
        if codes is not None and model is not None:
            self.drawing.name_levels(model.level_names, codes.frames)
        self._draw_status()

    @property
    def _view(self) -> Viewport:
        return self.sound.viewport

    def _look(self, view: Viewport) -> None:
        self.sound.viewport = view

    def _draw_view(self) -> None:
        if self.sound.codes is not None:
            self.drawing.look(self._view, self.sound.codes.levels)

    def _draw_cursor(self) -> None:
        if self.sound.codes is not None:
            self.drawing.select(self.sound.areas, self.sound.cursor)
        self._draw_status()

    def _draw_status(self) -> None:
        self.status.value = status(self._status())
        self.input.cell = self._cell_in_words()

    def _cell_in_words(self) -> str:
        codes, (level, frame), model = self.sound.codes, self.sound.cursor, self.session.model
        if codes is None or model is None:
            return "no sound yet"
        return f"{model.level_names[level]}, frame {frame}, code {int(codes.indices[level, frame])}"

    def _status(self) -> str:
        codes, (level, frame), model = self.sound.codes, self.sound.cursor, self.session.model
        if codes is None or model is None:
            return escape(getattr(model, "why_no_codes", "")) or "No sound yet."
        code = int(codes.indices[level, frame])
        parts = [
            bold(model.level_names[level]),
            f"frame {frame}",
            f"{codes.seconds_of(frame):.2f} s",
            f"code <b>{code}</b> of {codes.codebook_size}" if self._typed is None else f"code <u>{self._typed}_</u>",
            f"{times_used(int(model.usage[level, code]))} in the corpus",
        ]
        if codes.rate != 1:
            parts.append(f"varispeed <b>{semitones_of(codes.rate):+.2g}</b> semitones")
        if level in codes.muted:
            parts.append("muted")
        if self.sound.selection:
            parts.append(self._selected(codes))
        if self.sound.unchanged:
            parts.append(f"<u>{escape(self.sound.unchanged)}</u>")
        if self.brush.value:
            parts.append(f"brush paints code <b>{self._brush_code}</b>")
        return " · ".join(parts)

    def _selected(self, codes: Codes) -> str:
        if self.sound.more:
            return f"selected {int(mask(self.sound.areas, codes).sum())} cells in {len(self.sound.areas)} places"
        ((a, b), (c, d)), *_ = self.sound.areas
        return f"selected {b - a} × {d - c} cells, {(d - c) / codes.frame_rate:.2f} s"

    # --- names of levels -----------------------------------------------------------------------------------------

    def _begin_naming(self) -> None:
        self.name.value = self.session.need_model().level_names[self.sound.cursor[0]]
        show_if(True, self.name)
        self.input.send({"kind": "focus", "what": ".sda-level-name input"})

    def _on_named(self, message: Message) -> None:
        """Finish renaming: Enter applies the name, Escape keeps the old one."""
        show_if(False, self.name)
        if message["name"] is not None:
            self.session.library.rename_level(self.sound.cursor[0], str(message["name"]))
        self.input.send({"kind": "focus", "what": ".sda-grid-main"})

    # --- the brush -----------------------------------------------------------------------------------------------

    def _toggle_brush(self, on: bool) -> None:
        self.input.brush = on
        if on and self.sound.codes is not None:
            self._pick(self.sound.cursor)
        self._draw_status()

    def _pick(self, cell: Cell) -> None:
        """Set the brush to this cell's code."""
        self._brush_code = int(self.sound.need_codes().indices[cell])
        self._draw_status()

    def _preview_painted(self) -> None:
        """Preview the painted cells in the picture; the sound is updated when the brush is released."""
        self.drawing.draw_cells(EDITS["paint"](self.sound.need_codes(), self._brush_code, self._painted))

    def _paint(self) -> None:
        cells, self._painted = tuple(dict.fromkeys(self._painted)), []
        before = self.sound.need_codes()
        self.sound.edits.apply("paint", code=self._brush_code, cells=cells)
        if self.sound.codes is before:  # nothing changed: erase the preview of the brush
            self.drawing.draw_cells(before)
        self._point(cells[-1])

    # --- events from the browser: pointer --------------------------------------------------------------------------

    def _receive(self, message: Message) -> None:
        if self.sound.codes is not None:
            getattr(self, f"_on_{message['kind']}")(message)

    def _cell(self, message: Message) -> Cell:
        return self._view.cell(message["x"], message["y"], self.sound.need_codes().levels)

    def _on_press(self, message: Message) -> None:
        cell, zone = self._cell(message), message.get("zone", "plot")
        if zone != "plot":
            self._point(cell)
            self.sound.edits.select(row=zone == "levels", column=zone == "frames")
        elif self.brush.value and message.get("alt"):
            self._point(cell)
            self._pick(cell)
        elif self.brush.value:
            self._painted = [cell]
            self._preview_painted()
        else:
            if message.get("ctrl") and not message["shift"]:
                self.sound.more = self.sound.areas
            elif not message["shift"]:
                self.sound.more = ()
            self._point(cell, extend=message["shift"])

    def _on_drag(self, message: Message) -> None:
        cell, zone, codes = self._cell(message), message.get("zone", "plot"), self.sound.need_codes()
        if self._painted:
            if cell != self._painted[-1]:
                self._painted += cells_between(self._painted[-1], cell)
                self._preview_painted()
        elif zone == "levels":
            self._select_between((self._anchor[0], 0), (cell[0], codes.frames - 1), cell)
        elif zone == "frames":
            self._select_between((0, self._anchor[1]), (codes.levels - 1, cell[1]), cell)
        else:
            self._point(cell, extend=True)

    def _select_between(self, one: Cell, other: Cell, cursor: Cell) -> None:
        self.sound.set(cursor=cursor, selection=span(one, other), more=())

    def _on_release(self, message: Message) -> None:
        self._on_drag(message)
        if self._painted:
            self._paint()

    def _on_double(self, message: Message) -> None:
        self._point(self._cell(message))
        if message.get("zone") == "levels":
            self._begin_naming()
        elif message.get("zone", "plot") == "plot":
            self._type("Enter")

    def _on_menu(self, message: Message) -> None:
        self._point(self._cell(message))
        self._open_palette()

    def _open_palette(self) -> None:
        self.sound.palette_open = True

    def _on_look(self, message: Message) -> None:
        self._look(self._view.moved_to(message["x"] * self._view.frames - self._view.width / 2))

    def _on_grab(self, message: Message) -> None:
        self._look(self._view.panned(-message["dx"]))

    def _on_pan(self, message: Message) -> None:
        self.sound.viewing.pan(message["delta"])

    def _on_zoom(self, message: Message) -> None:
        self.sound.viewing.zoom(message["delta"], message["x"])

    def _point(self, cell: Cell, extend: bool = False) -> None:
        """Put the cursor at a cell, or extend the selection to it from its anchor."""
        self._typed = None
        if not extend:
            self._anchor = cell
        extended = extend and cell != self._anchor
        self.sound.set(cursor=cell, selection=span(self._anchor, cell) if extended else None)
        if self._view.showing(cell[1]) != self._view:
            self._look(self._view.showing(cell[1]))

    # --- events from the browser: keys -----------------------------------------------------------------------------

    def _on_key(self, message: Message) -> None:
        key, shift = message["key"], message["shift"]
        found = key_of(GRID, key, shift, message["ctrl"])
        if found is None:
            return
        if found.act == "move":
            self._move(key, shift)
        elif found.act in self._acts:
            self._acts[found.act]()
        else:
            self._type(key)

    def _why_none(self) -> str:
        """Return why there are no cells, or an empty string."""
        model = self.session.model
        if model is None or self.sound.codes is not None:
            return NO_MODEL if model is None else ""
        return model.why_no_codes or NO_SOUND

    def _move(self, key: str, shift: bool) -> None:
        if not shift:
            self.sound.more = ()
        shape = self.sound.need_codes().indices.shape
        self._point(moved(key, self.sound.cursor, shape, int(self._view.width)), extend=shift)

    def _key_acts(self) -> dict[str, Callable[[], object]]:
        """Return the acts of keys by their names in the table of keys, but for moving and typing."""
        edits, steps, look = self.sound.edits, self.sound.steps, self._look
        return {
            "step_up": lambda: edits.step_far(1), "step_down": lambda: edits.step_far(-1),
            "next_code": lambda: edits.apply("step", amount=1), "previous_code": lambda: edits.apply("step", amount=-1),
            "brush": lambda: setattr(self.brush, "value", not self.brush.value),
            "restore": edits.restore, "lock": edits.toggle_lock, "palette": self._open_palette,
            "rename_level": self._begin_naming, "mute": lambda: edits.apply_here("mute"),
            "solo": lambda: edits.apply_here("solo"), "select_row": lambda: edits.select(row=True),
            "select_column": lambda: edits.select(column=True), "select_all": edits.select,
            "copy": edits.copy, "cut": edits.cut, "paste": edits.paste, "paste_mixed": lambda: edits.paste(MIXED),
            "duplicate": lambda: edits.apply_here("duplicate"), "undo": steps.undo, "redo": steps.redo,
            "zoom_in": lambda: look(self._view.zoomed(1 / ZOOM)), "zoom_out": lambda: look(self._view.zoomed(ZOOM)),
            "zoom_all": lambda: look(self._view.zoomed(1e9)),
            "pan_left": lambda: look(self._view.panned(-PAN)), "pan_right": lambda: look(self._view.panned(PAN)),
        }  # fmt: skip

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
            self._typed = ((self._typed or "") + key)[-MOST_DIGITS:]
        self._draw_status()

    def _set(self, code: int) -> None:
        if self.brush.value and code < self.sound.need_codes().codebook_size:
            self._brush_code = code
        else:
            self.sound.edits.apply("set", code=code)
