"""Training: turn a folder of sounds into a model, and watch and hear it happen."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import anywidget
from ipywidgets import HTML, BoundedFloatText, Button, FloatProgress, HBox, Layout, Text, ToggleButtons, VBox
from traitlets import Bool, Int

from sda_lib.config import DEFAULT_PRESET, PRESETS, Recipe
from sda_lib.errors import SdaError
from sda_lib.studio.events import Event
from sda_lib.studio.forecast import Forecast, forecast, known_step_seconds
from sda_widgets.audition_view import AuditionView
from sda_widgets.curves import Curves
from sda_widgets.folder_choice import FolderChoice
from sda_widgets.markup import table
from sda_widgets.recipe_form import RecipeForm
from sda_widgets.scan_view import ScanView
from sda_widgets.session import Session

STATIC = Path(__file__).parent / "static"
DEMO_NAME = "demo"
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
        self.heartbeat.on_msg(lambda _widget, _message, _buffers: self._beat())
        self.offer = self._build_offer()
        self.choice = FolderChoice(session)
        self.folder = self.choice.folder
        self.form = self._build_form()
        self.progress = self._build_progress()
        self.about = _card(HTML(ABOUT))
        self.contents = ScanView(session)
        self.found = self.contents.figures
        side = VBox([self.offer, self.choice, self.form]).add_class("sda-side")
        self.main = VBox([self.about]).add_class("sda-main")
        super().__init__([HBox([side, self.main]).add_class("sda-page"), self.heartbeat])
        session.observe(lambda _change: self._draw(), ["models", "run", "run_state", "events", "report", "maker"])
        session.observe(lambda _change: self._foresee(), ["corpus", "models"])
        for field in (self.preset, self.minutes):
            field.observe(lambda _change: self._foresee(), "value")
        self._draw()
        self._foresee()

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
        self.name = Text(value="my sounds", description="Name", layout=wide)
        offered = {name: preset for name, preset in PRESETS.items() if not preset.gpu}  # this page trains on the CPU
        self.preset = ToggleButtons(
            options=[(name.capitalize(), name) for name in offered],
            value=DEFAULT_PRESET,
            tooltips=[f"{preset.about.capitalize()}: {preset.minutes:g} min" for preset in offered.values()],
            description="Preset",
        ).add_class("sda-preset")
        self.minutes = BoundedFloatText(
            value=PRESETS[DEFAULT_PRESET].minutes, min=0, max=600, step=0.5, description="Minutes", layout=wide
        )
        self.preset.observe(lambda change: setattr(self.minutes, "value", PRESETS[change.new].minutes), "value")
        self.recipe = RecipeForm(self._foresee)
        self.outlook = HTML()
        self.train = _button("Train", "Start; it goes on when this page is closed", self._train)
        hint = (
            '<p class="sda-quiet">Ten short sounds are enough. The minutes are what the training may take; a preset '
            f'sets them.</p><p class="sda-quiet">{CONTAINS}</p>'
        )
        parts = (self.name, self.preset, self.minutes, self.outlook, self.train, self.recipe)
        return _card(HTML("<h3>Train a model</h3>"), *parts, HTML(hint))

    def _build_progress(self) -> VBox:
        self.headline = HTML()
        self.bar = FloatProgress(value=0, min=0, max=1, layout=Layout(width="auto"))
        self.figures = HTML()
        self.halt = _button("Stop", "Keep the best model so far", self.session.stop)
        self.resume = _button("Resume", "Go on where the training was some seconds before", self.session.resume_run)
        self.curves, self.auditions = Curves(), AuditionView(self.session)
        head = HBox([self.headline, self.halt, self.resume]).add_class("sda-run-head")
        return _card(head, self.bar, self.figures, self.curves, self.auditions)

    # --- acts ----------------------------------------------------------------------------------------------------

    def _train(self) -> None:
        self._begin(self.folder.value, self.name.value)

    def _train_demo(self) -> None:
        self._begin(self.session.places.demo, DEMO_NAME)

    def _begin(self, folder: str | Path, name: str) -> None:
        self.session.train(folder, self.minutes.value, name, self.preset.value, self.recipe.changes())

    def _beat(self) -> None:
        self.session.tick()
        self._keep_beating()

    def _keep_beating(self) -> None:
        session = self.session
        running = session.run_state in ("running", "queued")
        self.heartbeat.beating = running or session.maker is not None or session.is_listening

    # --- drawing -------------------------------------------------------------------------------------------------

    def _foresee(self) -> None:
        """Say what model the sounds can support, and how long it will take; or what is wrong with the recipe."""
        corpus = self.session.corpus
        self.outlook.layout.display = "none" if corpus is None else ""
        if corpus is None:
            return
        try:
            suggested = Recipe.for_corpus(corpus, self.minutes.value, self.preset.value)
        except SdaError as error:
            self.outlook.value = _wrong(str(error))
            return
        self.recipe.suggest(suggested)
        recipe, why = self.recipe.recipe(suggested)
        known = known_step_seconds(entry.metrics for entry in self.session.models)
        self.outlook.value = _wrong(why) if why else outlook(recipe, forecast(recipe, corpus.seconds, known))

    def _draw(self) -> None:
        run, state = self.session.run, self.session.run_state
        running = state in ("running", "queued")
        self._keep_beating()
        offered = not self.session.models and not running
        self.offer.layout.display = "" if offered else "none"
        (self.train.remove_class if offered else self.train.add_class)("sda-primary")  # one button stands out
        parts = {self.progress: run, self.contents: self.session.report, self.about: not run}
        self.main.children = tuple(part for part, shown in parts.items() if shown)
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
        self.curves.show(self.session.events)
        self.figures.value = figures(step, of, values, state, run.message or doing(self.session.events))


def progress(events: tuple[Event, ...]) -> tuple[int, int, dict[str, float]]:
    """The last step, the number of steps, and the latest value of everything that was measured."""
    values: dict[str, float] = {}
    step = of = 0
    for event in events:
        values.update(event.values)
        if event.kind == "progress" and event.of:  # what comes before and after the steps has none
            step, of = event.step, event.of
    return step, of, values


def doing(events: tuple[Event, ...]) -> str:
    """What is done before and after the steps, in the words of the last event."""
    last = next((event for event in reversed(events) if event.kind == "progress"), None)
    return last.message if last is not None and last.message else ""


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


def outlook(recipe: Recipe, expected: Forecast) -> str:
    """What a training will give and take, as HTML."""
    codec, audio = recipe.codec, recipe.audio
    channels = "stereo" if audio.channels == 2 else "mono"
    codes = f"{codec.levels} levels of {codec.codebook_size} codes"
    kind = codes if codec.bottleneck == "rvq" else f"{codec.latent_dim} numbers a frame, no codes"
    rows = [
        ("Model", f"{kind}, {channels}"),
        ("Frames", f"{audio.sample_rate / codec.hop:.1f} a second, hop {codec.hop}"),
        ("First sound", f"after about {clock(expected.first)}"),
        ("Ready", f"after about {clock(expected.seconds)}"),
    ]
    if codec.bottleneck == "rvq":
        rows.insert(2, ("Frames per code", f"{expected.frames_per_code:.1f}"))
    if expected.steps:
        rows.append(("Steps", f"about {_rounded(expected.steps)}"))
    return table(rows)


def clock(seconds: float) -> str:
    """Seconds as m:ss."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _rounded(number: int) -> str:
    """Two figures of a number; nobody knows more."""
    return f"{int(float(f'{number:.2g}')):,}"


def _wrong(sentence: str) -> str:
    return f'<p class="sda-problem" role="alert">{escape(sentence)}</p>'


def _card(*children: Any) -> VBox:
    return VBox(list(children)).add_class("sda-card")


def _button(text: str, tip: str, act: Any) -> Button:
    button = Button(description=text, tooltip=tip, layout=Layout(width="auto"))
    button.on_click(lambda _button: act())
    return button
