"""Rendering of one sound: decodes its codes or moved latents, and of an edited sound only the part that changed."""

from collections.abc import Iterator

import sda_lib
from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.sessions.playback import Playback, render_in_parts, trim_end
from sda_lib.sliders.settings import SliderSettings
from sda_widgets.session.sound_traits import Decoded, SoundPart


class Renderer(SoundPart):
    """Turns the codes or sliders of a sound into clips."""

    @property
    def playback(self) -> Playback:
        """The playback settings, for exports and session files."""
        return Playback(self.sound.source_amount, self.context.quantized, self.sound.fades)

    def render(self, codes: Codes | None, settings: SliderSettings | None = None) -> AudioClip:
        """Return the clip of codes, or of sliders if quantizing is off."""
        *_, clip = self.parts(codes, settings or sda_lib.SliderSettings(codes))
        return clip

    def parts(self, codes: Codes | None, settings: SliderSettings, at: float | None = None) -> Iterator[AudioClip]:
        """Yield the clip of codes or sliders; if decoding takes long, first with the part around second `at` alone."""
        sound, model, known = self.sound, self.context.need_model(), self.sound.decoded
        if codes is not None and (self.context.quantized or settings.is_neutral):
            latents, seconds = model.as_latents(codes), codes.seconds
            changed = model.changed_frames(codes, known.codes if known else None, sound.source_amount)
        else:
            latents, seconds, changed, codes = sda_lib.moved_latents(model, settings), sound.seconds, None, None
        sound.decoded = None  # if decoding fails midway, the buffer is a mixture of two sounds
        before, clip = known.clip if known else None, None
        for clip in render_in_parts(model, latents, before, changed, at, sound.source_amount):
            yield self.cut(clip, seconds)
        sound.decoded = Decoded(codes, clip) if clip else None

    def cut(self, whole: AudioClip, seconds: float) -> AudioClip:
        """Cut a clip of whole frames to `seconds`, with the sound's kind of ending."""
        return trim_end(whole, seconds, self.sound.fades)

    def set_source(self, amount: float) -> None:
        """Set the amount of the corpus' own grains in the sound, 0..1, and render it again."""
        sound = self.sound
        sound.source_amount = float(amount)
        if sound.settings is None:
            return
        if sound.codes is not None and sound.written is not None:
            sound.decoded = None
            original = self.render(sound.written)
        elif sound.recording is not None:
            original = self.context.need_model().reconstruct(sound.recording, sound.source_amount)
        else:
            original = self.render(sound.codes, sda_lib.SliderSettings(sound.settings.base))
        sound.set(original=original, clip=self.render(sound.codes, sound.settings))

    def refresh(self) -> None:
        """Render a moved sound again, after quantizing was switched on or off."""
        sound = self.sound
        if sound.settings is not None and not sound.settings.is_neutral:
            sound.decoded = None
            sound.clip = self.render(sound.codes, sound.settings)
