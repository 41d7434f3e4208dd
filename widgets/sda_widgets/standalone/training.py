"""Training: train a model on a folder of sounds, in a notebook."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from traitlets import Instance, Unicode

from sda_lib.errors import SdaError
from sda_lib.file_names import printable
from sda_lib.model.model import SdaModel
from sda_lib.runs.run import Run
from sda_widgets.session.session import Session
from sda_widgets.standalone.opening import session_of
from sda_widgets.standalone.root import Root, player_of
from sda_widgets.training.training_view import TrainingView


class Training(Root):
    """What a folder contains, the recipe, the run with its curves and sounds; it continues when the kernel ends."""

    folder = Unicode(help="folder of the sounds").tag(sync=True)
    state = Unicode(read_only=True, help="state of the run: running, finished …; empty without one").tag(sync=True)
    run = Instance(Run, allow_none=True, read_only=True, help="the run that is shown")
    model = Instance(SdaModel, allow_none=True, read_only=True, help="the trained model, from its first save on")

    def __init__(self, folder: str | PathLike[str] | None = None, *, session: Session | None = None) -> None:
        """
        Args:
            folder: folder of sounds; default: the example sounds.
            session: the session of another widget, in which the trained model is opened.

        Raises SdaError for a folder that is not there.
        """
        chosen = None if folder is None else Path(folder).expanduser().resolve()
        if chosen is not None and not chosen.is_dir():
            raise SdaError(f"There is no folder {printable(chosen)}.")
        shared = session_of(session=session, folders=[] if chosen is None else [chosen])
        view = TrainingView(shared)
        super().__init__(shared, [view, *([player_of(shared)] if session is None else [])])
        shared.library.refresh()
        shared.training.attach()
        self.mirror(view.folder, "value", "folder")
        self.control("folder", lambda path: path != view.folder.value and not view.folder.set_trait("value", path))
        self.mirror(shared.training, "state", "state")
        self.mirror(shared.training, "run", "run")
        self.mirror(shared, "model", "model")
        self.folder = str(chosen or shared.places.demo)
