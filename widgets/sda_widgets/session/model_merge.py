"""Model merge: a new model between the open one and another."""

from __future__ import annotations

from pathlib import Path

from traitlets import Instance

import sda_lib
from sda_lib.file_names import printable
from sda_lib.files import locked
from sda_lib.model.model import SdaModel
from sda_lib.work_steps import Steps, WorkStep
from sda_widgets.session.context import Context
from sda_widgets.session.guard import verb
from sda_widgets.session.long_work import LongWork
from sda_widgets.session.model_library import ModelLibrary

MERGING = "interpolating the weights, and encoding the recordings again"


class ModelMerge(LongWork):
    """`path` is the model that was made last."""

    path = Instance(Path, allow_none=True, help="file of the model that was made last")

    def __init__(self, context: Context, library: ModelLibrary) -> None:
        super().__init__(context, "The models could not be merged.", "No model was made.")
        self._library = library

    @verb
    def make(self, other: str | Path, share: float, name: str) -> None:
        """Save a model whose weights lie `share` 0..1 of the way from the open model's to another's.

        Raises SdaError for a name that is taken, and for models that were not trained from the same closed form.
        """
        mine, path = self.context.need_model(), self._library.new_path(name)
        loaded = sda_lib.SdaModel.load(self.context.places.checked(other))
        self.start(_merged(mine, loaded, share, name.strip()), lambda made: self._keep(made, path), MERGING)

    def _keep(self, made: SdaModel, path: Path) -> None:
        with locked(path.parent):
            made.save(path)
        self.path = path
        self._library.refresh()
        self.context.notice = f"Saved as {printable(path.name)}; open it in Library."


def _merged(mine: SdaModel, other: SdaModel, share: float, name: str) -> Steps[SdaModel]:
    """Interpolate the weights of two models."""
    from sda_lib.training.merge_models import interpolated_weights

    yield WorkStep(0.0, MERGING)
    return interpolated_weights(mine, other, share).with_header(name=name)
