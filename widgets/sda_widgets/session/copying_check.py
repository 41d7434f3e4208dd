"""Copying check of one sound: how much of what plays is a recording's own waveform."""

from __future__ import annotations

from dataclasses import dataclass, field

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Latents
from sda_lib.work_steps import Steps, WorkStep
from sda_lib.writers.options import GenerateOptions
from sda_widgets.session.context import NO_SOUND, needed
from sda_widgets.session.guard import verb
from sda_widgets.session.long_work import LongWork
from sda_widgets.session.sound_traits import SoundPart

COMPARING = "comparing the sound with the recordings"


@dataclass(eq=False)
class CopyingCheck(SoundPart):
    """Measures a sound; the result is in words in the trait `copied`."""

    work: LongWork = field(init=False)

    def __post_init__(self) -> None:
        self.work = LongWork(self.context, "The copies could not be measured.", "The copies were not measured.")
        self.sound.observe(lambda _change: self.work.stop(), "clip")

    @verb
    def measure(self) -> None:
        """Measure the sound as it plays. A warning is added where it exceeds what the novelty of its options implies.

        Raises SdaError without a sound, and for a model without recordings.
        """
        from sda_lib.sliders.settings import moved_latents

        sound, model = self.sound, self.context.need_model()
        clip = needed(sound.clip, NO_SOUND)
        base = moved_latents(model, sound.need_settings()) if sound.codes is None else sound.codes
        options = sound.history.steps[0].action
        novelty = options.novelty if isinstance(options, GenerateOptions) else None
        self.work.start(_copies(model, base, clip, novelty), lambda words: sound.set(copied=words), COMPARING)


def _copies(model: SdaModel, base: Codes | Latents, clip: AudioClip, novelty: float | None) -> Steps[str]:
    """Measure a sound and describe the result in words."""
    from sda_lib.writers.provenance import own_waveform
    from sda_lib.writers.waveform_copying import copying_warning

    yield WorkStep(0.0, COMPARING)
    own = own_waveform(model, base, [clip.samples])
    warning = "" if novelty is None else copying_warning(own, novelty)
    return " ".join(filter(None, (own.sentence, warning)))
