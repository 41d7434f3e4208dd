"""Library: choose one of the trained models, in a notebook."""

from __future__ import annotations

from traitlets import Instance, Tuple, Unicode

from sda_lib.errors import SdaError
from sda_lib.file_names import printable
from sda_lib.model.model import SdaModel
from sda_widgets.files.model_chooser import ModelChooser
from sda_widgets.session.session import Session
from sda_widgets.standalone.opening import AnyModel, session_of
from sda_widgets.standalone.root import Root, player_of


class Library(Root):
    """The models of the data folder, newest first; the chosen one is opened, with a first sound of it.

    Args:
        model: the model to choose first: one, its file, or its name in the library; default: that of the session.
        session: the session of another widget, in which the chosen model is opened.
        player: whether a player is shown below; default: unless a session is given.

    Raises SdaError for a model that can't be opened.

    Example:
        >>> library = Library()
        >>> library.name = "five"
        >>> library.model.name, "five" in library.names
        ('five', True)
    """

    names = Tuple(read_only=True, help="names of the models that can be opened")
    name = Unicode(help="name of the chosen model; empty for none").tag(sync=True)
    model = Instance(SdaModel, allow_none=True, read_only=True, help="the chosen model")

    def __init__(
        self, model: AnyModel | None = None, *, session: Session | None = None, player: bool | None = None
    ) -> None:
        shared = session_of(model, session=session)
        has_player = session is None if player is None else player
        super().__init__(shared, [ModelChooser(shared), *([player_of(shared)] if has_player else [])])
        shared.library.refresh()
        self.mirror(
            shared.library, "models", "names", lambda models: tuple(one.name for one in models if not one.problem)
        )
        self.mirror(shared, "model", "model")
        self.mirror(shared, "model", "name", lambda model: model.name if model is not None else "")
        self.control("name", self._choose)

    def _choose(self, name: str) -> bool:
        """Open the newest model of this name."""
        shared = self.session
        if name == (shared.model.name if shared.model is not None else ""):
            return False
        found = next((one for one in shared.library.models if one.name == name and not one.problem), None)
        if found is None:
            raise SdaError(f"There is no model named {printable(name)}.")
        shared.open_model(found.path)
        return True
