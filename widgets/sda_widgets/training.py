"""Training: turn a folder of sounds into a model, and watch it happen."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import anywidget
from ipywidgets import HTML, BoundedFloatText, Button, FloatProgress, HBox, Layout, Text, VBox
from traitlets import Bool, Int

from sda_lib.studio.events import Event
from sda_widgets.session import Session

STATIC = Path(__file__).parent / "static"
DEMO_MINUTES = 2.0
DEMO_NAME = "demo"


class Heartbeat(anywidget.AnyWidget):
    """Beats once a second while a page is open and `beating` is set."""

    _esm = STATIC / "heartbeat.js"
    beating = Bool(False).tag(sync=True)
    milliseconds = Int(1000).tag(sync=True)


class Training(VBox):
    """A window onto `session.run` and `session.events`: folder, minutes and name in, progress and metrics out."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.heartbeat = Heartbeat()
        self.heartbeat.on_msg(lambda _widget, _message, _buffers: session.tick())
        self.offer = self._build_offer()
        self.form = self._build_form()
        self.progress = self._build_progress()
        super().__init__([self.offer, self.form, self.progress, self.heartbeat])
        session.observe(lambda _change: self._draw(), ["models", "run", "run_state", "events"])
        self._draw()

    # --- parts ---------------------------------------------------------------------------------------------------

    def _build_offer(self) -> VBox:
        self.demo = _button("Train the demo (about two minutes)", "Train on the example sounds", self._train_demo)
        self.demo.add_class("sda-primary")
        text = (
            "<h3>Start here</h3><p>There is no model yet. The example sounds become a playable model in a second, and "
            "a better one within two minutes; you can go on playing meanwhile.</p>"
        )
        return _card(HTML(text), self.demo)

    def _build_form(self) -> VBox:
        wide = Layout(width="auto")
        self.folder = Text(value=str(self.session.places.demo), description="Folder", layout=wide)
        self.name = Text(value="my sounds", description="Name", layout=wide)
        self.minutes = BoundedFloatText(
            value=DEMO_MINUTES, min=0, max=600, step=0.5, description="Minutes", layout=wide
        )
        self.train = _button("Train", "Start; it goes on when this page is closed", self._train)
        hint = (
            '<p class="sda-quiet">Any folder of WAV, FLAC, OGG, MP3 or AIFF files; ten short sounds are enough. '
            "The minutes are the time the training may take.</p>"
        )
        return _card(HTML("<h3>Train a model</h3>"), self.folder, self.name, self.minutes, self.train, HTML(hint))

    def _build_progress(self) -> VBox:
        self.headline = HTML()
        self.bar = FloatProgress(value=0, min=0, max=1, layout=Layout(width="auto"))
        self.figures = HTML()
        self.halt = _button("Stop", "Keep the best model so far", self.session.stop)
        return _card(self.headline, self.bar, self.figures, HBox([self.halt]))

    # --- acts ----------------------------------------------------------------------------------------------------

    def _train(self) -> None:
        self.session.train(self.folder.value, self.minutes.value, self.name.value)

    def _train_demo(self) -> None:
        self.session.train(self.session.places.demo, self.minutes.value, DEMO_NAME)

    # --- drawing -------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        run, state = self.session.run, self.session.run_state
        running = state == "running"
        self.heartbeat.beating = running
        self.offer.layout.display = "none" if self.session.models or running else ""
        self.progress.layout.display = "" if run else "none"
        self.train.disabled = self.demo.disabled = running
        self.halt.disabled = not running
        if run:
            self._draw_run(run, state)

    def _draw_run(self, run: Any, state: str) -> None:
        self.headline.value = f'<h3>{escape(run.name)} <span class="sda-chip">{escape(state)}</span></h3>'
        step, of, values = progress(self.session.events)
        self.bar.value = 1.0 if state == "finished" else step / of if of else 0.0
        self.figures.value = figures(step, of, values, state, run.message)


def progress(events: tuple[Event, ...]) -> tuple[int, int, dict[str, float]]:
    """The last step, the number of steps, and the latest value of everything that was measured."""
    values: dict[str, float] = {}
    step = of = 0
    for event in events:
        values.update(event.values)
        if event.kind == "progress":
            step, of = event.step, event.of
    return step, of, values


def figures(step: int, of: int, values: dict[str, float], state: str, message: str) -> str:
    """The run in figures, as HTML; the message may hold a file name, so it is escaped."""
    rows = [("Step", f"{step} of {of}")] if of else []
    if state == "running" and "seconds_left" in values:
        rows.append(("Left", clock(values["seconds_left"])))
    if "loss" in values:
        rows.append(("Loss", f"{values['loss']:.3f}"))
    start, now = values.get("held_out_start"), values.get("held_out", values.get("held_out_start"))
    if start is not None and now is not None:
        rows.append(("Held-out mel distance", f"{start:.3f} at the start → {now:.3f} now (lower is better)"))
    cells = "".join(f"<dt>{label}</dt><dd>{value}</dd>" for label, value in rows)
    said = f'<p class="sda-quiet">{escape(message)}</p>' if message else ""
    return f'<dl class="sda-facts">{cells}</dl>{said}'


def clock(seconds: float) -> str:
    """Seconds as m:ss."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _card(*children: Any) -> VBox:
    return VBox(list(children)).add_class("sda-card")


def _button(text: str, tip: str, act: Any) -> Button:
    button = Button(description=text, tooltip=tip, layout=Layout(width="auto"))
    button.on_click(lambda _button: act())
    return button
