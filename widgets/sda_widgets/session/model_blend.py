"""Model blend: one new sound of the open model and another, mixed at equal loudness."""

from __future__ import annotations

from pathlib import Path

from traitlets import Float, Instance

import sda_lib
from sda_lib.audio.clip import AudioClip
from sda_lib.export.finish import Finish
from sda_lib.export.finishing import write_finished
from sda_lib.writers.mix_models import blend_in_steps
from sda_lib.writers.options import GenerateOptions
from sda_widgets.session.context import Context, needed
from sda_widgets.session.exporting import Exporting
from sda_widgets.session.guard import verb
from sda_widgets.session.long_work import LongWork
from sda_widgets.session.places import NUMBER, stem_of
from sda_widgets.session.previews import Previews

NOTHING = "There is no blend of models yet; press Blend and listen first."


class ModelBlend(LongWork):
    """`clip` is the blend that was made last; another model drops it."""

    clip = Instance(AudioClip, allow_none=True, help="the mixed sound")
    share = Float(0.5, help="share of the other model in it, 0..1")

    def __init__(self, context: Context, exports: Exporting, previews: Previews) -> None:
        super().__init__(context, "The models could not be blended.", "No blend was made.")
        self._exports, self._previews = exports, previews
        context.on_other_model(self._clear)

    @verb
    def make(self, path: str | Path, share: float, options: GenerateOptions) -> None:
        """Generate with the open model and the one of a file from the same options, mix both, and play the mix.

        share: that of the other model in the amplitude, 0..1. Raises SdaError for a file that is no model.
        """
        mine = self.context.need_model()
        other = sda_lib.SdaModel.load(self.context.places.checked(path))
        steps = blend_in_steps([mine, other], options, [1 - share, share])
        self.start(steps, lambda clip: self._take(clip, share), f"generating with {mine.name}")

    def _take(self, clip: AudioClip, share: float) -> None:
        self.set(clip=clip, share=share)
        self._previews.play(clip)

    def _clear(self) -> None:
        self.stop()
        self.clip = None

    @verb
    def play(self) -> None:
        """Play the mix again."""
        self._previews.play(needed(self.clip, NOTHING))

    @verb
    def write(self, finish: Finish | None = None, suffix: str = ".wav") -> Path:
        """Write the mix into the exports folder."""
        clip = needed(self.clip, NOTHING)
        path = self.context.places.exports / f"{stem_of(clip.name)}{suffix}"
        tags = {"title": clip.name, "models": clip.name, "share": f"{self.share:.4g}"}
        self._exports.path = write_finished(clip, path, finish, tags, NUMBER)
        return self._exports.path
