"""Comparing: swap, copy and blend sounds of one session."""

from dataclasses import dataclass
from typing import Any

from traitlets import Float, Instance

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.editing.ab_blend import blend_sounds, decode_blend
from sda_lib.editing.registry import Edit
from sda_widgets.session.context import Context, Part, needed
from sda_widgets.session.guard import verb
from sda_widgets.session.sound import Sound
from sda_widgets.session.sound_traits import Decoded

INGREDIENTS = ["codes", "selection", "more", "frozen", "source_amount"]


@dataclass(frozen=True, eq=False)
class ShownBlend:
    """A blend that is previewed: the edit of `sound` that makes it, the resulting codes, and their clip in whole
    frames unless quantizing is off."""

    sound: Sound
    other: Sound
    edit: Edit
    codes: Codes
    whole: AudioClip | None


class Comparing(Part):
    """Actions on two sounds. `blended`, `share` and `distance` describe a blend of them until one of them changes."""

    blended = Instance(AudioClip, allow_none=True, help="clip between two sounds")
    share = Float(0.0, help="share of the other sound in it, 0..1")
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
    def blend(self, sound: Sound, other: Sound, share: float) -> None:
        """Render the point `share` (0..1) of the way from a sound to another, within the first one's selection if
        there is one."""
        model, amount, known = self.context.need_model(), sound.source_amount, sound.decoded
        codes, chosen = sound.need_codes(), sound.areas if sound.selection or sound.more else ()
        edit = Edit("blend", {"other": other.need_codes(), "amount": share}, chosen, sound.frozen)
        mixed, whole = blend_sounds(codes, edit, model), None
        if self.context.quantized:
            if known is not None and known.codes is not None:
                whole = model.redecode(mixed.codes, known.codes, known.clip, amount)
            whole = whole or model.decode(mixed.codes, amount)
        for one in (sound, other):  # observed only once, however often this is called
            one.observe(self._changed, INGREDIENTS)
        self._blend = ShownBlend(sound, other, edit, mixed.codes, whole)
        self.set(share=share, distance=float(mixed.distance.mean()) if len(mixed.distance) else 0.0)
        self.blended = sound.renderer.cut(whole or decode_blend(mixed, model, amount), codes.seconds)

    @verb
    def keep_blend(self) -> None:
        """Apply the blend to its sound as a step that can be undone. Raises SdaError when there is no blend."""
        blend = needed(self._blend, "There is no blend yet; move the slider from A towards B first.")
        model = self.context.need_model()
        if blend.whole is not None:
            blend.sound.decoded = Decoded(blend.codes, blend.whole)
        self.drop_blend()
        words = blend.edit.description(blend.sound.need_codes(), model.level_names)
        blend.sound.steps.add(blend.edit, words, blend.codes)

    def drop_blend(self) -> None:
        """Discard the blend, if there is one."""
        self._blend = None
        self.set(blended=None, share=0.0)

    def _changed(self, change: Any) -> None:
        blend, owner = self._blend, change.owner
        if blend is not None and (owner is blend.sound or (owner is blend.other and change.name == "codes")):
            self.drop_blend()
