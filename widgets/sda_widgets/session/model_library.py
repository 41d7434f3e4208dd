"""Model library: the models in the user's folder."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from traitlets import Instance, Tuple

import sda_lib
from sda_lib.errors import SdaError
from sda_lib.file_names import printable, safe_stem
from sda_lib.files import locked
from sda_lib.library import keeping
from sda_lib.library.comparing import Difference, compare_models
from sda_lib.library.listing import ModelFilter, listed
from sda_lib.library.marks import Marks, change_marks, read_marks
from sda_lib.model import library
from sda_lib.model.header import peek
from sda_widgets.session.context import Part, needed
from sda_widgets.session.guard import verb

LEADS_OUT = "It is a link to a file outside the folders shown here; copy the model here."


class ModelLibrary(Part):
    """The models folder: entries of sda_lib.model.library, and what the user notes and does of them."""

    models = Tuple(help="library entries, newest first")
    wanted = Instance(ModelFilter, (), help="which of them are listed, and in which order")
    listed = Tuple(help="the wanted ones with their marks (LibraryModel)")
    trashed = Tuple(help="models in the trash, those deleted last first (TrashedModel)")

    @verb
    def refresh(self) -> None:
        """Read the models folder again; links that lead out of the page's folders can't be opened."""
        found = library.models(self.context.places.models)
        holds = self.context.places.holds
        self.models = tuple(one if holds(one.path) else dataclasses.replace(one, problem=LEADS_OUT) for one in found)
        self.trashed = keeping.trashed_models(self.context.places.models, self.context.places.trash)
        self._list()

    def _list(self) -> None:
        marks = read_marks(self.context.places.models)
        self.listed = listed(self.models, marks, self.wanted)
        self.context.notice = marks.problem or self.context.notice

    @verb
    def search(self, wanted: ModelFilter) -> None:
        """List the models that a filter wants."""
        self.wanted = wanted
        self._list()

    @verb
    def mark(self, path: Path, change: Callable[[Marks], Marks]) -> None:
        """Change tags, note or star of a model."""
        self.context.places.checked(path)
        change_marks(path.parent, lambda before: before.marked(path.name, change(before.of(path.name))))
        self._list()

    @verb
    def rename(self, path: Path, name: str) -> Path:
        """Rename a model and its file, also the open one; return its path."""
        context = self.context
        out = keeping.rename(context.places.checked(path), name)
        if context.model is not None and context.model_path == path:
            context.set(model=context.model.with_header(**peek(out)), model_path=out)
        self.refresh()
        return out

    @verb
    def duplicate(self, path: Path) -> Path:
        """Copy a model under its name and a number; return the path of the copy."""
        copy = keeping.duplicate(self.context.places.checked(path))
        self.refresh()
        return copy

    @verb
    def delete(self, path: Path) -> None:
        """Move a model to the trash. Raises SdaError for the open one."""
        if path == self.context.model_path:
            raise SdaError("This model is open; open another one before you delete it.")
        keeping.delete(self.context.places.checked(path), self.context.places.trash)
        self.refresh()

    @verb
    def restore(self, name: str) -> Path:
        """Move a model from the trash back; `name` is that of its file there. Return its path."""
        out = keeping.restore(name, self.context.places.models, self.context.places.trash)
        self.refresh()
        return out

    @verb
    def add(self, path: str) -> Path:
        """Copy a model file of the page's folders to the models; return the path of the copy."""
        out = keeping.import_model(self.context.places.checked(path), self.context.places.models)
        self.refresh()
        return out

    @verb
    def export(self, path: Path, recordings: bool) -> Path:
        """Copy a model into the exports folder, with its recordings or without; return the path of the copy."""
        places = self.context.places
        out = keeping.export_model(places.checked(path), places.exports, recordings)
        self.context.notice = f"Written to {printable(out)}."
        return out

    @verb
    def compare(self, path: Path) -> tuple[Difference, ...]:
        """Return in what a model differs from the open one. Raises SdaError if none is open."""
        opened = needed(self.context.model_path, "No model is open; open one to compare it with another.")
        found = compare_models(opened, self.context.places.checked(path))
        return tuple(one for one in found if not one.is_equal)

    @verb
    def rename_level(self, level: int, name: str) -> None:
        """Rename a level in the open model and its file; cannot be undone."""
        context, before = self.context, self.context.need_model()
        model = before.with_level_name(level, name)
        if model.level_names != before.level_names:
            path = context.model_path
            if path is not None:  # reload: sliders may have been added to the file meanwhile
                with locked(path.parent):
                    sda_lib.SdaModel.load(path).with_level_name(level, name).save(path)
            context.model = model

    def new_path(self, name: str) -> Path:
        """Return the path of a new model. Raises SdaError for a name that is taken or has no letter or digit."""
        stem = safe_stem(name)
        if not stem:
            raise SdaError(
                f"The name {printable(name)!r} needs at least one letter or digit; change it in the field Name."
            )
        path = self.context.places.models / f"{stem}.sda"
        if path.exists():
            raise SdaError(f"A model named {stem} already exists; choose another name, or move that model.")
        return path
