"""Code palette: the codes of the cursor's level in the plane; click to preview, double-click or drag to insert."""

from collections.abc import Callable
from functools import partial
from html import escape
from typing import Any

import bqplot as bq
import numpy as np
from ipywidgets import HTML, Dropdown, HBox, Layout, ToggleButtons
from traitlets import Int

from sda_lib.maps.palette import LevelPalette, level_palette
from sda_widgets.common.form_controls import button, offer, on_choice, show_if, spacer, watch
from sda_widgets.common.keys import PALETTE, hint, spoken, wired
from sda_widgets.common.markup import bold, times_used
from sda_widgets.plane import scatter
from sda_widgets.plane.scatter import ARROWS, OUTLINE, TRANSPARENT, ScatterView
from sda_widgets.plane.scatter_input import ScatterInput
from sda_widgets.session.session import Session

# (largest number of codes, area in square pixels of the most used code's dot)
SIZES = ((32, 420), (128, 300), (10**9, 200))
# Area of an unused code's dot, as a fraction of that.
UNUSED_SIZE = 0.3
# CSS selector of the current sound's grid; the grid of sound B is in the A/B panel.
GRID = ".sda-grid-main:not(.sda-ab *)"
ALONE, IN_CONTEXT = "Alone", "In the sound"
HELP = (
    "Nearby codes sound alike, higher ones are louder. Large dots are used often in the corpus, hollow ones never. "
    "Click to preview a code, double-click to insert it at the cursor"
)
DRAG_HELP = ", or drag it onto the grid"


