"""Loudness match of the player's takes, each of which is measured once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sda_lib.comparison.loudness_match import Level, match_levels

if TYPE_CHECKING:
    from sda_lib.audio.clip import AudioClip


class TakeMatching:
    """The clips that were measured last, and their levels."""

    def __init__(self) -> None:
        self._known: list[tuple[AudioClip, Level]] = []

    def gains(self, takes: Mapping[str, AudioClip]) -> dict[str, float]:
        """Return the gains in dB by which takes are equally loud, by name, in steps of 0.01 dB."""
        levels = {id(clip): level for clip, level in self._known}
        for clip in takes.values():
            if id(clip) not in levels:
                levels[id(clip)] = Level.of(clip)
        self._known = [(clip, levels[id(clip)]) for clip in takes.values()]
        match = match_levels([level for _, level in self._known])
        return {name: round(gain, 2) for name, gain in zip(takes, match.gains_db, strict=True)}
