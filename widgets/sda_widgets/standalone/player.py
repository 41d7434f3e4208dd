"""Player: hear sounds in a notebook, alone or against each other."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from ipywidgets import link
from traitlets import Bool, Float, List, Unicode

from sda_lib.comparison.compared import ComparedSounds
from sda_lib.comparison.loudness_match import MOST
from sda_lib.display.comparisons import sounds_view
from sda_lib.errors import SdaError
from sda_widgets.common.form_controls import Card
from sda_widgets.listen import player
from sda_widgets.listen.sound_player import SoundPlayer
from sda_widgets.session.session import Session
from sda_widgets.standalone.opening import AnyCodes, clip_any, session_of
from sda_widgets.standalone.root import Root

# Traits of the player in the page, which this widget has too.
SHARED = ("position", "loop", "region", "active")


class Player(Root):
    """Waveform, play, loop over a dragged region; several sounds play in lock-step, and X switches between them.

    Args:
        sounds: a clip, take, file, (samples, sample_rate) or codes with a model; or several of them by name.
        session: the session of another widget, whose sound plays before and after its edits, instead of `sounds`.
        **traits: first values of `loop`, `region` (seconds) and `active`.

    Raises SdaError for what is no sound, and unless there are either sounds or a session.

    Example:
        >>> player = Player({"recording": "sounds/bell.wav", "decoded": codes}, loop=True)
        >>> player.names, player.active, player.position, player.region
        (('recording', 'decoded'), 'recording', 0.0, [])
    """

    position = Float(0.0, help="playhead in seconds, some times a second while it plays; setting it seeks").tag(
        sync=True
    )
    loop = Bool(False, help="whether the region, or the whole sound, repeats").tag(sync=True)
    region = List(Float(), help="[start, end] in seconds, or []").tag(sync=True)
    active = Unicode(help="name of the sound that is heard").tag(sync=True)

    def __init__(
        self, sounds: AnyCodes | Mapping[str, AnyCodes] | None = None, *, session: Session | None = None, **traits: Any
    ) -> None:
        if (sounds is None) == (session is None):
            raise SdaError("A player gets either sounds or the session of another widget.")
        if session is not None:
            self.player: player.Player = SoundPlayer(session)
        else:
            self.player = _player_of(sounds if isinstance(sounds, Mapping) else {"Sound": sounds})
        super().__init__(session_of(session=session), [Card([self.player])])
        for name in SHARED:
            link((self.player, name), (self, name))
        for name, value in traits.items():
            setattr(self, name, value)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the sounds; those of a session are known once they are shown."""
        return tuple(self.player.takes)

    def still(self) -> str:
        """Return the sounds below each other."""
        takes = dict(itertools.islice(self.player.takes.items(), MOST))
        return sounds_view(ComparedSounds(takes, equally_loud=False)) if takes else ""


def _player_of(sounds: Mapping[str, Any]) -> player.Player:
    made = player.Player()
    for name, sound in sounds.items():
        made.put(str(name), clip_any(sound))
    made.active = next(iter(made.takes), "")
    return made
