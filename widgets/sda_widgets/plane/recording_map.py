"""Map: all recordings of a model in the plane; hover to preview, click to load, drag to interpolate between two."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import bqplot as bq
import numpy as np
from ipywidgets import HTML, FloatSlider, HBox, Layout, VBox

from sda_lib.errors import SdaError
from sda_widgets.common.grid_image import STOPS
from sda_widgets.plane import scatter
from sda_widgets.plane.scatter import ACCENT, NEAR, NOTHING, OUTLINE, WAYS, WHITE, ScatterInput
from sda_widgets.session.session import Session

if TYPE_CHECKING:
    from sda_lib.maps.corpus_map import CorpusMap

# (largest number of recordings, area of a dot in square pixels)
SIZES = ((60, 130), (300, 70), (10**9, 34))
MIDDLE = 0.5
HELP = "Hover to hear a sound, click to load it, drag from one to another for what lies between."
KEY_HELP = (
    "Arrow keys go from sound to sound and play it, Enter loads it, Shift-Enter goes between the loaded sound and it"
)


class RecordingMap(VBox):
    """View of the recordings of `session.model`: calls `preview_recording`, `take_recording`, `go_between`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.map: CorpusMap | None = None
        self.pointed: int | None = None  # under the pointer, or selected with the arrow keys
        self.taken: int | None = None  # the recording loaded last, while it is the current sound
        self.pair: tuple[int, int] | None = None  # the two recordings that the current sound interpolates
        self._memory: Any = None  # the memory that the map shows
        self._share: float | None = None
        self._begun: int | None = None  # dot at which a drag began
        self._gliding = False  # the position between the pair is being dragged
        self._acting = False  # the current sound is changed by this widget
        self._build_figure()
        self.why, self.status = HTML(), HTML().add_class("sda-status")
        self.ends = (HTML(), HTML())
        self.between = FloatSlider(value=MIDDLE, min=0, max=1, step=0.01, readout_format=".2f", tooltip="Between")
        self.between.layout = Layout(flex="1 1 0", width="auto", min_width="160px")
        self.between.observe(lambda change: self._go(change.new), "value")
        self.way = HBox([HTML("Between"), self.ends[0], self.between, self.ends[1]]).add_class("sda-map-between")
        self.input = ScatterInput(label="Map", part="map", keys_heard=[*WAYS, "Enter"])
        self.input.on_msg(lambda _widget, message, _buffers: self._hear(message))
        super().__init__([HTML("<h3>Map</h3>"), self.why, self.figure, self.status, self.way, self.input])
        self.add_class("sda-map")
        session.observe(lambda _change: self._survey(), "model")
        session.sound.observe(lambda _change: self._let_go(), "written")
        self._survey()

    # --- drawing -------------------------------------------------------------------------------------------------

    def _build_figure(self) -> None:
        self.scales = scatter.scales()
        shades = bq.ColorScale(colors=list(STOPS[1:]), min=0.0, max=1.0)
        self.dots = bq.Scatter(
            x=[], y=[], color=[], scales={**self.scales, "color": shades}, stroke=OUTLINE, stroke_width=1
        )
        self.line = bq.Lines(x=[], y=[], scales=self.scales, colors=[ACCENT], stroke_width=2, line_style="dashed")
        self.halo, self.ring, self.place = (
            scatter.spot(self.scales, *colors) for colors in ((NOTHING, ACCENT), (NOTHING, WHITE), (ACCENT, WHITE))
        )
        self.label = scatter.caption(self.scales)
        marks = [self.line, self.dots, self.halo, self.ring, self.place, self.label]
        self.figure = scatter.plane(marks, "clamp(260px, 44vh, 460px)").add_class("sda-map-figure")

    def _survey(self) -> None:
        """Draw the map of another model, or show in words why there is none."""
        memory = getattr(self.session.model, "memory", None)
        if self.map is not None and memory is self._memory:
            return  # only sliders were added; the recordings are the same
        self._memory, self.map, why = memory, None, HELP
        try:
            self.map = _map_of(self.session.model)
        except SdaError as error:
            why = str(error)
        self.pointed = self.taken = self.pair = self._begun = self._share = None
        self._gliding = False
        self.why.value = f'<p class="sda-quiet">{escape(why)}</p>'
        (self.add_class if self.map is None else self.remove_class)("sda-empty")
        self._draw_dots()
        self._draw_way()
        self._draw_pointed()

    def _draw_dots(self) -> None:
        places, colors = (self.map.places, self.map.colors) if self.map else ((), np.zeros(0))
        size = next(area for most, area in SIZES if len(colors) <= most)
        with self.dots.hold_sync():
            self.dots.default_size = self.place.default_size = size
            self.dots.color = colors.copy()
            scatter.lay(self.dots, places)
        self.halo.default_size = self.ring.default_size = 2 * size
        self.input.label = f"Map of {_counted(len(colors))}. {KEY_HELP}" if self.map else "Map without recordings"

    def _draw_pointed(self) -> None:
        """Mark the dot under the pointer with its name, and the loaded one."""
        scatter.put(self.ring, self._at(self.pointed))
        scatter.put(self.halo, self._at(self.taken))
        named = "" if self.pointed is None else self._name(self.pointed)
        scatter.name(self.label, named, self._at(self.pointed))
        self.status.value = f'<span role="status" aria-live="polite">{self._status()}</span>'

    def _draw_way(self) -> None:
        """Draw the line between the pair, the position on it, and the slider."""
        self.way.layout.display = "none" if self.pair is None else None
        if self.pair is None:
            scatter.put(self.place, None)
            scatter.stretch(self.line, None, None)
            return
        one, other = (self.map.places[number] for number in self.pair)
        scatter.stretch(self.line, one, other)
        scatter.put(self.place, one + (self._share or 0.0) * (other - one))
        for end, number in zip(self.ends, self.pair, strict=True):
            end.value = f'<span class="sda-map-end">{escape(self._name(number))}</span>'

    def _status(self) -> str:
        if self.map is None:
            return ""
        if self._begun is not None and self.pointed not in (None, self._begun):
            return f"From <b>{escape(self._name(self._begun))}</b> to <b>{escape(self._name(self.pointed))}</b>"
        if self.pointed is not None:
            return f"<b>{escape(self._name(self.pointed))}</b> · {self.map.seconds[self.pointed]:.1f} s"
        return f"{_counted(len(self.map))}; light dots are bright sounds"

    def _name(self, number: int) -> str:
        return self.map.names[number]

    def _at(self, number: int | None) -> np.ndarray | None:
        return None if number is None else self.map.places[number]

    # --- events from the browser -----------------------------------------------------------------------------------

    def _hear(self, message: dict[str, Any]) -> None:
        try:
            if self.map is not None:
                getattr(self, f"_on_{message['kind']}")(message)
        finally:
            self.input.send({"kind": "heard"})

    def _on_move(self, message: dict[str, Any]) -> None:
        if self._gliding:
            self._glide(message)
            return
        self._point(self._nearest(message))
        if self._begun is not None:
            at = scatter.pointed(message) if self.pointed is None else self.map.places[self.pointed]
            scatter.stretch(self.line, self.map.places[self._begun], at)

    def _on_down(self, message: dict[str, Any]) -> None:
        self._point(self._nearest(message))
        self._begun = self.pointed
        if self._begun is None and self._share_of(message) is not None:
            self._gliding = True
            self._glide(message)

    def _on_up(self, message: dict[str, Any]) -> None:
        begun, end, self._begun = self._begun, self._nearest(message), None
        if self._gliding:
            self._glide(message)
            self._gliding = False
        elif begun is not None and begun == end:
            self._take(begun)
        elif begun is not None and end is not None:
            self._choose(begun, end)
        else:
            self._draw_way()  # a drag that ends on no dot changes nothing
        self._draw_pointed()

    def _on_leave(self, _message: dict[str, Any]) -> None:
        self._begun, self._gliding = None, False
        self._point(None)
        self._draw_way()

    def _on_key(self, message: dict[str, Any]) -> None:
        key = message["key"]
        if key in WAYS:
            self._point(self._next(WAYS[key], message["width"] / max(message["height"], 1)))
        elif self.pointed is not None and message["shift"]:
            if self.taken not in (None, self.pointed):
                self._choose(self.taken, self.pointed)
        elif self.pointed is not None:
            self._take(self.pointed)

    # --- finding a dot -------------------------------------------------------------------------------------------

    def _nearest(self, message: dict[str, Any]) -> int | None:
        """Return the recording whose dot is nearest to the pointer, or None if none is near."""
        return scatter.nearest(self.map.places, message)

    def _share_of(self, message: dict[str, Any]) -> float | None:
        """Return the pointer's position on the line between the pair, 0..1; None when it is not near the line."""
        if self.pair is None:
            return None
        one, other = (scatter.pixels(self.map.places[number], message) for number in self.pair)
        pointer, way = scatter.pixels(scatter.pointed(message), message) - one, other - one
        share = float(np.clip(pointer @ way / max(way @ way, 1e-9), 0, 1))
        near = self._gliding or np.hypot(*(pointer - share * way)) <= NEAR
        return round(share, 2) if near else None

    def _next(self, way: tuple[int, int], aspect: float) -> int:
        """Return the nearest recording in a direction, or the pointed one when there is none; starts from the loaded
        recording, else from the one nearest to the map's middle."""
        here = self.taken if self.pointed is None else self.pointed
        if here is None:
            return int(np.hypot(*(self.map.places * (aspect, 1)).T).argmin())
        return scatter.ahead(self.map.places, here, way, aspect)

    # --- acting --------------------------------------------------------------------------------------------------

    def _point(self, number: int | None) -> None:
        if number != self.pointed:
            self.pointed = number
            if number is not None:
                self.session.previews.recording(number)
            self._draw_pointed()

    def _take(self, number: int) -> None:
        if self._act("take_recording", number):
            self.taken, self.pair = number, None
        self._draw_way()
        self._draw_pointed()

    def _choose(self, one: int, other: int) -> None:
        """Interpolate between two recordings, from the middle first."""
        self.pair, self.taken, self._share = (one, other), None, None
        self._go(MIDDLE)
        self._draw_pointed()

    def _glide(self, message: dict[str, Any]) -> None:
        self._go(self._share_of(message))

    def _go(self, share: float | None) -> None:
        """Move to a position between the pair, and set the slider to it."""
        if self.pair is None or share is None or share == self._share:
            return
        self._share = share
        self.between.value = share  # calls this method again, which then returns above
        self._draw_way()
        if not self._act("interpolate", *self.pair, share):
            self.pair = None
            self._draw_way()

    def _act(self, verb: str, *arguments: Any) -> bool:
        """Call a verb that changes the current sound; return whether it succeeded."""
        self._acting = True
        try:
            getattr(self.session.receiving.create, verb)(*arguments)
        finally:
            self._acting = False
        return not self.session.message

    def _let_go(self) -> None:
        """Clear the marks when the current sound no longer comes from the map."""
        if not self._acting and self.map is not None:
            self.taken = self.pair = None
            self._draw_way()
            self._draw_pointed()


def _map_of(model: Any) -> CorpusMap:
    from sda_lib.maps.corpus_map import corpus_map

    if model is None:
        raise SdaError("Open a model first.")
    return corpus_map(model)


def _counted(count: int) -> str:
    return f"{count} recording{'' if count == 1 else 's'}"