class CodePalette(ScatterView[LevelPalette]):
    """View of the codes of `session.model`, for the first sound. `frames` is the scale of frames of the grid in the
    same root, used for drops onto it. One that does not fold is always open."""

    chosen = Int(None, allow_none=True, help="code chosen by a click, a key or a button")

    def __init__(self, session: Session, frames: bq.LinearScale | None = None, folds: bool = True) -> None:
        target = GRID if frames is not None else ""
        pointer = ScatterInput(
            part="palette", keymap=wired(PALETTE), double_clicks=True, drop_target=target, reveal=folds
        )
        super().__init__(session, pointer)
        self.frames, self.folds = frames, folds
        self._drawn: tuple[Any, ...] = ()  # what the level was drawn of
        self._forget_series()
        self.dots.scales = {**self.dots.scales, "size": bq.LinearScale(min=0.0, max=1.0)}
        self.unused = scatter.spot(self.scales, TRANSPARENT, OUTLINE)
        self.figure = self._plane([], [self.unused], "clamp(260px, 40vh, 420px)")
        self._build_toolbar()
        self.fold = button("", "Show or hide the codes of a level", self._toggle)
        self.head = HBox([HTML("<h3>Palette</h3>"), *([self.fold] if folds else [])]).add_class("sda-palette-head")
        sound = session.sound
        sound.observe(lambda _change: self._draw_marks(), "codes")
        watch(self._show_body, (sound, "palette_open"))
        watch(self._show_level, (session, "model"), (sound, "cursor palette_open"))

    # --- drawing -------------------------------------------------------------------------------------------------

    def _build_toolbar(self) -> None:
        self.levels = Dropdown(tooltip="The level whose codes are shown", layout=Layout(width="130px"))
        sound = self.session.sound
        on_choice(self.levels, lambda level: setattr(sound, "cursor", (level, sound.cursor[1])))
        self.context = ToggleButtons(
            options=[ALONE, IN_CONTEXT], value=ALONE,
            tooltips=["Hold the code, with neutral codes on the other levels", "Preview it where it would be put"],
        ).add_class("sda-segments").add_class("sda-palette-way")  # fmt: skip
        self.buttons = {
            "Preview": button("Preview", hint("Play the code", "preview", PALETTE), self._preview),
            "Similar": button("Similar", "Next most similar code", partial(self._act, self._similar)),
            "Darker": button("Darker", "Most similar darker code", partial(self._act, self._step, False)),
            "Brighter": button("Brighter", "Most similar brighter code", partial(self._act, self._step, True)),
            "Corpus": button(
                "In the corpus", "Play the next recording that contains it", partial(self._act, self._in_corpus)
            ),
            "Insert": button(
                "Insert",
                hint("Insert at the cursor or in the selection", "insert", PALETTE),
                self._insert,
                "sda-primary",
            ),
        }
        *previews, insert = self.buttons.values()
        self.toolbar = HBox([self.levels, self.context, *previews, spacer(), insert]).add_class("sda-toolbar")

    @property
    def _help(self) -> str:
        return f"{HELP}{DRAG_HELP if self.frames is not None else ''}."

    @property
    def is_open(self) -> bool:
        """Whether the codes are shown."""
        return self.session.sound.palette_open or not self.folds

    def _toggle(self) -> None:
        self.session.sound.palette_open = not self.session.sound.palette_open

    def _show_body(self) -> None:
        """Show or remove the body. Folded parts are removed, because bqplot would lay out a figure of zero size."""
        self.fold.description = "Hide" if self.is_open else "Show"
        body = [self.hint, self.toolbar, self.figure, self.status, self.input] if self.is_open else []
        self.children = [self.head, *body]

    def _show_level(self) -> None:
        """Show the cursor's level if it has changed, or why there is none."""
        model = self.session.model
        if not self.is_open:
            return
        reason = "Open a model first." if model is None else model.why_no_codes
        level = None if model is None or reason else min(self.session.sound.cursor[0], model.levels - 1)
        drawn = (reason, model and model.codec, model and model.level_names, level)
        if drawn != self._drawn:
            self._drawn = drawn
            self._set_level(
                None if model is None or level is None else level_palette(model, level), reason or self._help
            )
        self._draw_marks()

    def _forget_series(self) -> None:
        """Restart the series of Similar and In the corpus."""
        self._note = ""
        self._similar_to = (-1, 0, -1)  # a code, the number of similar codes shown so far, and the last of them
        self._place = (-1, 0)  # a code, and the number of its uses in the corpus played so far

    def _set_level(self, level: LevelPalette | None, hint: str) -> None:
        """Show another level's codes, or none."""
        self.shown, self.chosen, self.pointed, self._pressed = level, None, None, None
        self._forget_series()
        self._explain(hint)
        show_if(level is not None, self.toolbar, self.figure)
        if level is None:
            self.input.label = "Palette without codes"
            return
        names = self.session.need_model().level_names
        offer(self.levels, [(name, number) for number, name in enumerate(names)], level.level)
        self.input.label = f"Palette of {level.name}, {len(level)} codes. {spoken(PALETTE)}"
        self._draw_dots(level)

    def _draw_dots(self, level: LevelPalette) -> None:
        area = next(area for most, area in SIZES if len(level) <= most)
        order = level.uses.argsort()[::-1]  # small dots last, on top
        used, unused = order[level.uses[order] > 0], np.flatnonzero(level.uses == 0)
        with self.dots.hold_sync():
            self.dots.default_size = area
            self.dots.color = used / max(1, len(level) - 1)
            self.dots.size = level.sizes[used]
            scatter.set_points(self.dots, level.places[used])
        self.unused.default_size = int(UNUSED_SIZE * area)
        scatter.set_points(self.unused, level.places[unused])
        self.halo.default_size = self.ring.default_size = int(1.3 * area)

    def _draw_marks(self) -> None:
        """Draw the rings, the number of the current code, and its description."""
        if self.shown is None or not self.is_open:
            self._say("")
            return
        shown = self._current if self.pointed is None else self.pointed
        scatter.set_point(self.halo, self._position(self._at_cursor))
        scatter.set_point(self.ring, self._position(self.chosen if self.pointed is None else self.pointed))
        scatter.set_caption(self.label, "" if shown is None else str(shown), self._position(shown))
        for one in self.buttons.values():
            one.disabled = shown is None
        self.buttons["Insert"].disabled = self.session.sound.codes is None or self._current is None
        self._say("Point at a code." if shown is None else self._described(shown))

    def _described(self, code: int) -> str:
        level = self._dots
        parts = [
            bold(level.name), f"code <b>{code}</b> of {len(level)}", times_used(int(level.uses[code])),
            _hertz(float(level.brightness[code])), f"{level.loudness[code]:.0f} dB",
        ]  # fmt: skip
        parts += ["neutral"] if code == level.neutral else []
        parts += ["at the cursor"] if code == self._at_cursor else []
        parts += [escape(self._note)] if self._note and code == self.chosen else []
        return " · ".join(parts)

    @property
    def _at_cursor(self) -> int | None:
        """The code under the cursor."""
        codes, (level, frame) = self.session.sound.codes, self.session.sound.cursor
        if codes is None or level != self._dots.level or frame >= codes.frames:
            return None
        return int(codes.indices[level, frame])

    @property
    def _current(self) -> int | None:
        """The code that buttons and keys apply to: the chosen one, else the one under the cursor."""
        return self._at_cursor if self.chosen is None else self.chosen

    # --- events from the browser -----------------------------------------------------------------------------------

    def _on_move(self, message: dict[str, Any]) -> None:
        if self._pressed is None:
            self._point(self._nearest(message))

    def _on_down(self, message: dict[str, Any]) -> None:
        self._pressed = self._nearest(message)
        self._point(self._pressed)

    def _on_up(self, message: dict[str, Any]) -> None:
        begun, self._pressed = self._pressed, None
        end = self._nearest(message)
        if begun is not None and begun == end:
            self.choose(begun)
            self._preview()
        self._point(end)

    def _on_double(self, message: dict[str, Any]) -> None:
        code = self._nearest(message)
        if code is not None:
            self.choose(code)
            self._insert()

    def _on_drop(self, message: dict[str, Any]) -> None:
        """Insert a dot dragged onto the grid: into its own level, at the frame where it was dropped."""
        begun, self._pressed, self.pointed = self._pressed, None, None
        if begun is None or self.frames is None or self.session.sound.codes is None:
            self._draw_marks()
            return
        self.choose(begun)
        frame = int(self.frames.min + message["x"] * (self.frames.max - self.frames.min))
        self._insert(min(frame, self.session.sound.codes.frames - 1))

    def _on_leave(self, _message: dict[str, Any]) -> None:
        self._pressed = None
        self._point(None)

    def _on_key(self, message: dict[str, Any]) -> None:
        key = message["key"]
        if key in ARROWS:
            self.choose(self._next(message, self._dots.neutral if self._current is None else self._current))
        elif key == "Escape":
            self.session.sound.palette_open = False
        elif key == "Enter":
            self._insert()
        else:
            self._preview()

    # --- actions -------------------------------------------------------------------------------------------------

    def choose(self, code: int, note: str = "") -> None:
        """Choose a code, and show a note with its description."""
        self.chosen, self.pointed, self._note = code, None, note
        self._draw_marks()

    def _preview(self) -> None:
        if self._current is not None:
            sound = None if self.context.value == ALONE else self.session.sound
            self.session.previews.code(self._dots.level, self._current, sound)

    def _insert(self, frame: int | None = None) -> None:
        if self._current is not None:
            self.session.sound.edits.put_code(self._dots.level, self._current, frame)
            self._draw_marks()

    def _act(self, act: Callable[..., None], *arguments: Any) -> None:
        """Act on the current code, if there is one."""
        if self._current is not None:
            act(self._current, *arguments)

    def _similar(self, code: int) -> None:
        """Choose the next of the codes most similar to the one that this series began with."""
        begun, shown, last = self._similar_to
        if last != code:
            begun, shown = code, 0
        alike = self.session.need_model().codebooks.alike(self._dots.level, begun)
        if shown < len(alike):
            self._similar_to = (begun, shown + 1, int(alike[shown]))
            self.choose(int(alike[shown]), f"no. {shown + 1} most similar to {begun}")
        self._preview()

    def _step(self, code: int, brighter: bool) -> None:
        neighbors = self.session.need_model().codebooks.neighbor(self._dots.level, "brightness", brighter)
        word = "brighter" if brighter else "darker"
        self.choose(int(neighbors[code]), f"{word} than {code}" if neighbors[code] != code else f"no code is {word}")
        self._preview()

    def _in_corpus(self, code: int) -> None:
        before, count = self._place
        number = count if code == before else 0
        use = self.session.previews.code_in_corpus(self._dots.level, code, number)
        self._place = (code, number + 1)
        self.choose(code, f"in {use.file} at {use.second:.2f} s" if use else "in none of the recordings")


def _hertz(value: float) -> str:
    return f"{value / 1000:.1f} kHz" if value >= 1000 else f"{value:.0f} Hz"
