"""Training: train a model on a folder of sounds, in a notebook."""

from __future__ import annotations

import dataclasses
from os import PathLike
from pathlib import Path

from traitlets import Instance, Unicode

from sda_lib.errors import SdaError
from sda_lib.file_names import printable
from sda_lib.model.model import SdaModel
from sda_lib.runs.run import Run
from sda_widgets.page_clock import PageClock
from sda_widgets.session.session import Session
from sda_widgets.standalone.opening import session_of
from sda_widgets.standalone.root import Root, player_of
from sda_widgets.training.training_view import TrainingView


class Training(Root):
    """What a folder contains, the recipe, the run with its curves and sounds; it continues when the kernel ends.

    Args:
        folder: folder of sounds; default: the example sounds.
        session: the session of another widget, in which the trained model is opened.

    Raises SdaError for a folder that is not there.

    Example:
        >>> training = Training("sounds")
        >>> Path(training.folder).name, training.state
        ('sounds', ...)
    """

    # Not for the browser, which opens the folders of the page alone.
    folder = Unicode(help="folder of the sounds")
    state = Unicode(read_only=True, help="state of the run: running, finished …; empty without one").tag(sync=True)
    run = Instance(Run, allow_none=True, read_only=True, help="the run that is shown")
    model = Instance(SdaModel, allow_none=True, read_only=True, help="the trained model, from its first save on")

    def __init__(self, folder: str | PathLike[str] | None = None, *, session: Session | None = None) -> None:
        shared = session_of(session=session)
        chosen = shared.places.demo if folder is None else _open(shared, folder)
        view = TrainingView(shared)
        self._field = view.folder
        super().__init__(shared, [view, PageClock(shared), *([player_of(shared)] if session is None else [])])
        shared.library.refresh()
        shared.training.attach()
        self.mirror(self._field, "value", "folder")
        self.control("folder", self._choose)
        self.mirror(shared.training, "state", "state")
        self.mirror(shared.training, "run", "run")
        self.mirror(shared, "model", "model")
        self.folder = str(chosen)

    def _choose(self, folder: str) -> bool:
        """Scan another folder."""
        if folder == self._field.value:
            return False
        self._field.value = str(_open(self.session, folder))
        return True


def _open(session: Session, folder: str | PathLike[str]) -> Path:
    """Let the session open a folder that was named in Python, wherever it is. Raises SdaError if it is not there."""
    path = Path(folder).expanduser().resolve()
    if not path.is_dir():
        raise SdaError(f"There is no folder {printable(path)}.")
    session.places = dataclasses.replace(session.places, added=(*session.places.added, path))
    return path
