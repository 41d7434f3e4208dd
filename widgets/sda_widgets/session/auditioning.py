"""What a session does with a palette: single codes are heard, in whatever surroundings, and put into the sound."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from traitlets import Bool, HasTraits

from sda_lib.errors import SdaError

if TYPE_CHECKING:
    from sda_lib.maps.palette import Use


class PaletteVerbs(HasTraits):
    """The part of a session that a palette needs; the rest of it (codes, cursor, preview) is the session's."""

    palette_open = Bool(False, help="whether the palette is unfolded")

    def hear_code(self, level: int, code: int, alone: bool = True) -> None:
        """Let a code be heard beside the sound at hand: held alone, or in the sound where it would be put."""
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

    def hear_in_corpus(self, level: int, code: int, number: int) -> Use | None:
        """Let the recording around the `number`th place that has a code sound; returns the place, if there is any."""
        from sda_lib.maps import palette

        found: list[Use] = []

        def sound() -> Any:
            clip, use = palette.excerpt(self._need_model(), level, code, number)
            found.append(use)
            return clip

        self._listen(sound)
        return found[0] if found else None

    def put_code(self, level: int, code: int, frame: int | None = None) -> None:
        """A code into its level where the cursor or the selection is; or at a frame, and if that is in the selection
        into all of it."""
        if frame is not None and not self._selects(level, frame):
            self.set(cursor=(level, frame), selection=None, more=())
        places = tuple(dict.fromkeys(((level, level + 1), frames) for _levels, frames in self.areas))
        self.edit("set", within=places, code=code)

    def _selects(self, level: int, frame: int) -> bool:
        return any(a <= level < b and c <= frame < d for (a, b), (c, d) in self.areas)

    def _listen(self, sound: Callable[[], Any]) -> None:
        """Preview a sound, or say in one sentence why there is none. It is asked for often, so nothing is busy."""
        with self._lock:
            try:
                self.preview = sound()
            except SdaError as error:
                self.message = str(error)
