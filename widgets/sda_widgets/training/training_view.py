"""Training view: train a model on a folder of sounds, watch its progress and listen to it meanwhile."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from ipywidgets import HTML, BoundedFloatText, HBox, Text, ToggleButtons, VBox, Widget

from sda_lib.config import DEFAULT_EFFORT, EFFORTS, Recipe
from sda_lib.errors import SdaError
from sda_lib.file_choice import FilesConfig
from sda_lib.health.fixes import Retraining
from sda_lib.training.estimate import Forecast, forecast, known_step_seconds
from sda_widgets.common.form_controls import Card, button, show_if, watch
from sda_widgets.common.markup import quiet, table
from sda_widgets.session.session import Session
from sda_widgets.training.category_list import CategoryList
from sda_widgets.training.folder_choice import FolderChoice
from sda_widgets.training.grow_form import FOLDER, GrowForm, free_name
from sda_widgets.training.recipe_form import RecipeForm
from sda_widgets.training.run_view import RunView, clock
from sda_widgets.training.scan_view import ScanView

DEMO_NAME = "demo"
# Slowness of the machine from which the form says that it is busy.
NOTICEABLE, BUSY = 1.5, "This machine is busy with other work now; on a free one it is faster."
RUNNING = "A training is running; stop it, or wait until it is done."
NEW, GROW = "new", "grow"
OFFER = """<h3>Start here</h3><p>There is no model yet. The example sounds give a playable model in seconds and a better
one within two minutes; you can play meanwhile.</p>"""
ABOUT = """<h3>How training works</h3>
<ol class="sda-steps">
<li>The sounds are measured; files that can't be used are skipped.</li>
<li>After some seconds there is a first model that you can play.</li>
<li>In the remaining time a small network learns what the first model misses. Some sounds are held out; the distance to
them (held-out distance) shows how well the model represents sounds it was not trained on.</li>
<li>At the end sliders are made: what makes your sounds brighter, warmer, louder.</li>
<li>The best model so far is always on disk. You can stop training or close the page at any time.</li>
</ol>"""

CONTAINS = """<b>The model contains the recordings.</b> Anyone with the file has its sounds.
“Export model” in Library, without “With its recordings”, writes a copy without them; it can edit sounds, and
generate if a prior was trained before (<code>sda strip-memory</code> in a terminal)."""


class TrainingView(VBox):
    """View of `session.training`: takes folder, minutes and name, shows progress and metrics."""

    def __init__(self, session: Session, first: Sequence[Widget] = ()) -> None:
        """`first` are widgets above the choice of the folder."""
        self.session = session
        self.offer = self._build_offer()
        self.choice = FolderChoice(session)
        self.folder = self.choice.folder
        self.form, self.grow = self._build_form(), GrowForm(session, self.folder)
        self.mode = ToggleButtons(options=[("New model", NEW), ("Add to a model", GROW)]).add_class("sda-segments")
        self.mode.add_class("sda-mode")
        self.progress = RunView(session)
        self.about = Card([HTML(ABOUT)])
        self.contents = ScanView(session)
        self.found = self.contents.figures
        side = VBox([self.offer, *first, self.choice, Card([self.mode, self.form, self.grow])]).add_class("sda-side")
        self.main = VBox([self.about]).add_class("sda-main")
        super().__init__([HBox([side, self.main]).add_class("sda-page")])
        self._provide_acts()
        watch(lambda: self._fill(session.proposal), (session, "proposal"))
        watch(lambda: self._add(session.made.collected), (session.made, "collected"))
        watch(self._show_mode, (self.mode, "value"))
        draws = [(session.training, "run state events"), (session.scan, "report")]
        watch(self._draw, (session.library, "models"), *draws)
        watch(session.machine.measure, (session.scan, "result"))
        forecasts = [(session.scan, "chosen"), (self.effort, "value"), (self.minutes, "value")]
        forecasts.append((session.machine, "slowness"))
        watch(self._forecast, (session.library, "models"), *forecasts)

    # --- parts ---------------------------------------------------------------------------------------------------

    def _build_offer(self) -> VBox:
        label, tooltip = "Train the demo (about two minutes)", "Train on the example sounds"
        self.demo = button(label, tooltip, lambda: self._begin(self.session.places.demo, DEMO_NAME), "sda-primary")
        return Card([HTML(OFFER), self.demo])

    def _build_form(self) -> VBox:
        self.name = Text(value="my sounds", description="Name")
        offered = {name: effort for name, effort in EFFORTS.items() if not effort.gpu}  # this page trains on the CPU
        self.effort = ToggleButtons(
            options=[(name.capitalize(), name) for name in offered],
            value=DEFAULT_EFFORT,
            tooltips=[f"{effort.about.capitalize()}: {effort.minutes:g} min" for effort in offered.values()],
            description="Effort",
        ).add_class("sda-segments")
        minutes = EFFORTS[DEFAULT_EFFORT].minutes
        self.minutes = BoundedFloatText(minutes, min=0, max=600, step=0.5, description="Minutes")
        self.effort.observe(lambda change: setattr(self.minutes, "value", EFFORTS[change.new].minutes), "value")
        self.recipe = RecipeForm(self._forecast)
        self.expected, self.proposed = HTML(), HTML()
        self.train = button("Train", "Start training; it continues when this page is closed", self._train)
        hint = (
            '<p class="sda-quiet">Ten short sounds are enough. Minutes is the time limit of training; an effort sets '
            f'it.</p><p class="sda-quiet">{CONTAINS}</p>'
        )
        self.categories = CategoryList(self.session)
        parts = (self.name, self.effort, self.minutes, self.expected, self.train, self.recipe)
        return VBox([self.proposed, self.categories, *parts, HTML(hint)]).add_class("sda-train-form")

    def _provide_acts(self) -> None:
        acts = self.session.page_acts
        acts.provide_button("train_demo", self.demo, RUNNING)
        acts.provide_button("train", self.train, RUNNING)
        acts.provide("choose_folder", self.folder.focus)
        acts.provide("grow", self._show_grow)

    def _show_grow(self) -> None:
        self.mode.value = GROW
        self.grow.model.focus()

    # --- acts ----------------------------------------------------------------------------------------------------

    def _train(self) -> None:
        folder, proposal = Path(self.folder.value), self.session.proposal
        files = self.session.scan.files_of(folder)
        if files.is_everything and proposal is not None and proposal.folder == folder:
            files = proposal.files
        self._begin(folder, self.name.value, files)

    def _begin(self, folder: Path, name: str, files: FilesConfig | None = None) -> None:
        self.proposed.value = ""
        self.session.training.start(folder, self.minutes.value, name, self.effort.value, files, **self.recipe.changes())

    def _show_mode(self) -> None:
        """Show the form for a new model or the one for growing."""
        grows = self.mode.value == GROW
        show_if(grows, self.grow)
        show_if(not grows, self.form)
        if grows:
            self.grow.show()

    def _fill(self, proposal: Retraining | None) -> None:
        """Fill in the form from a Retraining; only the user starts it."""
        if proposal is None:
            return
        self.mode.value, self.effort.value = NEW, DEFAULT_EFFORT
        self.minutes.value = float(proposal.changes.get("train.minutes", EFFORTS[DEFAULT_EFFORT].minutes))
        self.recipe.fill(proposal.changes)
        if proposal.folder is not None:
            self.folder.value = str(proposal.folder)
        path = self.session.model_path
        self.name.value = free_name(Path(path).stem if path else "my sounds", self.session.places.models)
        self.proposed.value = proposed(proposal)

    def _add(self, folder: Path | None) -> None:
        """Offer to grow a model by the sounds in a folder; only the user starts it."""
        if folder is None:
            return
        self.mode.value, self.grow.source.value = GROW, FOLDER
        if self.folder.value == str(folder):
            self.session.scan.start(folder)  # sounds were added to it
        else:
            self.folder.value = str(folder)

    # --- drawing -------------------------------------------------------------------------------------------------

    def _forecast(self) -> None:
        """Show the expected model and training time, or what is wrong with the recipe."""
        corpus = self.session.scan.chosen
        show_if(corpus is not None, self.expected)
        if corpus is None:
            return
        try:
            suggested = Recipe.for_corpus(corpus, self.minutes.value, self.effort.value)
            self.recipe.suggest(suggested)
            recipe = suggested.override(**self.recipe.changes())
        except SdaError as error:
            self.expected.value = f'<p class="sda-problem" role="alert">{escape(str(error))}</p>'
            return
        known = known_step_seconds(entry.metrics for entry in self.session.library.models)
        slowness = self.session.machine.slowness
        expected = forecast(recipe, corpus.sounding_seconds, known, slowness)
        self.expected.value = forecast_table(recipe, expected) + (quiet(BUSY) if slowness > NOTICEABLE else "")

    def _draw(self) -> None:
        run, state = self.session.training.run, self.session.training.state
        running = state in ("running", "queued")
        offered = not self.session.library.models and not running
        show_if(offered, self.offer)
        (self.train.remove_class if offered else self.train.add_class)("sda-primary")  # one primary button at a time
        parts = {self.progress: run, self.contents: self.session.scan.report, self.about: not run}
        self.main.children = tuple(part for part, shown in parts.items() if shown)
        self.train.disabled = self.demo.disabled = running
        self.grow.go.disabled = running or not self.session.library.models


def proposed(proposal: Retraining) -> str:
    """Return as HTML what was filled in and what is left to do."""
    folder = [proposal.folder.name] if proposal.folder is not None else []
    chosen = [] if proposal.files.is_everything else ["the same files as before"]
    filled = [*folder, *chosen, *(f"{key} = {value}" for key, value in proposal.changes.items())]
    text = f"From the health check: {', '.join(filled) or 'train again'}."
    if proposal.folder is None:
        text += " The training folder of the model is unknown: choose it above."
    return f'<p class="sda-proposed" role="status">{escape(text)} Check the form, then press Train.</p>'


def forecast_table(recipe: Recipe, expected: Forecast) -> str:
    """Return as HTML the expected model, training time and steps."""
    codec, audio = recipe.codec, recipe.audio
    channels = "stereo" if audio.channels == 2 else "mono"
    codes = f"{codec.levels} levels of {codec.codebook_size} codes"
    kind = codes if codec.bottleneck == "rvq" else f"{codec.latent_dim} numbers a frame, no codes"
    steps = int(float(f"{expected.steps:.2g}"))  # two significant digits, the precision of the forecast
    rows = [
        ("Model", f"{kind}, {channels}"),
        ("Frames", f"{audio.sample_rate / codec.hop:.1f} a second, hop {codec.hop}"),
        ("Frames per code", f"{expected.frames_per_code:.1f}" if codec.bottleneck == "rvq" else ""),
        ("First sound", f"after about {clock(expected.first)}"),
        ("Ready", f"after about {clock(expected.seconds)}"),
        ("Steps", f"about {steps:,}" if steps else ""),
    ]
    return table(rows)
