"""Palette: the codes of a model's levels in the plane, in a notebook."""

from __future__ import annotations

from traitlets import Int

from sda_lib.codec.codes import numbered_levels
from sda_lib.errors import SdaError
from sda_widgets.plane.code_palette import CodePalette
from sda_widgets.session.session import Session
from sda_widgets.standalone.opening import AnyCodes, AnyModel, session_of
from sda_widgets.standalone.root import SoundRoot


class Palette(SoundRoot):
    """The codes of a level as dots, near where they sound alike: a click plays one, a double-click inserts it.

    Args:
        model: a model, its file, or its name in the library; default: that of the session.
        codes: the sound that codes are inserted into: codes, a take, or any sound. Default: none.
        session: the session of another widget, into whose sound codes are inserted at its cursor.

    Raises SdaError for a model or sound that can't be opened.

    Example:
        >>> palette = Palette(model)
        >>> palette.level = 2
        >>> palette.code is None
        True
    """

    level = Int(0, help="level whose codes are shown").tag(sync=True)
    code = Int(None, allow_none=True, help="the chosen code, or None").tag(sync=True)

    def __init__(
        self, model: AnyModel | None = None, codes: AnyCodes | None = None, *, session: Session | None = None
    ) -> None:
        shared = session_of(model, codes, session)
        self.palette = CodePalette(shared, folds=False)
        super().__init__(shared, [self.palette])
        self.mirror(shared.sound, "cursor", "level", lambda cursor: cursor[0])
        self.control("level", self._show)
        self.mirror(self.palette, "chosen", "code")
        self.control("code", self._choose)

    def _show(self, level: int) -> bool:
        """Show another level's codes."""
        sound, model = self.session.sound, self.session.need_model()
        if level == sound.cursor[0]:
            return False
        if not 0 <= level < model.levels:
            known = numbered_levels(model.levels, model.level_names)
            raise SdaError(f"There is no level {level}; the model has {known}.")
        sound.cursor = (level, sound.cursor[1])
        return True

    def _choose(self, code: int | None) -> bool:
        """Choose a code, as a click does."""
        size = self.session.need_model().codebook_size
        if code == self.palette.chosen:
            return False
        if code is None or not 0 <= code < size:
            raise SdaError(f"The model has codes 0 to {size - 1}.")
        self.palette.choose(code)
        return True
