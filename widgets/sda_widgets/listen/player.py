"""Player: play one or several takes in the browser's audio engine, and switch between them without a gap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from traitlets import Bool, Dict, Enum, Float, List, Unicode

from sda_widgets.common.browser_widget import BrowserWidget, keys_trait
from sda_widgets.common.keys import LEANINGS, PAGE, TAKES, WAVEFORM
from sda_widgets.listen.pcm import pcm16
from sda_widgets.listen.take_levels import TakeLevels

if TYPE_CHECKING:
    from sda_lib.audio.clip import AudioClip


class Player(BrowserWidget):
    """Takes by name, played in lock-step: waveform, play, loop, region, switching of takes."""

    position = Float(0.0, help="playhead, seconds; setting it seeks").tag(sync=True)
    loop = Bool(False).tag(sync=True)
    region = List(Float(), help="[start, end] in seconds, or []").tag(sync=True)
    active = Unicode(help="name of the take that is heard").tag(sync=True)
    frame_rate = Float(1.0).tag(sync=True)
    first_frame = Float(0.0, help="position in the grid, in frames, at which the sound begins").tag(sync=True)
    gain_db = Float(0.0, help="gain of all takes in dB, 0 or less: none exceeds full scale").tag(sync=True)
    levels = Dict(help="gains in dB by which takes are heard equally loud, by name; empty: all at gain_db").tag(
        sync=True
    )
    blind = Bool(False, help="whether nothing is shown that tells the takes apart").tag(sync=True)
    keymap, wave_keymap, takes_keymap = keys_trait(PAGE), keys_trait(WAVEFORM), keys_trait(TAKES)
    leanings_keymap = keys_trait(LEANINGS)
    view = Enum(("waveform", "spectrogram"), "waveform", help="which picture is shown").tag(sync=True)
    has_spectrogram = Bool(False, help="whether there is the other picture").tag(sync=True)
    is_computing = Bool(False, help="whether more of the spectrogram is to come, for which the page asks").tag(
        sync=True
    )
    window = List(Float(), help="[first, last] second that the spectrogram shows; []: all").tag(sync=True)
    playheads = List(Unicode(), help="bqplot Lines that the page moves while it plays").tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self._sent: dict[str, AudioClip | None] = {}  # the clip of each take that the page has
        self._levels = TakeLevels()
        self.on_message(self._receive)

    @property
    def takes(self) -> dict[str, AudioClip]:
        """The takes by name."""
        return {name: clip for name, clip in self._sent.items() if clip is not None}

    def _receive(self, message: dict[str, Any]) -> None:
        if message["kind"] == "mounted":
            self.resend()

    def resend(self) -> None:
        """Send all takes again, to a newly opened view."""
        takes = self.takes
        self.clear()
        for name, clip in takes.items():
            self.put(name, clip, select=name == self.active)

    def clear(self) -> None:
        """Remove all takes, for a new sound."""
        self.send({"kind": "clear"})
        self._sent = {}
        self._levels.clear()

    def put(self, name: str, clip: AudioClip | None, select: bool = False) -> None:
        """Send a take, or drop it; if the page has one of that name and length, send only the changed samples.

        select: whether the take becomes the active one.
        """
        before, self._sent[name] = self._sent.get(name), clip
        if clip is None:
            if before is not None:
                self._levels.drop(name)
                self.send({"kind": "drop", "name": name})
            return
        first, end = changed_range(before, clip)
        scale, is_new = self._levels.fit(name, clip, first, end)
        self.gain_db = self._levels.gain_db  # before the samples, so that they are never too loud
        message: dict[str, Any] = {"name": name, "select": select}
        if is_new or not have_one_shape(before, clip):
            facts = {"channels": clip.channels, "rate": clip.sample_rate, "scale": scale}
            self.send({"kind": "take", **facts, **message}, buffers=[pcm16(clip.samples, scale)])
        else:
            self.send({"kind": "patch", "at": first, **message}, buffers=[pcm16(clip.samples[:, first:end], scale)])
        self._levels.refine(name, clip, first, end)
        self.gain_db = self._levels.gain_db


def have_one_shape(one: AudioClip | None, other: AudioClip) -> bool:
    """Return whether two clips have as many channels and samples, at one rate."""
    return one is not None and (one.samples.shape, one.sample_rate) == (other.samples.shape, other.sample_rate)


def changed_range(before: AudioClip | None, clip: AudioClip) -> tuple[int, int]:
    """Return samples first..end outside which two clips of one shape are equal; (0, 0) if equal, all for others."""
    if before is None or not have_one_shape(before, clip):
        return 0, clip.length
    places = np.flatnonzero((before.samples != clip.samples).any(0))
    return (int(places[0]), int(places[-1]) + 1) if len(places) else (0, 0)
