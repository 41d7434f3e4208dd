"""New sounds: generate, continue or open one, or take it from the model's recordings, in place of the current one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sda_lib
from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.maps import corpus_map
from sda_lib.writers.generate import resolved_sound
from sda_lib.writers.options import GenerateOptions
from sda_lib.writers.take import Sound
from sda_widgets.session.closer_codes import CloserCodes
from sda_widgets.session.guard import verb
from sda_widgets.session.renderer import Renderer
from sda_widgets.session.sliding import Sliding
from sda_widgets.session.sound_traits import SoundPart
from sda_widgets.session.steps import Steps


@dataclass(eq=False)
class Creating(SoundPart):
    """Replaces a sound by a new one. Slider steps that act on the whole sound are applied to the new one, too."""

    renderer: Renderer
    steps: Steps
    sliders: Sliding
    closer: CloserCodes

    @verb
    def continue_sound(self, options: GenerateOptions) -> None:
        """Append `options.seconds` to the current sound (`auto`: as long as a new sound). Slider steps that act on the
        whole sound also move the continuation; other slider changes are kept as part of the sound."""
        model = self.context.need_model()
        if model.discrete:
            self.sound.need_codes()
        settings = self.sound.need_settings()
        whole = settings.frames is None and not settings.curves
        moved = sda_lib.moved_codes if model.discrete else sda_lib.moved_latents
        given = moved(model, sda_lib.SliderSettings(settings.base) if whole else settings)
        self.generate(options, given, None if whole else {})

    @verb
    def generate(
        self, options: GenerateOptions, given: Sound | None = None, steps: Mapping[str, float] | None = None
    ) -> None:
        """Generate a sound, which continues `given` if there is any, and move it by slider steps; by default those
        that act on the whole of the sound before."""
        model, sound = self.context.need_model(), self.sound
        steps = self.sliders.whole_steps if steps is None else steps
        base, options = resolved_sound(model, options, given)
        self.steps.replace(f"{model.name} · seed {options.seed}", base, base.seconds, fades=True)
        self.steps.amend(self.steps.state(), options)
        sound.source_amount = options.source_amount
        self.sliders.begin(self.renderer.render(sound.codes, sound.settings), steps)

    @verb
    def load_file(self, path: str | Path, title: str = "") -> None:
        """Read and encode a sound file; the model's decoding of it plays. `title` is its name, or its file's."""
        recording = sda_lib.read_clip(path)
        self.load_clip(replace(recording, name=title or recording.name))

    @verb
    def load_clip(self, recording: AudioClip) -> None:
        """Encode a recording quickly; the model's decoding of it plays. Unless it is a part of one of the model's own
        recordings, closer codes are then found in the background."""
        model, sound, steps = self.context.need_model(), self.sound, self.sliders.whole_steps
        codes = model.encode(recording, "quick") if model.discrete else None
        self.steps.replace(recording.name, recording if codes is None else codes, recording.seconds)
        sound.recording = recording
        clip = model.reconstruct(recording, sound.source_amount) if codes is None else self.renderer.render(codes)
        self.sliders.begin(clip, steps)
        found = model.excerpt(model.encoded_latents(recording) if codes is None else codes)  # when the sound is out
        sound.excerpt = "" if found is None else str(found)
        if codes is not None and found is None:
            self.closer.find(recording)

    @verb
    def take_recording(self, number: int) -> None:
        """Make a recording of the model's memory the current sound."""
        model = self.context.need_model()
        self.take_codes(corpus_map.recording_name(model, number), corpus_map.recording(model, number))

    @verb
    def interpolate(self, one: int, other: int, share: float) -> None:
        """Make the point `share` (0..1) of the way between two recordings the current sound. Successive positions
        between the same two recordings, without edits in between, count as one sound for undo."""
        model = self.context.need_model()
        names = (corpus_map.recording_name(model, number) for number in (one, other))
        first, second = (corpus_map.recording(model, number) for number in (one, other))
        title = "{} → {} · {:.0%}".format(*names, share)
        self.take_codes(title, sda_lib.interpolated(model, first, second, share), ("between", one, other))

    def take_codes(
        self, title: str, codes: Codes, drag_key: tuple[Any, ...] | None = None, fades: bool = False
    ) -> None:
        """Make codes the current sound; `fades` as of `Steps.replace`."""
        steps = self.sliders.whole_steps
        self.steps.replace(title, codes, codes.seconds, fades, drag_key)
        self.sliders.begin(self.renderer.render(codes), steps)
