"""Recording map: all recordings of a model in the plane; hover to preview, click to load, drag to interpolate."""

from html import escape
from typing import Any

import bqplot as bq
import numpy as np
from ipywidgets import HTML, FloatSlider, HBox, Layout, ToggleButton

from sda_lib.maps.corpus_map import CorpusMap
from sda_widgets.common.figures import PAGE_ACCENT, PAGE_TEXT
from sda_widgets.common.form_controls import auto_width, show_if, show_in_place_if, spacer, watch
from sda_widgets.common.glossary import heading
from sda_widgets.common.heartbeat import Heartbeat
from sda_widgets.common.keys import MAP, spoken, wired
from sda_widgets.common.markup import bold
from sda_widgets.plane import scatter
from sda_widgets.plane.category_colors import category_shades, legend
from sda_widgets.plane.scatter import ARROWS, NEAR, ScatterView
from sda_widgets.plane.scatter_input import ScatterInput
from sda_widgets.session.session import Session

# (largest number of recordings, area of a dot in square pixels)
SIZES = ((60, 130), (300, 70), (10**9, 34))
MIDDLE = 0.5
# Milliseconds between two looks for the map while it is being computed.
BEAT = 150
COMPUTING = "The map of the recordings is being made …"
HELP = "Hover to preview a sound, click to load it, drag from one to another to interpolate between them."
CHOOSE_HELP = "Click a sound to make new sounds of it, again to leave it out; pale ones are not used."
CHOOSE_TIP = "Clicks on the map choose the recordings that new sounds are made of"
COLOR_TIP = "Color the recordings by their folder or tag instead of by brightness"
# Opacity of recordings that new sounds are not made of.
PALE = 0.25


