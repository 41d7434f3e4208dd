"""Training: turn a folder of sounds into a model, and watch it happen."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import anywidget
import bqplot as bq
import numpy as np
from ipywidgets import HTML, BoundedFloatText, Button, FloatProgress, HBox, Layout, Text, ToggleButtons, VBox
from traitlets import Bool, Int

from sda_lib.config import DEFAULT_PRESET, PRESETS
from sda_lib.studio.events import Event
from sda_widgets.markup import bullets, table
from sda_widgets.session import Session

STATIC = Path(__file__).parent / "static"
DEMO_NAME = "demo"
MOST_SKIPPED = 12
"""Files that were left out and are listed with the reason."""
ABOUT = """<h3>What happens</h3>
<ol class="sda-steps">
<li>The folder is read; files that can't be used are left out.</li>
<li>Seconds later there is a first model, computed in closed form. It plays at once.</li>
<li>For the rest of the time a small network learns what the first model misses. A part of the sounds is kept aside;
the distance to them (held-out mel) says how well the model knows sounds that it has never heard.</li>
<li>The best model so far is always on disk. Stop whenever you like; close the page if you like.</li>
</ol>"""


CONTAINS = """<b>The model contains the recordings.</b> Whoever gets the file has the sounds in it;
<code>sda strip-memory MODEL</code> writes a copy without them, which edits, and generates only after
<code>sda prior</code>."""


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
        self.about = _card(HTML(ABOUT))
        self.found = HTML()
        self.contents = _card(self.found)
        side = VBox([self.offer, self.form]).add_class("sda-side")
        self.main = VBox([self.about]).add_class("sda-main")
        super().__init__([HBox([side, self.main]).add_class("sda-page"), self.heartbeat])
        session.observe(lambda _change: self._draw(), ["models", "run", "run_state", "events", "report", "maker"])
        self.folder.observe(lambda change: session.scan(change.new), "value")
        self._draw()

    # --- parts ---------------------------------------------------------------------------------------------------

    def _build_offer(self) -> VBox:
        self.demo = _button("Train the demo (about two minutes)", "Train on the example sounds", self._train_demo)
        self.demo.add_class("sda-primary")
        text = (
            "<h3>Start here</h3><p>There is no model yet. The example sounds become a playable model in seconds, and a "
            "better one within two minutes; you can play meanwhile.</p>"
        )
        return _card(HTML(text), self.demo)

    def _build_form(self) -> VBox:
        wide = Layout(width="auto")
        demo = str(self.session.places.demo)
        self.folder = Text(value=demo, description="Folder", layout=wide, continuous_update=False)
        self.name = Text(value="my sounds", description="Name", layout=wide)
        offered = {name: preset for name, preset in PRESETS.items() if not preset.gpu}  # this page trains on the CPU
        self.preset = ToggleButtons(
            options=[(name.capitalize(), name) for name in offered],
            value=DEFAULT_PRESET,
            tooltips=[preset.about.capitalize() for preset in offered.values()],
            description="Preset",
        ).add_class("sda-preset")
        self.minutes = BoundedFloatText(
            value=PRESETS[DEFAULT_PRESET].minutes, min=0, max=600, step=0.5, description="Minutes", layout=wide
        )
        self.preset.observe(lambda change: setattr(self.minutes, "value", PRESETS[change.new].minutes), "value")
        self.train = _button("Train", "Start; it goes on when this page is closed", self._train)
        hint = (
            '<p class="sda-quiet">Any folder of WAV, FLAC, OGG, MP3 or AIFF files; ten short sounds are enough. '
            "The minutes are the time the training may take; a preset sets them.</p>"
            f'<p class="sda-quiet">{CONTAINS}</p>'
        )
        return _card(
            HTML("<h3>Train a model</h3>"), self.folder, self.name, self.preset, self.minutes, self.train, HTML(hint)
        )

    def _build_progress(self) -> VBox:
        self.headline = HTML()
        self.bar = FloatProgress(value=0, min=0, max=1, layout=Layout(width="auto"))
        self.figures = HTML()
        self.halt = _button("Stop", "Keep the best model so far", self.session.stop)
        self.resume = _button("Resume", "Go on where the training was some seconds before", self.session.resume_run)
        scales = {"x": bq.LinearScale(), "y": bq.LinearScale()}
        self.curve = bq.Lines(x=[], y=[], scales=scales, colors=["#c8f169"], stroke_width=2)
        axes = [
            bq.Axis(scale=scales["x"], grid_lines="none", label="step", label_offset="30px", tick_format="d"),
            bq.Axis(scale=scales["y"], orientation="vertical", grid_lines="none", tick_format=".2f"),
        ]
        margin = {"top": 10, "bottom": 46, "left": 48, "right": 12}
        self.chart = bq.Figure(
            marks=[self.curve], axes=axes, fig_margin=margin, background_style={"fill": "transparent"},
            animation_duration=0, layout=Layout(width="auto", height="260px", min_width="0"),
        )  # fmt: skip
        self.chart.display_toolbar = False
        caption = HTML('<p class="sda-quiet">Held-out mel distance over the steps (lower is better)</p>')
        return _card(self.headline, self.bar, self.figures, caption, self.chart, HBox([self.halt, self.resume]))

    # --- acts ----------------------------------------------------------------------------------------------------

    def _train(self) -> None:
        self.session.train(self.folder.value, self.minutes.value, self.name.value, self.preset.value)

    def _train_demo(self) -> None:
        self.session.train(self.session.places.demo, self.minutes.value, DEMO_NAME, self.preset.value)

    # --- drawing -------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        run, state = self.session.run, self.session.run_state
        running = state in ("running", "queued")
        self.heartbeat.beating = running or self.session.maker is not None
        self.offer.layout.display = "none" if self.session.models or running else ""
        parts = {self.progress: run, self.contents: self.session.report, self.about: True}
        self.main.children = tuple(part for part, shown in parts.items() if shown)
        if self.session.report:
            self.found.value = contents(self.session.report)
        self.train.disabled = self.demo.disabled = running
        self.halt.disabled = not running
        self.halt.layout.display = "" if running else "none"
        self.resume.layout.display = "" if state in ("died", "failed", "stopped") else "none"
        if run:
            self._draw_run(run, state)

    def _draw_run(self, run: Any, state: str) -> None:
        self.headline.value = f'<h3>{escape(run.name)} <span class="sda-chip">{escape(state)}</span></h3>'
        step, of, values = progress(self.session.events)
        self.bar.value = 1.0 if state == "finished" else step / of if of else 0.0
        steps, distances = curve(self.session.events)
        self.chart.layout.visibility = "visible" if len(steps) > 1 else "hidden"  # one point has no axes
        with self.curve.hold_sync():
            self.curve.x, self.curve.y = steps, distances
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


def curve(events: tuple[Event, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Steps and the held-out distance measured at them; what a resumed run measured again counts."""
    measured = {event.step: event.values["held_out"] for event in events if event.kind == "metrics"}
    return tuple(np.array(sorted(measured.items()), float).reshape(-1, 2).T.copy())


