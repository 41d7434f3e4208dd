"""Copying check of one sound: how much of what plays is a recording's own waveform."""

from __future__ import annotations

from dataclasses import dataclass

from sda_lib.writers.options import GenerateOptions
from sda_widgets.session.context import NO_SOUND, needed
from sda_widgets.session.guard import verb
from sda_widgets.session.sound_traits import SoundPart


@dataclass(eq=False)
class CopyingCheck(SoundPart):
    """Measures a sound; the result is in words in the trait `copied`."""

    @verb
    def measure(self) -> None:
        """Measure the sound as it plays. A warning is added where it exceeds what the novelty of its options implies.

        Raises SdaError without a sound, and for a model without recordings.
        """
        from sda_lib.sliders.settings import moved_latents
        from sda_lib.writers.provenance import own_waveform
        from sda_lib.writers.waveform_copying import copying_warning

        sound, model = self.sound, self.context.need_model()
        clip = needed(sound.clip, NO_SOUND)
        base = moved_latents(model, sound.need_settings()) if sound.codes is None else sound.codes
        own = own_waveform(model, base, [clip.samples])
        options = sound.history.steps[0].action
        warning = copying_warning(own, options.novelty) if isinstance(options, GenerateOptions) else ""
        sound.copied = " ".join(filter(None, (own.sentence, warning)))
