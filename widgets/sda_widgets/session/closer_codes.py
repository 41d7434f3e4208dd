"""Closer codes of one sound: found in the background after a file was opened, and added to its history as a step."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.model.encoding import SEARCHING, THOROUGH_SECONDS
from sda_lib.sessions.history import History
from sda_lib.sliders.settings import moved_codes
from sda_widgets.session.guard import verb
from sda_widgets.session.long_work import LongWork
from sda_widgets.session.sound_traits import SoundPart
from sda_widgets.session.steps import Steps

STEP = "closer codes"
FOUND = "closer codes found; Undo brings back the first ones"
FAILED = "Closer codes could not be found."
CANCELED = "Canceled; the sound keeps its first codes."


@dataclass(eq=False)
class CloserCodes(SoundPart):
    """Finds codes that decode closer to an opened file. The search ends as soon as the sound is changed."""

    steps: Steps
    work: LongWork = field(init=False)

    def __post_init__(self) -> None:
        self.work = LongWork(self.context, FAILED, CANCELED, brief=True)
        self.sound.observe(lambda _change: self.work.stop(), "history")

    def find(self, recording: AudioClip) -> None:
        """Begin to find codes of the recording that the sound was made from, unless that is too long.

        They become a step at the page's next heartbeat, if the sound is unchanged by then.
        """
        if recording.seconds > THOROUGH_SECONDS:
            return
        history, deliver = self.sound.history, self.context.deliveries.append
        steps = self.context.need_model().encode_in_steps(recording)
        self.work.start(steps, lambda codes: deliver(lambda: self._offer(codes, history)), SEARCHING)

    def close(self) -> None:
        """End the search, and wait until its thread has ended. Must not be called inside an action (deadlock)."""
        self.work.stop()
        if self.work.thread is not None:
            self.work.thread.join()

    def _offer(self, codes: Codes, history: History) -> None:
        """Add codes found for a sound with this history, if it still is that sound and they are other ones."""
        written = self.sound.written
        if self.sound.history is history and written is not None and not codes.is_same(written):
            self._add(codes)

    @verb
    def _add(self, codes: Codes) -> None:
        """Add codes as a step. Sliders stay where they are, and move the new codes."""
        settings = replace(self.sound.need_settings(), base=codes)
        state = self.steps.state(moved_codes(self.context.need_model(), settings), settings)
        self.steps.show(self.sound.history.add(settings, STEP, state))
        self.context.notice = FOUND