class RecordingMap(ScatterView[CorpusMap]):
    """View of the recordings of `session.model`; they become the sound that new sounds replace."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, ScatterInput(label="Map", part="map", keymap=wired(MAP)))
        self.loaded: int | None = None  # the recording loaded last, while it is the current sound
        self.ends: tuple[int, int] | None = None  # the two recordings that the current sound interpolates
        self._share: float | None = None  # position between the ends, 0..1
        self._is_gliding = False  # that position is being dragged
        self._is_acting = False  # the current sound is changed by this widget
        self.line = bq.Lines(x=[], y=[], scales=self.scales, colors=[PAGE_ACCENT], stroke_width=2, line_style="dashed")
        self.mark = scatter.spot(self.scales, PAGE_ACCENT, PAGE_TEXT)
        self.figure = self._plane([self.line], [self.mark], "clamp(260px, 44vh, 460px)")
        self.end_labels = (HTML(), HTML())
        self.between = FloatSlider(value=MIDDLE, min=0, max=1, step=0.01, readout_format=".2f", tooltip="Between")
        self.between.layout = Layout(flex="1 1 0", width="auto", min_width="160px")
        self.between.observe(lambda change: self._go(change.new), "value")
        row = [HTML("Between"), self.end_labels[0], self.between, self.end_labels[1]]
        self.interpolation = HBox(row).add_class("sda-map-between")
        self.heartbeat = Heartbeat(milliseconds=BEAT)
        self.heartbeat.on_message(lambda _beat: session.map_work.deliver())
        self.choosing = ToggleButton(description="Choose recordings", tooltip=CHOOSE_TIP, layout=auto_width())
        self.by_category = ToggleButton(description="Color categories", tooltip=COLOR_TIP, layout=auto_width())
        self.legend = HTML()
        title = HBox([heading("Map", "Map"), spacer(), self.by_category, self.choosing])
        self.children = [
            title,
            self.hint,
            self.figure,
            self.legend,
            self.status,
            self.interpolation,
            self.input,
            self.heartbeat,
        ]
        session.sound.observe(lambda _change: self._clear_marks(), "written")
        watch(
            lambda: setattr(self.heartbeat, "beating", session.map_work.is_computing),
            (session.map_work, "is_computing"),
        )
        watch(self._load_map, (session.map_work, "shown reason"))
        watch(self._draw_choice, (session.recordings, "names"), (session.map_work, "shown"))
        self.by_category.observe(lambda _change: self._color(), "value")
        self.choosing.observe(lambda change: self._explain(CHOOSE_HELP if change.new else HELP), "value")

    # --- drawing -------------------------------------------------------------------------------------------------

    def _load_map(self) -> None:
        """Draw the map of another model, or show why there is none."""
        work = self.session.map_work
        self.shown = work.shown
        hint = HELP if work.shown is not None else work.reason or COMPUTING
        self.pointed = self.loaded = self.ends = self._pressed = self._share = None
        self._is_gliding = False
        self._explain(hint)
        (self.add_class if self.shown is None else self.remove_class)("sda-empty")
        self._draw_dots()
        self._draw_interpolation()
        self._draw_marks()

    def _draw_dots(self) -> None:
        places, colors = (self.shown.places, self.shown.colors) if self.shown else ((), np.zeros(0))
        size = next(area for most, area in SIZES if len(colors) <= most)
        with self.dots.hold_sync():
            self.dots.default_size = self.mark.default_size = size
            self.dots.color = colors.copy()
            scatter.set_points(self.dots, places)
        self._color()
        self.halo.default_size = self.ring.default_size = 2 * size
        self.input.label = f"Map of {_counted(len(colors))}. {spoken(MAP)}" if self.shown else "Map without recordings"

    def _color(self) -> None:
        """Color the dots by brightness or by category, where there are several."""
        names, shades = category_shades(self.session.recordings.known if self.shown is not None else ())
        show_if(len(names) > 1, self.by_category)
        is_used = self.by_category.value and len(names) > 1
        self.legend.value = legend(names) if is_used else ""
        if self.shown is not None:
            self.dots.color = shades if is_used else self.shown.colors.copy()
        self._say(self._status())

    def _draw_choice(self) -> None:
        """Show the recordings pale that new sounds are not made of."""
        show_if(self.shown is not None, self.choosing)
        chosen = self.session.recordings.chosen if self.session.recordings.names else ()
        self.dots.opacities = [1.0 if one else PALE for one in chosen] or [1.0]
        self._say(self._status())

    def _draw_marks(self) -> None:
        """Mark the dot under the pointer with its name, and the loaded one."""
        scatter.set_point(self.ring, self._position(self.pointed))
        scatter.set_point(self.halo, self._position(self.loaded))
        name = "" if self.pointed is None else self._dots.names[self.pointed]
        scatter.set_caption(self.label, name, self._position(self.pointed))
        self._say(self._status())

    def _draw_interpolation(self) -> None:
        """Draw the line between the ends, the position on it, and the slider."""
        show_in_place_if(self.ends, self.interpolation)  # the map stays where the pointer is
        if self.ends is None:
            scatter.set_point(self.mark, None)
            scatter.set_line(self.line, None, None)
            return
        one, other = (self._dots.places[number] for number in self.ends)
        scatter.set_line(self.line, one, other)
        scatter.set_point(self.mark, one + (self._share or 0.0) * (other - one))
        for label, number in zip(self.end_labels, self.ends, strict=True):
            label.value = f'<span class="sda-map-end">{escape(self._dots.names[number])}</span>'

    def _status(self) -> str:
        if self.shown is None:
            return ""
        if self.pointed is None:
            chosen = self.session.recordings
            some = f"{int(chosen.chosen.sum())} of " if chosen.names else ""
            colors = "" if self.legend.value else "; lighter dots are brighter sounds"
            return f"{some}{_counted(len(self.shown))}{colors}"
        name = bold(self.shown.names[self.pointed])
        if self._pressed is not None and self._pressed != self.pointed:
            return f"From {bold(self.shown.names[self._pressed])} to {name}"
        return f"{name} · {self.shown.seconds[self.pointed]:.1f} s{self._use(self.pointed)}"

    def _use(self, number: int) -> str:
        """Return in words whether new sounds are made of a recording, if only some are chosen."""
        choice = self.session.recordings
        if not choice.names:
            return ""
        return " · chosen for new sounds" if choice.chosen[number] else " · not chosen for new sounds"

    # --- events from the browser -----------------------------------------------------------------------------------

    def _on_move(self, message: dict[str, Any]) -> None:
        if self._is_gliding:
            self._go(self._share_of(message))
            return
        self._point(self._nearest(message))
        if self._pressed is not None:
            at = scatter.pointer_position(message) if self.pointed is None else self._dots.places[self.pointed]
            scatter.set_line(self.line, self._dots.places[self._pressed], at)

    def _on_down(self, message: dict[str, Any]) -> None:
        self._point(self._nearest(message))
        self._pressed = self.pointed
        if self._pressed is None and self._share_of(message) is not None:
            self._is_gliding = True
            self._go(self._share_of(message))

    def _on_up(self, message: dict[str, Any]) -> None:
        begun, end, self._pressed = self._pressed, self._nearest(message), None
        if self._is_gliding:
            self._go(self._share_of(message))
            self._is_gliding = False
        elif begun is not None and begun == end:
            self._load(begun)
        elif begun is not None and end is not None:
            self._interpolate(begun, end)
        else:
            self._draw_interpolation()  # a drag that ends on no dot changes nothing
        self._draw_marks()

    def _on_leave(self, _message: dict[str, Any]) -> None:
        self._pressed, self._is_gliding = None, False
        self._point(None)
        self._draw_interpolation()

    def _on_key(self, message: dict[str, Any]) -> None:
        key = message["key"]
        if key in ARROWS:
            self._point(self._next(message, self.loaded if self.pointed is None else self.pointed))
        elif self.pointed is not None and message["shift"]:
            if self.loaded is not None and self.loaded != self.pointed:
                self._interpolate(self.loaded, self.pointed)
        elif self.pointed is not None:
            self._load(self.pointed)

    # --- finding a dot -------------------------------------------------------------------------------------------

    def _share_of(self, message: dict[str, Any]) -> float | None:
        """Return the pointer's position on the line between the ends, 0..1; None when it is not near the line."""
        if self.ends is None:
            return None
        one, other = (scatter.pixels(self._dots.places[number], message) for number in self.ends)
        pointer, line = scatter.pixels(scatter.pointer_position(message), message) - one, other - one
        share = float(np.clip(pointer @ line / max(line @ line, 1e-9), 0, 1))
        is_near = self._is_gliding or np.hypot(*(pointer - share * line)) <= NEAR
        return round(share, 2) if is_near else None

    # --- actions -------------------------------------------------------------------------------------------------

    def _point(self, number: int | None) -> bool:
        is_other = super()._point(number)
        if is_other and number is not None:
            self.session.previews.recording(number)
        return is_other

    def _load(self, number: int) -> None:
        """Load a recording; in the mode for that, choose it for new sounds instead."""
        if self.choosing.value:
            self.session.recordings.toggle(number)
            return
        if self._act("take_recording", number):
            self.loaded, self.ends = number, None
        self._draw_interpolation()
        self._draw_marks()

    def _interpolate(self, one: int, other: int) -> None:
        """Interpolate between two recordings, from the middle first."""
        self.ends, self.loaded, self._share = (one, other), None, None
        self._go(MIDDLE)
        self._draw_marks()

    def _go(self, share: float | None) -> None:
        """Move to a position between the ends, and set the slider to it."""
        if self.ends is None or share is None or share == self._share:
            return
        self._share = share
        self.between.value = share  # calls this method again, which then returns above
        self._draw_interpolation()
        if not self._act("interpolate", *self.ends, share):
            self.ends = None
            self._draw_interpolation()

    def _act(self, verb: str, *arguments: Any) -> bool:
        """Call a verb that changes the current sound; return whether it succeeded."""
        self._is_acting = True
        try:
            getattr(self.session.receiving.create, verb)(*arguments)
        finally:
            self._is_acting = False
        return not self.session.message

    def _clear_marks(self) -> None:
        """Clear the marks when the current sound no longer comes from the map."""
        if not self._is_acting and self.shown is not None:
            self.loaded = self.ends = None
            self._draw_interpolation()
            self._draw_marks()


def _counted(count: int) -> str:
    return f"{count} recording{'' if count == 1 else 's'}"
