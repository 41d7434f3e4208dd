"""Player: play the sound before and after the edits, in the browser's audio engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from traitlets import Bool, Float, List, Unicode

from sda_widgets.common.browser_widget import BrowserWidget
from sda_widgets.listen.pcm import pcm16
from sda_widgets.listen.take_levels import TakeLevels
from sda_widgets.session.session import Session
from sda_widgets.session.sound import Sound

if TYPE_CHECKING:
    import bqplot as bq

    from sda_lib.audio.clip import AudioClip

ORIGINAL, EDITED, BLEND = "Original", "Edited", "Blend"


class Player(BrowserWidget):
    """View of `session.sound.original` and `session.sound.clip`: waveform, play, loop, region, switching of takes."""

    position = Float(0.0).tag(sync=True)
    loop = Bool(False).tag(sync=True)
    region = List(Float(), help="[start, end] in seconds, or []").tag(sync=True)
    frame_rate = Float(1.0).tag(sync=True)
    first_frame = Float(0.0, help="position in the grid, in frames, at which the sound begins").tag(sync=True)
    gain_db = Float(0.0, help="gain of all takes in dB, 0 or less: none exceeds full scale").tag(sync=True)
    playheads = List(Unicode(), help="bqplot Lines that the page moves while it plays").tag(sync=True)

    def __init__(self, session: Session, playheads: tuple[bq.Lines, ...] = ()) -> None:
        super().__init__(playheads=[f"IPY_MODEL_{mark.model_id}" for mark in playheads])
        self.session = session
        self._own_playheads = list(self.playheads)
        self._sent: dict[str, AudioClip | None] = {}  # the clip of each take that the page has
        self._levels = TakeLevels()
        self.on_message(self._receive)
        session.sound.observe(lambda _change: self._push_all(), "original")
        session.sound.observe(lambda change: self._push_edited(change.new), "clip")
        session.observe(lambda change: self._change_sounds(change.old, change.new), "sounds")
        session.compare.observe(lambda change: self._push(BLEND, change.new), "blended")
        session.sound.observe(lambda change: self._mark_selection(change.owner), "selection")
        self.observe(lambda change: setattr(session.sound, "position", change.new), "position")

    def _receive(self, message: dict[str, Any]) -> None:
        if message["kind"] == "mounted":
            self._push_all()

    def _push_all(self) -> None:
        """Send all takes again, for a new sound or a newly opened view."""
        self.send({"kind": "clear"})
        self._sent = {}
        self._levels.clear()
        self.region = []
        sound, *others = self.session.sounds
        self._push(ORIGINAL, sound.original)
        self._push_edited(sound.clip)
        for other in others:
            self._push(other.name, other.clip, select=False)
        self._push(BLEND, self.session.compare.blended)

    def _push_edited(self, clip: AudioClip | None) -> None:
        """Send the edited sound, and the rate at which its frames play: an edit can change it."""
        if (codes := self.session.sound.codes) is not None:
            self.frame_rate, self.first_frame = codes.frame_rate, codes.frame_of(0.0)
        self._push(EDITED, clip)

    def _change_sounds(self, before: tuple[Sound, ...], now: tuple[Sound, ...]) -> None:
        """Add and remove the takes of further sounds, which play in lock-step with the first."""
        for sound in set(before) - set(now):
            self._push(sound.name, None)
        for sound in set(now) - set(before):
            sound.observe(self._on_clip, "clip")  # once, however often the sound is added
            sound.observe(self._on_selection, "selection")
            self._push(sound.name, sound.clip, select=False)

    def _on_clip(self, change: Any) -> None:
        if change.owner in self.session.sounds:
            self._push(change.owner.name, change.new)

    def _on_selection(self, change: Any) -> None:
        if change.owner in self.session.sounds:
            self._mark_selection(change.owner)

    def follow(self, *marks: bq.Lines) -> None:
        """Move these playheads too, besides the player's own; without arguments, only those."""
        self.playheads = [*self._own_playheads, *(f"IPY_MODEL_{mark.model_id}" for mark in marks)]

    def _push(self, name: str, clip: AudioClip | None, select: bool | None = None) -> None:
        """Send a take, or drop it; if the page has one of that name and length, send only the changed samples."""
        before, self._sent[name] = self._sent.get(name), clip
        if clip is None:
            if before is not None:
                self._levels.drop(name)
                self.send({"kind": "drop", "name": name})
            return
        first, end = changed_range(before, clip)
        scale, is_new = self._levels.fit(name, clip, first, end)
        self.gain_db = self._levels.gain_db  # before the samples, so that they are never too loud
        message: dict[str, Any] = {"name": name, "select": name != ORIGINAL if select is None else select}
        if is_new or not have_one_shape(before, clip):
            facts = {"channels": clip.channels, "rate": clip.sample_rate, "scale": scale}
            self.send({"kind": "take", **facts, **message}, buffers=[pcm16(clip.samples, scale)])
        else:
            self.send({"kind": "patch", "at": first, **message}, buffers=[pcm16(clip.samples[:, first:end], scale)])
        self._levels.refine(name, clip, first, end)
        self.gain_db = self._levels.gain_db

    def _mark_selection(self, sound: Sound) -> None:
        """Set the loop region to the selected frames of the grid in which frames were selected last."""
        if sound.selection is None:
            self.region = []
        else:
            _levels, frames = sound.selection
            self.region = [max(0.0, (frame - self.first_frame) / self.frame_rate) for frame in frames]


def have_one_shape(one: AudioClip | None, other: AudioClip) -> bool:
    """Return whether two clips have as many channels and samples, at one rate."""
    return one is not None and (one.samples.shape, one.sample_rate) == (other.samples.shape, other.sample_rate)


def changed_range(before: AudioClip | None, clip: AudioClip) -> tuple[int, int]:
    """Return samples first..end outside which two clips of one shape are equal; (0, 0) if equal, all for others."""
    if before is None or not have_one_shape(before, clip):
        return 0, clip.length
    places = np.flatnonzero((before.samples != clip.samples).any(0))
    return (int(places[0]), int(places[-1]) + 1) if len(places) else (0, 0)
