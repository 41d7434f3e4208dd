"""Library: choose one of the trained models, and show its facts."""

from __future__ import annotations

from typing import Any

from ipywidgets import HTML, Button, Dropdown, HBox, Layout, VBox

from sda_widgets.common.markup import table
from sda_widgets.session.session import Session

NONE = "No model yet"
CONTAINS = (
    '<p class="sda-quiet">Whoever gets this file has the recordings in it; '
    "<code>sda strip-memory</code> writes a copy without them.</p>"
)


class ModelChooser(VBox):
    """View of `session.library.models`; choosing one opens it."""

    def __init__(self, session: Session) -> None:
        self.session, self._is_listing = session, False
        self.chooser = Dropdown(options=[(NONE, None)], layout=Layout(width="auto", flex="1 1 0"))
        self.reload = Button(
            description="Reload", tooltip="Look into the models folder again", layout=Layout(width="auto")
        )
        self.reload.on_click(lambda _button: session.library.refresh())
        self.facts = HTML()
        super().__init__([HTML("<h3>Model</h3>"), HBox([self.chooser, self.reload]), self.facts])
        self.add_class("sda-card")
        session.library.observe(lambda _change: self._list(), "models")
        session.observe(lambda _change: self._list(), "model_path")
        session.library.observe(lambda _change: self._tell(), "models")
        session.observe(lambda _change: self._tell(), "model")
        self.chooser.observe(lambda change: self._open(change.new), "value")
        self._list()
        self._tell()

    def _list(self) -> None:
        options = [(_label(entry), str(entry.path)) for entry in self.session.library.models] or [(NONE, None)]
        current = str(self.session.model_path) if self.session.model_path else None
        if current is None and self.session.library.models:
            options.insert(0, ("Choose a model", None))
        self._is_listing = True  # new options select the first one for a moment; do not open it
        if tuple(options) != self.chooser.options:
            self.chooser.options = options
        self.chooser.value = current if current in [value for _label, value in options] else options[0][1]
        self._is_listing = False

    def _open(self, path: str | None) -> None:
        if not self._is_listing and path is not None and path != str(self.session.model_path):
            self.session.open_model(path)

    def _tell(self) -> None:
        model = self.session.model
        if model is None:
            self.facts.value = '<p class="sda-quiet">A model is one .sda file, made from a folder of sounds.</p>'
        else:
            self.facts.value = table(facts(model)) + (CONTAINS if model.memory is not None else "")


def facts(model: Any) -> list[tuple[str, str]]:
    """Return the facts about a model that matter to a sound designer, as (label, value)."""
    corpus = model.header.get("corpus", {})
    rows = [
        ("Sounds", _sounds(corpus)),
        ("Made by a model", _generated(corpus)),
        ("Grew", _grew(corpus)),
        ("Codes", f"{model.levels} levels × {model.codebook_size}" if model.discrete else "none (continuous)"),
        ("Frame", f"{1000 / model.frame_rate:.1f} ms · {model.sample_rate / 1000:g} kHz"),
        ("Held-out mel", _mel(model.metrics)),
        ("Recordings", "inside the model" if model.memory is not None else "not inside"),
        ("Made", str(model.header.get("created", ""))[:16].replace("T", " ")),
    ]
    return [(label, value) for label, value in rows if value]


def _label(entry: Any) -> str:
    problem = getattr(entry, "problem", "")
    return f"{entry.name} (unreadable)" if problem else entry.name


def _sounds(corpus: dict[str, Any]) -> str:
    if "files" not in corpus:
        return ""
    return f"{corpus['files']} files, {float(corpus.get('minutes', 0)):.1f} min"


def _generated(corpus: dict[str, Any]) -> str:
    """Describe how many of the corpus' sounds were made by models."""
    return f"{corpus['generated']} of them" if corpus.get("generated") else ""


def _grew(corpus: dict[str, Any]) -> str:
    """Describe by how many files the model grew the last time."""
    from sda_lib.growing.report import Growth

    last = Growth.last_of({"corpus": corpus})
    return "" if last is None else f"by {last.files} of them"


def _mel(metrics: dict[str, float]) -> str:
    start, end = metrics.get("held_out_start"), metrics.get("held_out")
    if end is None:
        return ""
    return f"{end:.3f}" if start is None else f"{start:.3f} → {end:.3f}"
