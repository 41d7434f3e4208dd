"""Sound pictures: all sounds of the page as pictures that play."""

from __future__ import annotations

from sda_lib.audio.scan import outline_of
from sda_widgets.common.form_controls import Card, show_if, watch
from sda_widgets.files.sound_tiles import Row, SoundTiles
from sda_widgets.session.session import MIX, Session
from sda_widgets.session.sound import Sound


class SoundPictures(Card):
    """View of `session.sounds`, drawn while its place is shown: an edit elsewhere need not wait for it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._watched: set[str] = set()
        self.tiles = SoundTiles(self._play, session.previews.stop)
        super().__init__([self.tiles], "sda-sound-pictures")
        watch(self._watch, (session, "sounds"))
        watch(self._draw, (session, "sounds place"))

    def _watch(self) -> None:
        """Follow further sounds; those that were removed are used again."""
        for sound in self.session.sounds:
            if sound.name not in self._watched:
                self._watched.add(sound.name)
                sound.observe(lambda _change: self._draw(), ["clip", "title"])

    def _draw(self) -> None:
        if self.session.place not in ("", MIX):
            return
        self.tiles.rows = [row for sound in self.session.sounds if (row := sound_row(sound)) is not None]
        show_if(self.tiles.rows, self)

    def _play(self, name: str) -> None:
        clips = {sound.name: sound.clip for sound in self.session.sounds if sound.clip is not None}
        self.session.previews.play(clips[name], *clips.values())


def sound_row(sound: Sound) -> Row | None:
    """Return a sound as a row for the page, which only inserts it as text; None before it has samples."""
    clip = sound.clip
    if clip is None:
        return None
    cell = {"key": sound.name, "label": sound.name, "seconds": clip.seconds, "outline": outline_of(clip).tolist()}
    return {"title": sound.title, "detail": f"{clip.seconds:.2f} s", "tags": [], "cells": [cell]}
