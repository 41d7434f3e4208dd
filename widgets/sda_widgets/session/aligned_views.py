"""Aligned views: all sounds of a session show the same seconds, so that their grids stand below each other."""

from __future__ import annotations

from typing import Any

from sda_widgets.session.context import Part
from sda_widgets.session.sound import Sound
from sda_widgets.session.viewport import WINDOW

# Frames by which two views may differ and count as one.
SAME = 1e-3


class AlignedViews(Part):
    """Follows the views of `sounds`. The one that moved leads, except that a further sound of another length takes the
    view that is there. A view of a whole sound reaches as far as the longest sound, up to WINDOW frames."""

    def __init__(self, session: Any) -> None:
        """`session` is the context whose trait `sounds` holds all sounds, the first one first."""
        super().__init__(session)
        self._session = session
        self._is_aligning = False
        session.observe(lambda _change: self._follow(), "sounds")
        self._follow()

    def _follow(self) -> None:
        for sound in self._session.sounds:
            sound.observe(self._on_view, "viewport")  # the same method is observed once
        if len(self._session.sounds) > 1:
            self._align(self._session.sounds[0])

    def _on_view(self, change: Any) -> None:
        sounds, moved = self._session.sounds, change.owner
        if self._is_aligning or len(sounds) < 2 or moved not in sounds or moved.codes is None:
            return
        has_new_length = change.old is not None and change.old.frames != change.new.frames
        self._align(sounds[0] if has_new_length else moved)

    def _align(self, leader: Sound) -> None:
        """Show the seconds of the leader's view in all sounds."""
        if leader.codes is None:
            return
        self._is_aligning = True
        try:
            self._widen(leader)
            first, end = leader.viewing.seconds()
            for sound in self._session.sounds:
                if sound is not leader and sound.codes is not None:
                    self._show(sound, sound.codes.frame_of(first), sound.codes.frame_of(end))
        finally:
            self._is_aligning = False

    def _widen(self, leader: Sound) -> None:
        """Let a view of a whole sound reach as far as the longest sound."""
        codes, view = leader.codes, leader.viewport
        if codes is None or view.first > 0 or view.width < codes.frames:
            return
        known = [sound.codes.seconds for sound in self._session.sounds if sound.codes is not None]
        self._show(
            leader, view.first, max(view.first + min(WINDOW, round(max(known) * codes.frame_rate)), codes.frames)
        )

    def _show(self, sound: Sound, first: float, end: float) -> None:
        view = sound.viewport
        if abs(view.first - first) + abs(view.end - end) > SAME:
            sound.viewport = view.spanning(first, end)
