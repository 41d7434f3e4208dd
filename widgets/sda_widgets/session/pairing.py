"""A/B verbs of a session: a second sound beside the current one, swapped, copied and blended."""

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
    """Session mixin of session A for a second sound. B is a full session with the same model, so every action
    works on both sounds."""

    other = AnyTrait(None, allow_none=True, help="session B, while two sounds are side by side")
    receiver = Unicode(A, help="which of both takes new sounds up")
    first = AnyTrait(None, allow_none=True, help="in session B: session A")
    blended = AnyTrait(None, allow_none=True, help="AudioClip between both, while somebody blends")
    share = Float(0.0, help="of B in it")
    apart = Float(0.0, help="how far the blend's codes lie from the mixture, in distances between two codes")
    _between: Any = None  # of the blend: the edit, the resulting codes, and their sound in whole frames

    @property
    def receiving(self) -> Any:
        """The session that receives new sounds."""
        return self.other if self.receiver == B and self.other is not None else self

    def take_file(self, path: Path) -> None:
        """Load a sound file into the receiving session."""
        self.message = ""
        self.receiving.load_sound(path)

    @property
    def partner(self) -> Any:
        """The other session of the pair, from either side."""
        return self.other if self.first is None else self.first

    @verb
    def open_pair(self) -> None:
        """Open a second sound beside the current one, at first a copy of it."""
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
        """Close the second sound."""
        self._part()

    def _part(self) -> None:
        self._part_from_blend()
        self.set(other=None, receiver=A)

    def _keep_pair(self, before: Any, now: Any) -> None:
        """Keep B's model in step with A's; close B when A opens another model."""
        if self.other is None:
            return
        if before is not None and now is not None and before.codec is now.codec:
            self.other.model = now
        else:
            self._part()

    @verb
    def swap_sounds(self) -> None:
        """Swap A and B, each with its own steps and former sounds."""
        other = self._need_other()
        mine, theirs = ({**Sound.of(one).traits, "sounds": one.sounds} for one in (self, other))
        for session, traits in ((other, mine), (self, theirs)):
            session.set(**traits)

    @verb
    def copy_across(self, to: str) -> None:
        """Copy the selected cells of one sound to the same cells of the other."""
        other = self._need_other()
        source, target = (self, other) if to == B else (other, self)
        source._need_codes()
        target.edit("swap", within=source.areas, other=source.codes)

    @verb
    def put_across(self) -> None:
        """Copy A, at its current step, to B."""
        self._need_other()._take_codes(f"{self.title}, step {self.history.current}", self._need_codes())

    @verb
    def blend_sounds(self, share: float) -> None:
        """Preview the point `share` (0..1) of the way from A to B, within A's selection if there is one."""
        from sda_lib.editing.ab_blend import blend_sounds, decode_blend

        other, codes, model = self._need_other()._need_codes(), self._need_codes(), self._need_model()
        act = Edit("blend", {"other": other, "amount": share}, self._chosen, self.frozen)
        mixed, whole = blend_sounds(codes, act, model), None
        if self.quantized:
            known = self._decoded
            whole = model.redecode(mixed.codes, *known, self.source_amount) if known else None
            whole = whole or model.decode(mixed.codes, self.source_amount)
        self._between = (act, mixed.codes, whole)
        self.set(share=share, apart=float(mixed.distance.mean()) if len(mixed.distance) else 0.0)
        self.blended = self._ended(whole or decode_blend(mixed, model, self.source_amount), codes.seconds)

    @verb
    def keep_blend(self) -> None:
        """Apply the blend to A as a step that can be undone; sets `message` when there is no blend."""
        if self._between is None:
            raise SdaError("There is no blend yet; move the slider from A towards B first.")
        act, codes, whole = self._between
        if whole is not None:
            self._decoded = (codes, whole)
        self._part_from_blend()
        self._do(act, act.description(self.codes, self.model.level_names), codes)

    @observe("codes", "selection", "more", "frozen", "quantized", "source_amount")
    def _let_go(self, change: Any) -> None:
        """Discard the blend when what it was made of, or the selection, has changed."""
        mine = self.first or self
        if mine.blended is not None and (mine is self or change.name == "codes"):
            mine._part_from_blend()

    def _part_from_blend(self) -> None:
        self._between = None
        self.set(blended=None, share=0.0)

    @property
    def _chosen(self) -> tuple[Cells, ...]:
        """The selected rectangles; empty when there is only a cursor."""
        return self.areas if self.selection or self.more else ()

    def _need_other(self) -> Any:
        if self.other is None:
            raise SdaError("There is only one sound; put another one beside it first.")
        return self.other
