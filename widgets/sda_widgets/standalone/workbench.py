"""Workbench: the whole page in a notebook."""

from __future__ import annotations

from sda_widgets.app import workbench
from sda_widgets.session.places import Places
from sda_widgets.standalone.mirror import SoundMirror
from sda_widgets.standalone.opening import AnyCodes, AnyModel, session_of


class Workbench(SoundMirror):
    """The page that `sda studio` serves, with the newest model of the data folder.

    Args:
        model: the model to open in place of the newest: one, its file, or its name in the library.
        codes: the sound to begin with: codes, a take, or any sound, which is encoded.

    Raises SdaError for a model or sound that can't be opened.

    Example:
        >>> page = Workbench(model, codes)
        >>> page.model.name, page.codes.is_same(codes)
        ('five', True)
        >>> page.close()
    """

    def __init__(self, model: AnyModel | None = None, codes: AnyCodes | None = None) -> None:
        page = workbench(Places.from_environment())
        super().__init__(session_of(model, codes, page.session, generates=model is not None), [page])

    def close(self) -> None:
        """Remove the page and end its background work.

        Example:
            >>> Workbench(model).close()
        """
        for page in self.children:
            page.close()
        super().close()
