"""Grow form: choose a model and the sounds to add to it."""

from __future__ import annotations

from pathlib import Path

from ipywidgets import (
    HTML,
    BoundedFloatText,
    Button,
    Dropdown,
    FloatSlider,
    Layout,
    SelectMultiple,
    Text,
    ToggleButtons,
    VBox,
)

from sda_lib.config import GROW_KEEP, GROW_MINUTES
from sda_lib.files import numbered
from sda_widgets.session.session import Session

NONE = "No model yet"
FOLDER, SAVED = "folder", "saved"
HINT = """<p class="sda-quiet">A new model is written; the old one stays as it is. Codes keep their meaning: with 100 %
every code that old sounds use stays where it is; with less, rare ones move, and new sounds come closer. It takes the
minutes on the CPU; 0 is the closed form alone, in seconds. <b>Sounds that a model made are counted as such.</b></p>"""
NOTHING = '<p class="sda-quiet">Nothing was exported yet; sounds that you export in Play are listed here.</p>'


class GrowForm(VBox):
    """Part of the training tab; `folder` is the field with the chosen folder."""

    def __init__(self, session: Session, folder: Text) -> None:
        self.session, self.folder = session, folder
        wide = Layout(width="auto")
        self.model = Dropdown(options=[(NONE, None)], description="Model", layout=wide)
        self.source = (
            ToggleButtons(
                options=[("The folder above", FOLDER), ("Saved sounds", SAVED)],
                tooltips=["What stands under Sounds: a folder, or what was dropped", "Sounds that were exported here"],
            )
            .add_class("sda-preset")
            .add_class("sda-mode")
        )
        self.saved = SelectMultiple(rows=8, layout=Layout(width="auto")).add_class("sda-saved")
        self.nothing = HTML(NOTHING)
        self.name = Text(description="New name", layout=wide)
        self.minutes = BoundedFloatText(
            value=GROW_MINUTES, min=0, max=600, step=0.5, description="Time (min)", layout=wide
        )
        self.keep = FloatSlider(
            value=GROW_KEEP, min=0.5, max=1, step=0.05, readout_format=".0%", description="Keep codes", layout=wide
        )
        self.go = Button(
            description="Grow", tooltip="Start; it goes on when this page is closed", layout=Layout(width="auto")
        )
        self.go.add_class("sda-primary")
        self.go.on_click(lambda _button: self._grow())
        fields = (self.model, self.source, self.saved, self.nothing, self.name, self.minutes, self.keep, self.go)
        super().__init__([*fields, HTML(HINT)])
        self.add_class("sda-grow")
        session.observe(lambda _change: self._list(), ["models", "model_path"])
        session.observe(lambda _change: self._list_saved(), "exported")
        self.model.observe(lambda _change: self._name(), "value")
        self.source.observe(lambda _change: self._turn(), "value")
        self.saved.observe(lambda _change: self._look(), "value")
        folder.observe(lambda _change: setattr(self.source, "value", FOLDER), "value")
        self._suggested = ""
        self._list()
        self._list_saved()

    @property
    def sounds(self) -> tuple[Path, ...]:
        """The chosen files and folders."""
        return tuple(map(Path, self.saved.value if self.source.value == SAVED else [self.folder.value]))

    def show(self) -> None:
        """Update the form when it is shown; sounds may have been exported meanwhile."""
        self._list_saved()
        self._look()

    def _grow(self) -> None:
        if self.model.value is None:
            self.session.message = "There is no model yet that could grow; train one first."
            return
        self.session.grow(self.model.value, self.sounds, self.name.value, self.minutes.value, self.keep.value)

    def _list(self) -> None:
        """List the library's models; select the open one unless the user has selected another."""
        readable = [entry for entry in self.session.models if not getattr(entry, "problem", "")]
        options = [(entry.name, str(entry.path)) for entry in readable] or [(NONE, None)]
        paths, before = [path for _, path in options], self.model.value
        opened = str(self.session.model_path)
        if tuple(options) != self.model.options:
            self.model.options = options
        follows = before is None or before == getattr(self, "_opened", None) or before not in paths
        self.model.value = opened if follows and opened in paths else before if before in paths else paths[0]
        self._opened = opened
        self.go.disabled = paths == [None]
        self._name()

    def _name(self) -> None:
        """Suggest an unused name, as long as the field holds a suggestion."""
        if self.name.value != self._suggested or self.model.value is None:
            return
        stem = Path(self.model.value).stem
        self._suggested = free_name(f"{stem}-grown", self.session.places.models)
        self.name.value = self._suggested

    def _list_saved(self) -> None:
        found, place = self.session.saved_sounds, self.session.places.exports
        options = tuple((str(path.relative_to(place)), str(path)) for path in found)
        if options != self.saved.options:
            kept = set(self.saved.value)
            self.saved.options = options
            self.saved.value = tuple(path for _, path in options if path in kept)
        self._turn(False)

    def _turn(self, look: bool = True) -> None:
        chosen = self.source.value == SAVED
        self.saved.layout.display = "" if chosen and self.saved.options else "none"
        self.nothing.layout.display = "" if chosen and not self.saved.options else "none"
        if look:
            self._look()

    def _look(self) -> None:
        """Scan the selected exported sounds, or the folder again."""
        if self.source.value == SAVED and self.saved.value:
            self.session.scan(*self.saved.value)
        elif self.source.value == FOLDER and self.session.scanned_paths not in ((), (self.folder.value,)):
            self.session.scan(self.folder.value)


def free_name(stem: str, folder: Path) -> str:
    """Return the first of name, name-2 … that no model in the folder has."""
    return next(name for name in numbered(stem) if not (folder / f"{name}.sda").exists())
