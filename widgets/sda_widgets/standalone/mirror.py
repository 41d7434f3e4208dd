"""Mirror: widgets whose traits follow the state of their session, and change it when others assign to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ipywidgets import VBox, Widget
from traitlets import HasTraits, Instance

from sda_lib.api.clip import AudioClip
from sda_lib.api.codes import Codes
from sda_lib.audio import clip as core_clip
from sda_lib.codec import codes as core_codes
from sda_lib.display.clips import clip_view
from sda_lib.display.codes import codes_view
from sda_lib.display.markup import note
from sda_lib.display.page import page
from sda_lib.display.players import player
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_widgets.common.form_controls import watch
from sda_widgets.session.session import Session

# Name of a sound that was assigned as codes.
TITLE = "codes"
# What a page without a kernel says of a widget.
STILL = "As it was when this cell ran. Run the notebook to use it."


class Mirror(VBox):
    """A widget with a session, and traits that follow it."""

    # What widgets of this room call, and notebooks don't.
    _unlisted = frozenset({"control", "mirror", "still"})

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name.startswith("_") and name not in self._unlisted]

    def __init__(self, session: Session, children: Sequence[Widget]) -> None:
        self.session = session
        self._mirrors: dict[str, Callable[[], None]] = {}
        super().__init__(children)

    def mirror(
        self, owner: HasTraits, name: str, trait: str, shown: Callable[[Any], Any] = lambda value: value
    ) -> None:
        """Keep a trait at what `shown` makes of another object's trait."""
        self._mirrors[trait] = lambda: self.set_trait(trait, shown(getattr(owner, name)))
        watch(self._mirrors[trait], (owner, name))

    def control(self, trait: str, apply: Callable[[Any], bool]) -> None:
        """Let others assign to a trait that mirrors a state: `apply` makes the value the state.

        `apply` returns whether it did anything; it must not when the value is the state already. Where it, or the
        session, refuses a value, the trait returns to the state and the assignment raises SdaError.
        """

        def act(change: Any) -> None:
            try:
                if apply(change.new) and self.session.message:
                    raise SdaError(self.session.message)
            except SdaError:
                self._mirrors[trait]()
                raise

        self.observe(act, trait)

    def still(self) -> str:
        """Return what the widget shows now as HTML, for pages without a kernel; empty if there is nothing."""
        return ""

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """Return the widget for notebooks that run, and `still` for pages of notebooks."""
        data, still = super()._repr_mimebundle_(**options), self.still()
        return {**data, "text/html": page(still, note(STILL))} if still else data


class SoundMirror(Mirror):
    """A mirror of the session's first sound."""

    model = Instance(SdaModel, allow_none=True, read_only=True, help="the model that the sound plays with")
    codes = Instance(
        core_codes.Codes, allow_none=True, help="the sound's codes, as edited; others can be assigned, undo returns"
    )
    clip = Instance(core_clip.AudioClip, allow_none=True, read_only=True, help="the sound, as edited")

    def __init__(self, session: Session, children: Sequence[Widget]) -> None:
        super().__init__(session, children)
        self.mirror(session, "model", "model")
        self.mirror(session.sound, "codes", "codes", self._own)
        self.mirror(session.sound, "clip", "clip", lambda clip: clip and AudioClip.of(clip))
        self.control("codes", self._take)

    def still(self) -> str:
        """Return the sound as it is now: its codes, if the model has any, and a player."""
        if self.clip is None:
            return ""
        if self.codes is None or self.model is None:
            return clip_view(self.clip)
        return codes_view(self.codes, self.model.level_names, self.model.name) + player(self.clip)

    def _own(self, codes: core_codes.Codes | None) -> Codes | None:
        """Return codes with their model, so that they can be edited and decoded."""
        return None if codes is None else Codes.of(codes, self.session.model)

    def _take(self, codes: core_codes.Codes | None) -> bool:
        """Make codes the sound: as an edit of the one that is shown where they fit its frames."""
        sound, before = self.session.sound, self.session.sound.codes
        if codes is None or (before is not None and codes.is_same(before)):
            return False
        self.session.need_model().check(codes)
        if before is not None and (before.timing, before.muted) == (codes.timing, codes.muted):
            sound.edits.apply("swap", levels=(0, codes.levels), frames=(0, codes.frames), other=codes)
        else:
            sound.create.take_codes(TITLE, codes)
        return True
