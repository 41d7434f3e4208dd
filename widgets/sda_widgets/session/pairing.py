"""What a session does with a second sound beside the one at hand: A and B, changed for each other, copied, blended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from traitlets import Any as AnyTrait
from traitlets import Float, HasTraits, Unicode, link, observe

from sda_lib.editing.registry import Edit
from sda_lib.errors import SdaError
from sda_widgets.session.guard import verb
from sda_widgets.session.sound import Sound

if TYPE_CHECKING:
    from sda_lib.editing.registry import Cells

A, B = "A", "B"


class PairVerbs(HasTraits):
    """The part of session A that a pair needs. B is a session of its own with the same model: what can be done to a
    sound can be done to either."""

    other = AnyTrait(None, allow_none=True, help="session B, while two sounds are side by side")
    receiver = Unicode(A, help="which of both takes new sounds up")
    first = AnyTrait(None, allow_none=True, help="in session B: session A")
    blended = AnyTrait(None, allow_none=True, help="AudioClip between both, while somebody blends")
    share = Float(0.0, help="of B in it")
    apart = Float(0.0, help="how far the blend's codes lie from the mixture, in distances between two codes")
    _between: Any = None  # of the blend: what would be done, the codes that it makes and their sound in whole frames

    @property
    def receiving(self) -> Any:
        """The session that takes new sounds up."""
        return self.other if self.receiver == B and self.other is not None else self

    def take_file(self, path: Path) -> None:
        """A sound file becomes the sound of the session that takes new ones up."""
        self.message = ""
        self.receiving.load_sound(path)

    @property
    def partner(self) -> Any:
        """The other one of both, from either's view."""
        return self.other if self.first is None else self.first

    @verb
    def open_pair(self) -> None:
        """A second sound beside the one at hand; at first the same one."""
        self._need_codes()
        if self.other is None:
            other = type(self)(self.places)
            other._lock, other.first = self._lock, self
            other.set(model=self.model, model_path=self.model_path, quantized=self.quantized)
            other.set(**Sound.of(self).traits)
            for name in ("message", "busy"):
                other.observe(lambda change: setattr(self, change.name, change.new), name)
            link((self, "clipboard"), (other, "clipboard"))
            link((self, "preview"), (other, "preview"))
            self.other = other

    @verb
    def close_pair(self) -> None:
        """The sound at hand alone again."""
        self._part()

    def _part(self) -> None:
        self._part_from_blend()
        self.set(other=None, receiver=A)

    def _keep_pair(self, before: Any, now: Any) -> None:
        """B goes along with A's model; with another model's codes it could do nothing."""
        if self.other is None:
            return
        if before is not None and now is not None and before.codec is now.codec:
            self.other.model = now
        else:
            self._part()

    @verb
    def swap_sounds(self) -> None:
        """A becomes B and B becomes A, each with its own steps and former sounds."""
        other = self._need_other()
        mine, theirs = ({**Sound.of(one).traits, "sounds": one.sounds} for one in (self, other))
        for session, traits in ((other, mine), (self, theirs)):
            session.set(**traits)

    @verb
    def copy_across(self, to: str) -> None:
        """What is selected in the one sound takes the same place in the other."""
        other = self._need_other()
        source, target = (self, other) if to == B else (other, self)
        source._need_codes()
        target.edit("swap", within=source.areas, other=source.codes)

    @verb
    def put_across(self) -> None:
        """A as it is at this step becomes B."""
        self._need_other()._take_codes(f"{self.title}, step {self.history.at}", self._need_codes())

    @verb
    def blend_sounds(self, share: float) -> None:
        """Let what lies `share` 0..1 of the way from A to B be heard, within A's selection if there is one."""
        from sda_lib.editing.ab_blend import decoded, in_between

        other, codes, model = self._need_other()._need_codes(), self._need_codes(), self._need_model()
        act = Edit("blend", {"other": other, "amount": share}, self._chosen, self.frozen)
        mixed, whole = in_between(codes, act, model), None
        if self.quantized:
            known = self._decoded
            whole = model.redecode(mixed.codes, *known, self.source_amount) if known else None
            whole = whole or model.decode(mixed.codes, self.source_amount)
        self._between = (act, mixed.codes, whole)
        self.set(share=share, apart=float(mixed.distance.mean()) if len(mixed.distance) else 0.0)
        self.blended = self._ended(whole or decoded(mixed, model, self.source_amount), codes.seconds)

    @verb
    def keep_blend(self) -> None:
        """The blend becomes A, as a step that can be undone."""
        if self._between is None:
            raise SdaError("There is no blend yet; move the slider from A towards B first.")
        act, codes, whole = self._between
        if whole is not None:
            self._decoded = (codes, whole)
        self._part_from_blend()
        self._do(act, act.words(self.codes, self.model.level_names), codes)

    @observe("codes", "selection", "more", "frozen", "quantized", "source_amount")
    def _let_go(self, change: Any) -> None:
        """What was blended is no longer as it was, or no longer what is selected."""
        mine = self.first or self
        if mine.blended is not None and (mine is self or change.name == "codes"):
            mine._part_from_blend()

    def _part_from_blend(self) -> None:
        self._between = None
        self.set(blended=None, share=0.0)

    @property
    def _chosen(self) -> tuple[Cells, ...]:
        """The selected rectangles; none when there is no more than a cursor."""
        return self.areas if self.selection or self.more else ()

    def _need_other(self) -> Any:
        if self.other is None:
            raise SdaError("There is only one sound; put another one beside it first.")
        return self.other
