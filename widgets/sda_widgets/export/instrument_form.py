"""Instrument form: exported sounds as an instrument for samplers."""

from __future__ import annotations

from pathlib import Path

from ipywidgets import HTML, Checkbox, Dropdown, Layout, SelectMultiple, Text

from sda_lib.export.instruments import Zone
from sda_widgets.common.form_controls import Card, auto_width, button, show_if, watch
from sda_widgets.common.markup import bullets, quiet
from sda_widgets.common.work_progress import progress_of
from sda_widgets.session.session import Session

ABOUT = "An instrument for samplers (SFZ and Decent Sampler) of exported sounds: tones at their keys."
NONE = "Export some sounds first; they are listed here to choose from."
MAPS = [("By pitch", "pitch"), ("Chromatic, in order", "chromatic")]
LIST = 112  # height of the list in pixels


class InstrumentForm(Card):
    """View of `session.instruments` and the exported sounds."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.sounds = SelectMultiple(options=[], layout=Layout(width="auto", height=f"{LIST}px"))
        self.sounds.tooltip = "Choose several with Ctrl or Shift"
        self.name = Text(description="Name", placeholder="instrument", layout=auto_width())
        self.by = Dropdown(options=MAPS, description="Keys", tooltip="How sounds get their keys", layout=auto_width())
        self.loops = Checkbox(False, description="Find loops in held tones", indent=False, layout=auto_width())
        self.make = button("Make instrument", "Write it into a new folder of your exports", self._make)
        self.made = HTML()
        self.none = HTML(quiet(NONE))
        self.progress = progress_of(session.instruments)
        parts = [self.none, self.sounds, self.name, self.by, self.loops, self.make, self.progress, self.made]
        super().__init__([HTML(f"<h3>Instrument</h3>{quiet(ABOUT)}"), *parts], "sda-instrument")
        session.page_acts.provide("files.instrument", self.sounds.focus)
        self.sounds.observe(lambda _change: self._enable(), "value")
        watch(self._list, (session.exports, "path"))
        watch(self._show, (session.instruments, "zones"))
        watch(self._enable, (session.instruments, "is_running"))

    def _list(self) -> None:
        """List the exported sounds, newest first; those that are chosen stay so."""
        chosen = self.sounds.value
        self.sounds.options = [(path.name, str(path)) for path in self.session.exports.sounds]
        self.sounds.value = [path for path in chosen if path in [value for _, value in self.sounds.options]]
        show_if(self.sounds.options, self.sounds)
        show_if(not self.sounds.options, self.none)
        self._enable()

    def _enable(self) -> None:
        self.make.disabled = not self.sounds.value or self.session.instruments.is_running

    def _make(self) -> None:
        sounds = [Path(path) for path in self.sounds.value]
        self.session.instruments.write(sounds, self.name.value, self.by.value, self.loops.value)

    def _show(self) -> None:
        made = self.session.instruments
        if made.folder is not None:
            written = quiet(f"Written to {made.folder}")
            self.made.value = written + bullets(map(zone_words, made.zones))


def zone_words(zone: Zone) -> str:
    """Return a sample and its keys in words."""
    keys = zone.keys
    loop = "" if zone.loop is None else ", looped"
    return f"{Path(zone.file).name}: keys {keys.low} to {keys.high}, root {keys.root}{loop}"
