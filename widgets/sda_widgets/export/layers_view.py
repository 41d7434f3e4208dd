"""Layers view: exported sounds below each other, mixed into one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from ipywidgets import HTML, BoundedFloatText, Button, Dropdown, HBox, ToggleButton, VBox

from sda_lib.export.finish import Finish
from sda_lib.fields import options_of
from sda_lib.mixing.layers import Layer
from sda_widgets.common.form_controls import Card, auto_width, button, show_if, watch
from sda_widgets.common.markup import bold
from sda_widgets.session.layer_mix import LayerPlace
from sda_widgets.session.session import Session

CHOOSE = "Add an exported sound"
# Steps of the inputs of a layer.
STEPS = {"at": 0.05, "gain": 1.0, "pan": 0.1}
LABELS = {"at": "Begin", "gain": "dB", "pan": "Pan"}


class LayersView(Card):
    """View of `session.layers`. `delivery` returns the finish and suffix of files."""

    def __init__(self, session: Session, delivery: Callable[[], tuple[Finish, str]]) -> None:
        self.session, self._delivery = session, delivery
        self.current = button("Add this sound", "Export the current sound and add it as a layer", self._add_current)
        self.choice = Dropdown(options=[(CHOOSE, "")], layout=auto_width(flex="1 1 0"), tooltip=CHOOSE)
        self.rows = VBox([])
        self.listen = button("Listen", "Play the mix", session.layers.preview)
        self.write = button("Export mix", "Write the mix to a file that knows its layers", self._write)
        acts = HBox([self.listen, self.write])
        super().__init__([HTML("<h3>Layers</h3>"), HBox([self.current, self.choice]), self.rows, acts], "sda-layers")
        session.page_acts.provide("export_mix", self._write, self._why_none)
        self.choice.observe(lambda change: self._add(change.new), "value")
        watch(self._list, (session.exports, "path"))
        watch(self._draw, (session.layers, "places"))
        watch(lambda: show_if(session.layers.places, acts), (session.layers, "places"))
        watch(lambda: setattr(self.current, "disabled", session.sound.clip is None), (session.sound, "clip"))

    def _add_current(self) -> None:
        self.session.layers.add_sound(self.session.receiving)

    def _add(self, path: str) -> None:
        if path:
            self.session.layers.add(Path(path))
            self.choice.value = ""

    def _why_none(self) -> str:
        return "" if self.session.layers.places else "There are no layers; add an exported sound first."

    def _write(self) -> None:
        self.session.layers.write(*self._delivery())

    def _list(self) -> None:
        """List the exported sounds, newest first."""
        self.choice.options = [(CHOOSE, ""), *((path.name, str(path)) for path in self.session.exports.sounds)]
        self.choice.value = ""

    def _draw(self) -> None:
        """Show a row for each layer; rows that say the same stay, so that an input keeps the focus."""
        places = self.session.layers.places
        if [row.place.path for row in self.rows.children] != [one.path for one in places]:
            self.rows.children = [LayerRow(self.session, number, one) for number, one in enumerate(places)]
        for row, place in zip(self.rows.children, places, strict=True):
            row.show(place)


def label(text: str) -> HTML:
    """Return a label that does not break."""
    return HTML(f'<span class="sda-quiet">{text}</span>', layout=auto_width())


class LayerRow(VBox):
    """A layer: its name, begin, gain, pan, whether it is muted, and a button that removes it."""

    def __init__(self, session: Session, number: int, place: LayerPlace) -> None:
        self.session, self.number, self.place = session, number, place
        self.inputs = {name: self._input(name) for name in STEPS}
        self.mute = ToggleButton(description="Mute", layout=auto_width())
        self.mute.observe(lambda change: self._change(mute=change.new), "value")
        self.gone = Button(description="✕", tooltip="Remove this layer", layout=auto_width())
        self.gone.on_click(lambda _button: session.layers.remove(number))
        title = HTML(bold(place.path.name), layout=auto_width(flex="1 1 0"))
        inputs = [part for name, one in self.inputs.items() for part in (label(LABELS[name]), one)]
        super().__init__([HBox([title, self.mute, self.gone]), HBox(inputs)])

    def show(self, place: LayerPlace) -> None:
        """Show the values of a layer."""
        self.place = place
        for name, one in self.inputs.items():
            one.value = getattr(place, name)
        self.mute.value = place.mute

    def _input(self, name: str) -> BoundedFloatText:
        option = options_of(Layer)[name]
        made = BoundedFloatText(
            value=getattr(self.place, name), min=option.low, max=option.high, step=STEPS[name],
            tooltip=option.text, layout=auto_width(flex="1 1 0", min_width="0"),
        )  # fmt: skip
        made.observe(partial(self._on_input, name), "value")
        return made

    def _on_input(self, name: str, change: dict[str, float]) -> None:
        self._change(**{name: change["new"]})

    def _change(self, **place: float | bool) -> None:
        if any(getattr(self.place, name) != value for name, value in place.items()):
            self.session.layers.change(self.number, **place)
