"""Model chooser: choose one of the trained models, and show its facts."""

from typing import Any

from ipywidgets import HTML, Dropdown, HBox, ToggleButton

from sda_lib.growing.report import Growth
from sda_lib.model.model import SdaModel
from sda_widgets.common.form_controls import Card, auto_width, button, offer, on_choice, show_if, watch
from sda_widgets.common.glossary import mark
from sda_widgets.common.markup import quiet, table
from sda_widgets.files.library_view import LibraryView
from sda_widgets.session.guest import is_guest
from sda_widgets.session.session import Session

HELD_OUT = "Held-out distance"
NONE = "No model yet"
CONTAINS = (
    '<p class="sda-quiet">Anyone with this file has the recordings in it; '
    "<code>sda strip-memory</code> writes a copy without them.</p>"
)


class ModelChooser(Card):
    """View of `session.library.models`; choosing one opens it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.chooser = Dropdown(options=[(NONE, "")], layout=auto_width(flex="1 1 0"), tooltip="Model")
        self.reload = button("Reload", "Search the models folder again", session.library.refresh)
        self.library = LibraryView(session)
        self.more = ToggleButton(description="Library", tooltip="Search, tag, rename, delete and restore models")
        self.starter = button(
            "Play procedural sounds",
            "Make and open the starter, a model of computed sounds: some seconds, no recordings needed",
            session.starter.start,
        )
        self.facts = HTML()
        owned = [] if is_guest(session.places) else [self.more]  # guests change no models
        row = HBox([self.chooser, self.reload, *owned])
        super().__init__([HTML("<h3>Model</h3>"), row, self.library, self.starter, self.facts])
        watch(self._switch, (self.more, "value"))
        on_choice(self.chooser, self._open)
        watch(self._list, (session.library, "models"), (session, "model_path"))
        watch(self._show_facts, (session.library, "models"), (session, "model"))

    def _switch(self) -> None:
        """Show the library in place of the facts of the open model."""
        show_if(self.more.value, self.library)
        show_if(not self.more.value, self.facts)

    def _list(self) -> None:
        models = self.session.library.models
        options = [(_label(entry), str(entry.path)) for entry in models]
        self.starter.layout.display = "none" if models else ""
        current = str(self.session.model_path) if self.session.model_path else ""
        if not current or not models:
            options.insert(0, ("Choose a model" if models else NONE, ""))
        offer(self.chooser, options, current, "")

    def _open(self, path: str) -> None:
        if path and path != str(self.session.model_path):
            self.session.open_model(path)

    def _show_facts(self) -> None:
        model = self.session.model
        if model is None:
            self.facts.value = quiet("A model is one .sda file, trained on a folder of sounds.")
        else:
            is_to_warn = model.memory is not None and not is_guest(self.session.places)
            self.facts.value = table(model_facts(model), {HELD_OUT: mark(HELD_OUT)}) + (CONTAINS if is_to_warn else "")


def model_facts(model: SdaModel) -> list[tuple[str, str]]:
    """Return facts about a model for sound designers, as (label, value); what is unknown is empty."""
    corpus: dict[str, Any] = model.header.get("corpus", {})
    minutes, growth = float(corpus.get("minutes", 0)), Growth.last_of({"corpus": corpus})
    return [
        ("Sounds", f"{corpus['files']} files, {minutes:.1f} min" if "files" in corpus else ""),
        ("Generated", f"{corpus['generated']} of them" if corpus.get("generated") else ""),  # made by models
        ("Grown", "" if growth is None else f"by {growth.files} of them"),  # the last time
        ("Codes", f"{model.levels} levels × {model.codebook_size}" if model.discrete else "none (continuous)"),
        ("Frame", f"{1000 / model.frame_rate:.1f} ms · {model.sample_rate / 1000:g} kHz"),
        (HELD_OUT, _mel(model.metrics)),
        ("Recordings", "included" if model.memory is not None else "not included"),
        ("Created", str(model.header.get("created", ""))[:16].replace("T", " ")),
    ]


def _label(entry: Any) -> str:
    problem = getattr(entry, "problem", "")
    return f"{entry.name} (unreadable)" if problem else entry.name


def _mel(metrics: dict[str, float]) -> str:
    start, end = metrics.get("held_out_start"), metrics.get("held_out")
    if end is None:
        return ""
    return f"{end:.3f}" if start is None else f"{start:.3f} → {end:.3f}"
