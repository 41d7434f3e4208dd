"""Sound player: the player of a session's sounds, before and after their edits."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sda_widgets.common.form_controls import watch
from sda_widgets.listen.player import Player
from sda_widgets.listen.spectrogram_sender import SpectrogramSender
from sda_widgets.listen.take_matching import TakeMatching
from sda_widgets.session.context import NO_SOUND
from sda_widgets.session.session import Session
from sda_widgets.session.sound import Sound

if TYPE_CHECKING:
    from sda_lib.audio.clip import AudioClip

ORIGINAL, EDITED, BLEND = "Original", "Edited", "Blend"


class SoundPlayer(Player):
    """View of `session.sound.original` and `session.sound.clip`, of further sounds, and of a blend. It moves the
    playheads of the session's grids."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._matching = TakeMatching()
        for act in ("play", "loop", "next_take"):
            session.page_acts.provide(act, partial(self._ask, act), self._why_silent)
        session.sound.observe(lambda _change: self.resend(), "original")
        session.sound.observe(lambda change: self._put_edited(change.new), "clip")
        for other in session.sounds[1:]:
            self._follow(other)
        session.observe(lambda change: self._change_sounds(change.old, change.new), "sounds")
        session.compare.observe(lambda change: self._put(BLEND, change.new, select=True), "blended")
        session.listening.observe(lambda _change: self.resend(), "test")
        session.listening.observe(lambda _change: self._match(), "is_matched")
        session.sound.observe(lambda change: self._mark_selection(change.owner), "selection")
        self.observe(lambda change: setattr(session.sound, "position", change.new), "position")
        watch(lambda: self.set_trait("playheads", list(session.playheads)), (session, "playheads"))
        self.has_spectrogram = True
        self.spectrogram = SpectrogramSender(self, session)

    def _ask(self, act: str) -> None:
        """Let the browser's side do an act of its keys."""
        self.send({"kind": "act", "act": act})

    def _why_silent(self) -> str:
        return "" if self.takes else NO_SOUND

    def resend(self) -> None:
        """Send all takes again, for a new sound, a newly opened view, or a round of a blind test."""
        self.clear()
        self.spectrogram.forget()
        self.region, self.levels = [], {}
        self.blind = self.session.listening.test is not None
        if self.blind:
            for label, clip in self.session.listening.takes.items():
                self.put(label, clip)
            return
        sound, *others = self.session.sounds
        self._put(ORIGINAL, sound.original)
        self._put_edited(sound.clip)
        for other in others:
            self._put(other.name, other.clip)
        self._put(BLEND, self.session.compare.blended, select=True)

    def _put(self, name: str, clip: AudioClip | None, select: bool = False) -> None:
        """Send a take, except during a blind test, after which all are sent."""
        if self.session.listening.test is None:
            self.put(name, clip, select)
            self._match()
            self.spectrogram.look()

    def _match(self) -> None:
        """Set the gains by which the takes are equally loud, if they are to be."""
        if not self.blind:
            self.levels = self._matching.gains(self.takes) if self.session.listening.is_matched else {}

    def _put_edited(self, clip: AudioClip | None) -> None:
        """Send the edited sound, and the rate at which its frames play: an edit can change it."""
        if (codes := self.session.sound.codes) is not None:
            self.frame_rate, self.first_frame = codes.frame_rate, codes.frame_of(0.0)
        self._put(EDITED, clip, select=True)

    def _change_sounds(self, before: tuple[Sound, ...], now: tuple[Sound, ...]) -> None:
        """Add and remove the takes of further sounds, which play in lock-step with the first."""
        for sound in (one for one in before if one not in now):
            self._put(sound.name, None)
        for sound in (one for one in now if one not in before):
            self._follow(sound)
            self._put(sound.name, sound.clip)

    def _follow(self, sound: Sound) -> None:
        """Send what a further sound becomes; once, however often the sound is added."""
        sound.observe(self._on_clip, "clip")
        sound.observe(self._on_selection, "selection")

    def _on_clip(self, change: Any) -> None:
        if change.owner in self.session.sounds:
            self._put(change.owner.name, change.new, select=True)

    def _on_selection(self, change: Any) -> None:
        if change.owner in self.session.sounds:
            self._mark_selection(change.owner)

    def _mark_selection(self, sound: Sound) -> None:
        """Set the loop region to the selected frames of the grid in which frames were selected last."""
        if sound.selection is None:
            self.region = []
        else:
            _levels, frames = sound.selection
            self.region = [max(0.0, (frame - self.first_frame) / self.frame_rate) for frame in frames]
