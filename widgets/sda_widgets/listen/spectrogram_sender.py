"""Spectrogram sender: sends the page the spectrogram of the take that is heard, and passes on what is done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from traitlets import directional_link

from sda_lib.analysis.level_bytes import LOWEST_DB, STEP_DB
from sda_lib.codec.codes import Codes
from sda_lib.prior.gaussian import Latents
from sda_lib.sliders.settings import moved_latents
from sda_widgets.common.form_controls import watch
from sda_widgets.listen.player import Player
from sda_widgets.session.session import Session
from sda_widgets.session.sound import Sound
from sda_widgets.session.spectrogram_work import Leaning, Spectrogram

if TYPE_CHECKING:
    from sda_lib.audio.clip import AudioClip

Message = dict[str, Any]


class SpectrogramSender:
    """The page's spectrogram of `player`, whose takes are the session's sounds. Nothing is computed while the waveform
    is shown, or in a blind test, where takes must look alike."""

    def __init__(self, player: Player, session: Session) -> None:
        self.player, self.session = player, session
        self._sent: Spectrogram | None = None  # the last one of which the page has what is known
        player.on_message(self._receive)
        player.observe(lambda _change: self.look(), ["view", "active", "blind"])
        session.spectrograms.observe(lambda change: self._send(change.new), "shown")
        directional_link((session.spectrograms, "is_computing"), (player, "is_computing"))
        watch(lambda: player.set_trait("window", _window(session.sound)), (session.sound, "viewport codes"))

    def look(self) -> None:
        """Look at the take that is heard, if its spectrogram is to be shown."""
        clip = self.player.takes.get(self.player.active)
        if clip is None or self.player.view != "spectrogram" or self.player.blind:
            self.session.spectrograms.stop()
        else:
            self.session.spectrograms.look_at(clip, self._content(self.player.active, clip))

    def forget(self) -> None:
        """Send everything again: the page has no takes any more."""
        self._sent = None
        self.session.spectrograms.stop()

    def _content(self, name: str, clip: AudioClip) -> Codes | Latents | None:
        """Return the codes or latents of a take; None for one that is not a sound of the session's own."""
        for sound in self.session.sounds:
            if sound.clip is clip:
                return _content_of(sound)
            if sound.original is clip:
                return sound.written
        return None

    def _send(self, shown: Spectrogram | None) -> None:
        """Send what is new of a spectrogram."""
        before, self._sent = self._sent, shown
        if shown is None:
            return
        known = before if before is not None and before.clip is shown.clip else Spectrogram(shown.clip)
        name = self.player.active
        if shown.levels is not None and shown.onsets is not None and shown.levels is not known.levels:
            self.player.send(*_levels_message(name, shown))
        if shown.pitch is not None and shown.pitch is not known.pitch:
            pitch = np.ascontiguousarray(shown.pitch, np.float32).tobytes()
            self.player.send({"kind": "pitch", "name": name}, [pitch])
        if shown.leanings is not None and shown.leanings is not known.leanings:
            self.player.send({"kind": "leanings", "name": name, "leanings": [_plain(one) for one in shown.leanings]})

    def _receive(self, message: Message) -> None:
        kind, viewing = message["kind"], self.session.sound.viewing
        if kind == "beat":
            self.session.spectrograms.deliver()
        elif kind == "leaning":
            self.session.spectrograms.play_leaning(str(message["name"]), float(message["position"]))
        elif kind == "pan":
            viewing.pan(message["delta"])
        elif kind == "zoom":
            viewing.zoom(message["delta"], message["x"])


def _content_of(sound: Sound) -> Codes | Latents | None:
    """Return the codes that a sound plays, or the latents of one that has none."""
    if sound.codes is not None or sound.settings is None or sound.context.model is None:
        return sound.codes
    return moved_latents(sound.context.model, sound.settings)


def _window(sound: Sound) -> list[float]:
    first, last = sound.viewing.seconds()
    return [first, last] if last > first else []


def _levels_message(name: str, shown: Spectrogram) -> tuple[Message, list[bytes]]:
    levels, onsets = shown.levels, shown.onsets
    assert levels is not None
    assert onsets is not None
    bands, columns = levels.levels.shape
    low, high = levels.limits_hz
    facts = {
        "bands": bands, "columns": columns, "step": levels.seconds, "low": low, "high": high,
        "lowest_db": LOWEST_DB, "step_db": STEP_DB,
    }  # fmt: skip
    message = {"kind": "levels", "name": name, "onsets": onsets.tolist(), **facts}
    return message, [np.ascontiguousarray(levels.levels).tobytes()]


def _plain(one: Leaning) -> dict[str, float | str]:
    return {"begin": one.begin, "end": one.end, "name": one.name, "position": one.position, "color": one.color}
