"""Grow form: choose a model and the sounds to add to it."""

from pathlib import Path

from ipywidgets import HTML, BoundedFloatText, Dropdown, FloatSlider, SelectMultiple, Text, ToggleButtons, VBox

from sda_lib.config import GROW_KEEP, GROW_MINUTES
from sda_lib.file_names import numbered
from sda_lib.growing.growable import GrowOptions
from sda_widgets.common.form_controls import button, offer, show_if, watch
from sda_widgets.common.markup import quiet
from sda_widgets.session.session import Session

NONE = "No model yet"
FOLDER, SAVED = "folder", "saved"
HINT = """<p class="sda-quiet">Growing writes a new model and keeps the old one. At 100 % every code that old sounds use
keeps its meaning; at less, rare codes move to fit the new sounds better. Time is the limit on the CPU; 0 computes the
closed form alone, in seconds. <b>Sounds made by a model are marked as such.</b></p>"""
NOTHING = quiet("No exported sounds yet; sounds that you export in Play are listed here.")


class GrowForm(VBox):
    """Part of the training tab; `folder` is the field with the chosen folder."""

    def __init__(self, session: Session, folder: Text) -> None:
        self.session, self.folder = session, folder
        self.model = Dropdown(description="Model")
        self.source = ToggleButtons(
            options=[("The folder above", FOLDER), ("Exported sounds", SAVED)],
            tooltips=["The folder chosen under Sounds, or the files dropped there", "Sounds that were exported here"],
        )
        self.source.add_class("sda-segments").add_class("sda-mode")
        self.saved = SelectMultiple(rows=8)
        self.nothing = HTML(NOTHING)
        self.name = Text(description="New name")
        self.minutes = BoundedFloatText(GROW_MINUTES, min=0, max=600, step=0.5, description="Time (min)")
        self.keep = FloatSlider(GROW_KEEP, min=0.5, max=1, step=0.05, readout_format=".0%", description="Keep codes")
        self.go = button("Grow", "Start growing; it continues when this page is closed", self._grow, "sda-primary")
        fields = (self.model, self.source, self.saved, self.nothing, self.name, self.minutes, self.keep, self.go)
        super().__init__([*fields, HTML(HINT)])
        self.add_class("sda-grow")
        self._suggested = self._opened = ""
        watch(self._list, (session.library, "models"), (session, "model_path"))
        watch(self._name, (self.model, "value"))
        watch(self._list_saved, (session.exports, "path"))
        self.source.observe(lambda _change: self.show(), "value")
        self.saved.observe(lambda _change: self._scan(), "value")
        folder.observe(lambda _change: setattr(self.source, "value", FOLDER), "value")

    @property
    def sounds(self) -> tuple[Path, ...]:
        """The chosen files and folders."""
        return tuple(map(Path, self.saved.value if self.source.value == SAVED else [self.folder.value]))

    def show(self) -> None:
        """Update the form when it is shown; sounds may have been exported meanwhile."""
        self._list_saved()
        self._scan()

    def _grow(self) -> None:
        if self.model.value is None:
            self.session.report("There is no model to add sounds to; train one first.")
            return
        growing = GrowOptions(Path(self.model.value), self.minutes.value, keep=self.keep.value)
        self.session.training.grow(growing, self.sounds, self.name.value)

    def _list(self) -> None:
        """List the library's models; select the open one unless the user has selected another."""
        readable = [entry for entry in self.session.library.models if not getattr(entry, "problem", "")]
        options: list[tuple[str, str | None]] = [(entry.name, str(entry.path)) for entry in readable]
        options = options or [(NONE, None)]
        before, opened = self.model.value, str(self.session.model_path)
        is_own_choice = before not in (None, self._opened)
        offer(self.model, options, *([before] if is_own_choice else []), opened)
        self._opened = opened
        self.go.disabled = not readable
        self._name()

    def _name(self) -> None:
        """Suggest an unused name, as long as the field holds a suggestion."""
        if self.name.value != self._suggested or self.model.value is None:
            return
        stem = Path(self.model.value).stem
        self._suggested = free_name(f"{stem}-grown", self.session.places.models)
        self.name.value = self._suggested

    def _list_saved(self) -> None:
        found, place = self.session.exports.sounds, self.session.places.exports
        options = tuple((str(path.relative_to(place)), str(path)) for path in found)
        if options != self.saved.options:
            kept = set(self.saved.value)
            self.saved.options = options
            self.saved.value = tuple(path for _, path in options if path in kept)
        chosen = self.source.value == SAVED
        show_if(chosen and options, self.saved)
        show_if(chosen and not options, self.nothing)

    def _scan(self) -> None:
        """Scan the selected exported sounds, or the folder again."""
        if self.source.value == SAVED and self.saved.value:
            self.session.scan.start(*self.saved.value)
        elif self.source.value == FOLDER and self.session.scan.paths not in ((), (self.folder.value,)):
            self.session.scan.start(self.folder.value)


def free_name(stem: str, folder: Path) -> str:
    """Return the first of name, name-2 … that no model in the folder has."""
    return next(name for name in numbered(stem) if not (folder / f"{name}.sda").exists())
