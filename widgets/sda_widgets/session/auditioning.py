"""Palette verbs of a session: preview single codes in several contexts and put them into the sound."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from traitlets import Bool, HasTraits

from sda_lib.errors import SdaError

if TYPE_CHECKING:
    from sda_lib.maps.palette import Occurrence


class PaletteVerbs(HasTraits):
    """Session mixin for the code palette; codes, cursor and preview belong to the session."""

    palette_open = Bool(False, help="whether the palette is unfolded")

    def hear_code(self, level: int, code: int, alone: bool = True) -> None:
        """Preview a code: held alone, or in the current sound at the selected frames."""
        from sda_lib.maps import palette

        def sound() -> Any:
            model = self._need_model()
            if alone:
                return palette.code_alone(model, level, code)
            frames = self.target["frames"]
            return palette.code_in_context(
                model, self._need_codes(), level, frames, code, source_amount=self.source_amount
            )

        self._listen(sound)

    def hear_in_corpus(self, level: int, code: int, number: int) -> Occurrence | None:
        """Preview the recording around the `number`th use of a code in the corpus; return that use, or None."""
        from sda_lib.maps import palette

        found: list[Occurrence] = []

        def sound() -> Any:
            clip, use = palette.code_excerpt(self._need_model(), level, code, number)
            found.append(use)
            return clip

        self._listen(sound)
        return found[0] if found else None

    def put_code(self, level: int, code: int, frame: int | None = None) -> None:
        """Put a code into its level at the cursor or selection. Given a frame, put it there, or into the whole
        selection if the frame lies inside it."""
        if frame is not None and not self._selects(level, frame):
            self.set(cursor=(level, frame), selection=None, more=())
        places = tuple(dict.fromkeys(((level, level + 1), frames) for _levels, frames in self.areas))
        self.edit("set", within=places, code=code)

    def _selects(self, level: int, frame: int) -> bool:
        return any(a <= level < b and c <= frame < d for (a, b), (c, d) in self.areas)

    def _listen(self, sound: Callable[[], Any]) -> None:
        """Preview a sound, or set `message` on SdaError. Called often, so `busy` is not set."""
        with self._lock:
            try:
                self.preview = sound()
            except SdaError as error:
                self.message = str(error)
