"""What a session does with a second sound beside the one at hand: A and B, changed for each other, copied, blended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from traitlets import Any as AnyTrait
from traitlets import Float, HasTraits, Unicode, link

from sda_lib.errors import SdaError
from sda_widgets.verbs import verb

if TYPE_CHECKING:
    from sda_widgets.session import Session

A, B = "A", "B"
SOUND = (
    "title", "seconds", "sound", "written", "codes", "original", "clip", "shape", "courses", "frozen", "history",
    "cursor", "selection", "more", "_fades", "_decoded", "_dragged",
)  # fmt: skip
"""All that a session knows of its sound, and nothing else."""


class PairVerbs(HasTraits):
    """The part of session A that a pair needs. B is a session of its own with the same model: what can be done to a
    sound can be done to either."""

    other = AnyTrait(None, allow_none=True, help="session B, while two sounds are side by side")
    receiver = Unicode(A, help="which of both takes new sounds up")
    first = AnyTrait(None, allow_none=True, help="in session B: session A")
    blended = AnyTrait(None, allow_none=True, help="AudioClip between both, while somebody blends")
    share = Float(0.0, help="of B in it")
    apart = Float(0.0, help="how far the blend's codes lie from the mixture, in distances between two codes")

    @property
    def receiving(self) -> Session:
        """The session that takes new sounds up."""
        return self.other if self.receiver == B and self.other is not None else self

    @property
    def partner(self) -> Session | None:
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
            other.source_amount = self.source_amount
            other.set(**{name: getattr(self, name) for name in SOUND})
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
        self.set(other=None, receiver=A, blended=None, share=0.0)

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
        """A becomes B and B becomes A, each with its own steps."""
        other = self._need_other()
        mine, theirs = ({name: getattr(one, name) for name in SOUND} for one in (self, other))
        self.blended = None
        for session, sound in ((other, mine), (self, theirs)):
            session.set(**sound)

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
        from sda_lib.models.sounding_edits import blended

        other, model, codes = self._need_other(), self._need_model(), self._need_codes()
        mixed = blended(codes, other._need_codes(), model.codebooks, share, **self._blend_region())
        if self.quantized:
            clip = model.redecode(mixed.codes, *self._decoded, self.source_amount) if self._decoded else None
            clip = clip or model.decode(mixed.codes, self.source_amount)
        else:
            clip = model.synth(model.as_latent(mixed.latent), self.source_amount).cut(codes.samples)
        self.set(share=share, apart=float(mixed.distance.mean()))
        self.blended = self._ended(clip)

    @verb
    def keep_blend(self) -> None:
        """The blend becomes A, as a step that can be undone."""
        other, share = self._need_other(), self.share
        self._part_from_blend()
        self.edit("blend", other=other.codes, amount=share, **self._blend_region())

    def _part_from_blend(self) -> None:
        self.set(blended=None, share=0.0)

    def _blend_region(self) -> dict[str, tuple[int, int]]:
        if self.selection is None:
            return {"levels": (0, self.codes.levels), "frames": (0, self.codes.frames)}
        return self.target

    def _need_other(self) -> Session:
        if self.other is None:
            raise SdaError("There is only one sound; put another one beside it first.")
        return self.other
