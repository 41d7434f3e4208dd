"""Palette: the codes of the cursor's level in the plane; click to preview one, double-click or drag to insert it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

import bqplot as bq
import numpy as np
from ipywidgets import HTML, Button, Dropdown, HBox, Layout, ToggleButtons, VBox

from sda_widgets.common.grid_image import STOPS
from sda_widgets.plane import scatter
from sda_widgets.plane.scatter import ACCENT, NOTHING, OUTLINE, WAYS, WHITE, ScatterInput
from sda_widgets.session.session import Session

if TYPE_CHECKING:
    from sda_lib.maps.palette import LevelPalette

# (largest number of codes, area in square pixels of the most used code's dot)
SIZES = ((32, 420), (128, 300), (10**9, 200))
# Area of an unused code's dot, as a fraction of that.
HOLLOW = 0.3
# CSS selector of the current sound's grid; the grid of sound B is in a pair.
GRID = ".sda-grid-main:not(.sda-pair *)"
ALONE, IN_CONTEXT = "Alone", "In the sound"
HELP = (
    "Dots near each other are alike, those above louder; large ones are used often in the corpus, hollow ones never. "
    "Click to hear a code, double-click to put it at the cursor, or drag it onto the grid."
)
KEYS = [*WAYS, "Enter", " ", "Escape"]
KEY_HELP = "Arrow keys go from code to code, Space plays one, Enter puts it at the cursor, Escape leaves"


class CodePalette(VBox):
    """View of the codes of `session.model`: calls `hear_code`, `hear_in_corpus`, `put_code`. `frames` is the grid's
    scale of frames, used for drops onto it."""

    def __init__(self, session: Session, frames: bq.LinearScale | None = None) -> None:
        self.session, self.frames = session, frames
        self.level: LevelPalette | None = None  # the level drawn
        self.chosen: int | None = None
        self.pointed: int | None = None  # under the pointer
        self._drawn_of: tuple[Any, ...] = ()
        self._begun: int | None = None  # the dot on which a press began
        self._likeness = (-1, 0, -1)  # a code, the number of similar codes shown so far, and the last of them
        self._place = (-1, 0)  # a code, and the number of its uses in the corpus played so far
        self._filling = False  # the list of levels is being filled
        self._note = ""
        self._build_figure()
        self._build_toolbar()
        self.why, self.status = HTML(), HTML().add_class("sda-status")
        self.input = ScatterInput(part="palette", keys_heard=KEYS, twice=True, onto=GRID, reveal=True)
        self.input.on_msg(lambda _widget, message, _buffers: self._hear(message))
        self.fold = _button("", "Show or hide the codes of a level", self._toggle)
        self.head = HBox([HTML("<h3>Palette</h3>"), self.fold]).add_class("sda-palette-head")
        super().__init__()
        self.add_class("sda-palette")
        session.sound.observe(lambda _change: self._unfold(), "palette_open")
        session.observe(lambda _change: self._survey(), "model")
        session.sound.observe(lambda _change: self._survey(), "cursor")
        session.sound.observe(lambda _change: self._draw_marks(), "codes")
        self._unfold()

    # --- drawing -------------------------------------------------------------------------------------------------

    def _build_figure(self) -> None:
        self.scales = scatter.scales()
        shades, areas = bq.ColorScale(colors=list(STOPS[1:]), min=0.0, max=1.0), bq.LinearScale(min=0.0, max=1.0)
        self.dots = bq.Scatter(
            x=[], y=[], color=[], size=[], scales={**self.scales, "color": shades, "size": areas}, stroke=OUTLINE,
            stroke_width=1,
        )  # fmt: skip
        self.unused = scatter.spot(self.scales, NOTHING, OUTLINE)
        self.halo, self.ring = scatter.spot(self.scales, NOTHING, ACCENT), scatter.spot(self.scales, NOTHING, WHITE)
        self.label = scatter.caption(self.scales)
        marks = [self.dots, self.unused, self.halo, self.ring, self.label]
        self.figure = scatter.plane(marks, "clamp(260px, 40vh, 420px)").add_class("sda-palette-figure")

    def _build_toolbar(self) -> None:
        self.levels = Dropdown(tooltip="The level whose codes are shown", layout=Layout(width="130px"))
        self.levels.observe(lambda change: self._go_to(change.new), "value")
        self.way = ToggleButtons(
            options=[ALONE, IN_CONTEXT], value=ALONE,
            tooltips=["A code is held, with nothing but neutral codes beside it", "A code where it would be put"],
        ).add_class("sda-preset").add_class("sda-palette-way")  # fmt: skip
        gap = HTML(layout=Layout(flex="1 1 0"))
        self.acts = {
            "Hear": _button("Hear", "Space", self._sound),
            "Similar": _button("Similar", "The next of the codes that are most like it", self._similar),
            "Darker": _button("Darker", "The code most like it that is darker", lambda: self._step(False)),
            "Brighter": _button("Brighter", "The code most like it that is brighter", lambda: self._step(True)),
            "Corpus": _button("In the corpus", "Hear the next recording that has it", self._in_corpus),
            "Put": _button("Put", "Enter: put it where the cursor or the selection is", self._put).add_class(
                "sda-primary"
            ),
        }
        *listening, putting = self.acts.values()
        self.toolbar = HBox([self.levels, self.way, *listening, gap, putting]).add_class("sda-toolbar")

    def _toggle(self) -> None:
        self.session.sound.palette_open = not self.session.sound.palette_open

    def _unfold(self) -> None:
        """Show or remove the body. Folded parts are removed, because bqplot would lay out a figure of zero size."""
        opened = self.session.sound.palette_open
        self.fold.description = "Hide" if opened else "Show"
        body = [self.why, self.toolbar, self.figure, self.status, self.input] if opened else []
        self.children = [self.head, *body]
        self._survey()

    def _survey(self) -> None:
        """Show the cursor's level if it has changed, or in words why there is none."""
        model = self.session.model
        if not self.session.sound.palette_open:
            return
        why = "Open a model first." if model is None else model.why_no_codes
        level = 0 if why else min(self.session.sound.cursor[0], model.levels - 1)
        drawn_of = (why,) if why else (model.codec, model.level_names, level)
        if drawn_of != self._drawn_of:
            self._drawn_of = drawn_of
            self._take(None if why else _palette_of(model, level), why or HELP)
        self._draw_marks()

    def _take(self, level: LevelPalette | None, words: str) -> None:
        """Show another level's codes, or none."""
        self.level, self.chosen, self.pointed, self._begun, self._note = level, None, None, None, ""
        self._likeness, self._place = (-1, 0, -1), (-1, 0)
        self.why.value = f'<p class="sda-quiet">{escape(words)}</p>'
        for part in (self.toolbar, self.figure):
            part.layout.display = "none" if level is None else None
        if level is None:
            self.input.label = "Palette without codes"
            return
        self._fill_levels(level.level)
        self.input.label = f"Palette of {level.name}, {len(level)} codes. {KEY_HELP}"
        self._draw_dots(level)

    def _fill_levels(self, level: int) -> None:
        self._filling = True
        self.levels.options = [(name, number) for number, name in enumerate(self.session.model.level_names)]
        self.levels.value = level
        self._filling = False

    def _draw_dots(self, level: LevelPalette) -> None:
        area = next(area for most, area in SIZES if len(level) <= most)
        order = level.uses.argsort()[::-1]  # small dots last, on top
        used, never = order[level.uses[order] > 0], np.flatnonzero(level.uses == 0)
        with self.dots.hold_sync():
            self.dots.default_size = area
            self.dots.color = used / max(1, len(level) - 1)
            self.dots.size = level.sizes[used]
            scatter.lay(self.dots, level.places[used])
        self.unused.default_size = int(HOLLOW * area)
        scatter.lay(self.unused, level.places[never])
        self.halo.default_size = self.ring.default_size = int(1.3 * area)

    def _draw_marks(self) -> None:
        """Draw the rings, the number of the current code, and its description."""
        if self.level is None or not self.session.sound.palette_open:
            self._say("")
            return
        meant = self._meant
        scatter.put(self.halo, self._at(self._present))
        scatter.put(self.ring, self._at(self.chosen if self.pointed is None else self.pointed))
        scatter.name(self.label, "" if meant is None else str(meant), self._at(meant))
        for act in self.acts.values():
            act.disabled = meant is None
        self.acts["Put"].disabled = self.session.sound.codes is None or self._current is None
        self._say("Point at a code." if meant is None else self._described(meant))

    def _say(self, words: str) -> None:
        self.status.value = f'<span role="status" aria-live="polite">{words}</span>'

    def _described(self, code: int) -> str:
        level = self.level
        parts = [
            f"<b>{escape(level.name)}</b>", f"code <b>{code}</b> of {len(level)}", _times(int(level.uses[code])),
            _hertz(float(level.brightness[code])), f"{level.loudness[code]:.0f} dB",
        ]  # fmt: skip
        parts += ["adds the least"] if code == level.neutral else []
        parts += ["at the cursor"] if code == self._present else []
        parts += [escape(self._note)] if self._note and code == self.chosen else []
        return " · ".join(parts)

    def _at(self, code: int | None) -> np.ndarray | None:
        return None if code is None else self.level.places[code]

    @property
    def _present(self) -> int | None:
        """The code under the cursor."""
        codes, (level, frame) = self.session.sound.codes, self.session.sound.cursor
        if codes is None or level != self.level.level or frame >= codes.frames:
            return None
        return int(codes.indices[level, frame])

    @property
    def _current(self) -> int | None:
        """The code that buttons and keys apply to: the chosen one, else the one under the cursor."""
        return self._present if self.chosen is None else self.chosen

    @property
    def _meant(self) -> int | None:
        """The code that is described: the one under the pointer, else the current one."""
        return self._current if self.pointed is None else self.pointed

    # --- events from the browser -----------------------------------------------------------------------------------

    def _hear(self, message: dict[str, Any]) -> None:
        try:
            if self.level is not None:
                getattr(self, f"_on_{message['kind']}")(message)
        finally:
            self.input.send({"kind": "heard"})

    def _on_move(self, message: dict[str, Any]) -> None:
        if self._begun is None:
            self._point(scatter.nearest(self.level.places, message))

    def _on_down(self, message: dict[str, Any]) -> None:
        self._begun = scatter.nearest(self.level.places, message)
        self._point(self._begun)

    def _on_up(self, message: dict[str, Any]) -> None:
        begun, self._begun = self._begun, None
        end = scatter.nearest(self.level.places, message)
        if begun is not None and begun == end:
            self._choose(begun)
            self._sound()
        self._point(end)

    def _on_double(self, message: dict[str, Any]) -> None:
        code = scatter.nearest(self.level.places, message)
        if code is not None:
            self._choose(code)
            self._put()

    def _on_drop(self, message: dict[str, Any]) -> None:
        """Insert a dot dragged onto the grid: into its own level, at the frame where it was dropped."""
        begun, self._begun, self.pointed = self._begun, None, None
        if begun is None or self.frames is None or self.session.sound.codes is None:
            self._draw_marks()
            return
        self._choose(begun)
        frame = int(self.frames.min + message["x"] * (self.frames.max - self.frames.min))
        self._put(min(frame, self.session.sound.codes.frames - 1))

    def _on_leave(self, _message: dict[str, Any]) -> None:
        self._begun = None
        self._point(None)

    def _on_key(self, message: dict[str, Any]) -> None:
        key = message["key"]
        if key in WAYS:
            aspect = message["width"] / max(message["height"], 1)
            here = self.level.neutral if self._current is None else self._current
            self._choose(scatter.ahead(self.level.places, here, WAYS[key], aspect))
        elif key == "Escape":
            self.session.sound.palette_open = False
        elif key == "Enter":
            self._put()
        else:
            self._sound()

    # --- acting --------------------------------------------------------------------------------------------------

    def _go_to(self, level: int) -> None:
        """Move the cursor to another level, which this view then shows."""
        if not self._filling:
            self.session.sound.cursor = (level, self.session.sound.cursor[1])

    def _point(self, code: int | None) -> None:
        if code != self.pointed:
            self.pointed = code
            self._draw_marks()

    def _choose(self, code: int, note: str = "") -> None:
        self.chosen, self.pointed, self._note = code, None, note
        self._draw_marks()

    def _sound(self) -> None:
        if self._current is not None:
            self.session.previews.code(
                self.level.level, self._current, None if self.way.value == ALONE else self.session.sound
            )

    def _put(self, frame: int | None = None) -> None:
        if self._current is not None:
            self.session.sound.edits.put_code(self.level.level, self._current, frame)
            self._draw_marks()

    def _similar(self) -> None:
        """Choose the next of the codes most similar to the one that this series began with."""
        begun, shown, last = self._likeness
        if last != self._current:
            begun, shown = self._current, 0
        alike = self.session.model.codebooks.alike(self.level.level, begun)
        if shown < len(alike):
            code = int(alike[shown])
            self._likeness = (begun, shown + 1, code)
            self._choose(code, f"no. {shown + 1} of those like {begun}")
        self._sound()

    def _step(self, brighter: bool) -> None:
        code = self._current
        onward = int(self.session.model.codebooks.neighbor(self.level.level, "brightness", brighter)[code])
        word = "brighter" if brighter else "darker"
        self._choose(onward, f"{word} than {code}" if onward != code else f"no code is {word}")
        self._sound()

    def _in_corpus(self) -> None:
        code, (before, count) = self._current, self._place
        number = count if code == before else 0
        use = self.session.previews.code_in_corpus(self.level.level, code, number)
        self._place = (code, number + 1)
        self._choose(code, f"in {use.file} at {use.second:.2f} s" if use else "in none of the recordings")


def _palette_of(model: Any, level: int) -> LevelPalette:
    from sda_lib.maps.palette import level_palette

    return level_palette(model, level)


def _times(count: int) -> str:
    return {0: "never used", 1: "used once"}.get(count, f"used {count} times")


def _hertz(value: float) -> str:
    return f"{value / 1000:.1f} kHz" if value >= 1000 else f"{value:.0f} Hz"


def _button(text: str, tip: str, act: Callable[[], None]) -> Button:
    button = Button(description=text, tooltip=tip, layout=Layout(width="auto"))
    button.on_click(lambda _button: act())
    return button