def figures(step: int, of: int, values: dict[str, float], state: str, message: str) -> str:
    """The run in figures, as HTML; the message may hold a file name, so it is escaped."""
    rows = [("Step", f"{step} of {of}")] if of else []
    if state == "running" and "seconds_left" in values:
        rows.append(("Left", clock(values["seconds_left"])))
    if "loss" in values:
        rows.append(("Loss", f"{values['loss']:.3f}"))
    start, now = values.get("held_out_start"), values.get("held_out", values.get("held_out_start"))
    if start is not None and now is not None:
        rows.append(("Held-out mel distance", f"{start:.3f} at the start → {now:.3f} now"))
    said = f'<p class="sda-quiet">{escape(message)}</p>' if message else ""
    return table(rows) + said


def contents(report: dict[str, Any]) -> str:
    """A folder's scan report as HTML."""
    rates = ", ".join(f"{count} at {int(rate) / 1000:g} kHz" for rate, count in report["rates"].items())
    rows = [
        ("Sounds", f"{report['files']}, {report['minutes']:.1f} min in all"),
        ("Typical length", f"{report['median_seconds']:.2f} s"),
        ("Rates", rates),
        ("Stereo", f"{report['stereo_share']:.0%} of the files"),
        ("Left out", str(len(report["skipped"])) if report["skipped"] else "nothing"),
    ]
    skipped = [f"{skip['file']}: {skip['reason']}" for skip in report["skipped"][:MOST_SKIPPED]]
    return f"<h3>In this folder</h3>{table(rows)}{bullets(skipped)}"


def clock(seconds: float) -> str:
    """Seconds as m:ss."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _card(*children: Any) -> VBox:
    return VBox(list(children)).add_class("sda-card")


def _button(text: str, tip: str, act: Any) -> Button:
    button = Button(description=text, tooltip=tip, layout=Layout(width="auto"))
    button.on_click(lambda _button: act())
    return button
