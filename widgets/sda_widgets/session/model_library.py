"""Model library: the models in the user's folder."""

import dataclasses
from pathlib import Path

from traitlets import Tuple

import sda_lib
from sda_lib.errors import SdaError
from sda_lib.file_names import printable, safe_stem
from sda_lib.files import locked
from sda_lib.model import library
from sda_widgets.session.context import Part
from sda_widgets.session.guard import verb

LEADS_OUT = "It is a link to a file outside the folders shown here; copy the model here."


class ModelLibrary(Part):
    """Entries of sda_lib.model.library."""

    models = Tuple(help="library entries, newest first")

    @verb
    def refresh(self) -> None:
        """Read the models folder again; links that lead out of the page's folders can't be opened."""
        found = library.models(self.context.places.models)
        holds = self.context.places.holds
        self.models = tuple(one if holds(one.path) else dataclasses.replace(one, problem=LEADS_OUT) for one in found)

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
