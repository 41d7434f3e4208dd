"""Sources: the recordings that a sound is made of."""

from __future__ import annotations

from traitlets import Tuple

from sda_lib.audio.clip import AudioClip
from sda_lib.maps.corpus_map import recording_part
from sda_lib.model.model import SdaModel
from sda_lib.sliders.settings import moved_latents
from sda_lib.work_steps import Steps, WorkStep
from sda_lib.writers.provenance import RecordingShare, SourceSpan, recording_shares, trace
from sda_lib.writers.take import Sound as SoundContent
from sda_widgets.session.context import Context, needed
from sda_widgets.session.guard import errors_as_sentences, verb
from sda_widgets.session.long_work import LongWork
from sda_widgets.session.previews import Previews
from sda_widgets.session.sound import Sound

FINDING = "finding the recordings nearest to the sound"


class Sources(LongWork):
    """`shares` are the recordings of a sound, those that most of it is nearest to first, until the sound changes."""

    shares = Tuple(help="the recordings (RecordingShare)")

    def __init__(self, context: Context, previews: Previews) -> None:
        super().__init__(context, "The sources could not be found.", "The sources were not looked for.")
        self._previews = previews
        self._followed: set[int] = set()

    @verb
    def find(self, sound: Sound) -> None:
        """Find the recordings of a sound. Raises SdaError without a sound, and for a model without recordings."""
        model = self.context.need_model()
        needed(sound.clip)
        if id(sound) not in self._followed:
            self._followed.add(id(sound))
            sound.observe(lambda _change: self.clear(), "clip")
        self.clear()
        content = moved_latents(model, sound.need_settings()) if sound.codes is None else sound.codes
        self.start(_traced(model, content), lambda shares: self.set(shares=shares), FINDING)

    def clear(self) -> None:
        """Show no recordings: the sound is another one."""
        self.stop()
        self.shares = ()

    def play(self, passage: SourceSpan) -> None:
        """Play what is recorded there."""
        with self.context.lock, errors_as_sentences(self.context.report, "That could not be played."):
            self._previews.play(self.recorded(passage))

    def recorded(self, passage: SourceSpan) -> AudioClip:
        """Return what a recording has where a passage of the sound is nearest to it."""
        seconds = passage.end - passage.begin
        return recording_part(self.context.need_model(), passage.file, passage.position, seconds)


def _traced(model: SdaModel, content: SoundContent) -> Steps[tuple[RecordingShare, ...]]:
    yield WorkStep(0.0, FINDING)
    return recording_shares(trace(model, content))
