"""Comparing: swap, copy and blend sounds of one session."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from traitlets import Dict, Float, Instance

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.editing.ab_blend import blend_edits, blend_sounds, decode_blend
from sda_lib.editing.registry import Edit
from sda_widgets.session.context import Context, Part, needed
from sda_widgets.session.guard import verb
from sda_widgets.session.sound import Sound
from sda_widgets.session.sound_traits import Decoded

INGREDIENTS = ["codes", "selection", "more", "frozen", "source_amount"]


@dataclass(frozen=True, eq=False)
class ShownBlend:
    """A blend that is previewed: the edits of `sound` that make it, the resulting codes, and their clip in whole
    frames unless quantizing is off."""

    sound: Sound
    others: tuple[Sound, ...]
    edits: tuple[Edit, ...]
    codes: Codes
    whole: AudioClip | None


class Comparing(Part):
    """Actions on several sounds. `blended`, `shares` and `distance` describe a blend of them until one changes."""

    blended = Instance(AudioClip, allow_none=True, help="clip between the sounds")
    shares = Dict(help="shares of the other sounds in it by their names, each 0..1")
    distance = Float(0.0, help="mean distance of its codes from the mixture, in distances between two codes")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._blend: ShownBlend | None = None
        context.observe(lambda _change: self.drop_blend(), "quantized")

    @verb
    def swap(self, one: Sound, other: Sound) -> None:
        """Swap two sounds, each with its own steps and former sounds."""
        mine, theirs = ({**sound.state, "former": sound.former} for sound in (one, other))
        other.set(**mine)
        one.set(**theirs)

    @verb
    def copy_cells(self, source: Sound, target: Sound) -> None:
        """Copy the selected cells of one sound to the same cells of another."""
        target.edits.apply("swap", within=source.areas, other=source.need_codes())

    @verb
    def copy_sound(self, source: Sound, target: Sound) -> None:
        """Make a sound at its current step another sound's, too."""
        target.create.take_codes(f"{source.title}, step {source.history.current}", source.need_codes())

    @verb
    def blend(self, sound: Sound, shares: Mapping[Sound, float]) -> None:
        """Render a blend of a sound with others, within its selection if there is one.

        shares: share of every other sound, 0..1; the sound itself has the rest to 1.
        """
        model, amount = self.context.need_model(), sound.source_amount
        codes, chosen = sound.need_codes(), sound.areas if sound.selection or sound.more else ()
        others = [other.need_codes() for other in shares]
        edits = blend_edits(others, list(shares.values()), within=chosen, frozen=sound.frozen)
        mixed = blend_sounds(codes, edits, model)
        whole = self._decoded(sound, mixed.codes) if self.context.quantized else None
        for one in (sound, *shares):  # observed only once, however often this is called
            one.observe(self._changed, INGREDIENTS)
        self._blend = ShownBlend(sound, tuple(shares), edits, mixed.codes, whole)
        distance = float(mixed.distance.mean()) if len(mixed.distance) else 0.0
        self.set(shares={other.name: share for other, share in shares.items()}, distance=distance)
        self.blended = sound.renderer.cut(whole or decode_blend(mixed, model, amount), codes.seconds)

    def _decoded(self, sound: Sound, codes: Codes) -> AudioClip:
        """Return the clip of blended codes in whole frames, with what is known of the sound's own."""
        model, known = self.context.need_model(), sound.decoded
        if known is not None and known.codes is not None:
            return model.redecode(codes, known.codes, known.clip, sound.source_amount)
        return model.decode(codes, sound.source_amount)

    @verb
    def keep_blend(self) -> None:
        """Apply the blend to its sound, as one step for each other sound, which can be undone. Raises SdaError when
        there is no blend."""
        blend = needed(self._blend, "There is no blend yet; move the slider from A towards B first.")
        model, sound = self.context.need_model(), blend.sound
        self.drop_blend()
        for number, edit in enumerate(blend.edits, 1):
            before = sound.need_codes()
            is_last = number == len(blend.edits)
            if is_last and blend.whole is not None:
                sound.decoded = Decoded(blend.codes, blend.whole)
            after = blend.codes if is_last else edit.apply(before, model)
            sound.steps.add(edit, edit.description(before, model.level_names), after)

    def drop_blend(self) -> None:
        """Discard the blend, if there is one."""
        self._blend = None
        self.set(blended=None, shares={})

    def _changed(self, change: Any) -> None:
        blend, owner = self._blend, change.owner
        if blend is not None and (owner is blend.sound or (owner in blend.others and change.name == "codes")):
            self.drop_blend()
