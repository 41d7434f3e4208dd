"""Compared sounds: what a table, a report and a display show of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sda_lib.audio.clip import AudioClip
from sda_lib.comparison.difference import Difference, difference, spectrograms
from sda_lib.comparison.loudness_match import CEILING_DB, MOST, Level, LoudnessMatch, match_levels, matched, one_gain
from sda_lib.comparison.measures import UNITS, Distance, distance, measures_of
from sda_lib.errors import SdaError


@dataclass(frozen=True, eq=False)
class ComparedSounds:
    """Sounds by name, 1 to 26, of which the first is the one to compare with.

    Args:
        clips: the sounds as they are.
        equally_loud: whether every sound gets the gain that makes all equally loud; else all get one gain, by which
            none exceeds the ceiling.
        ceiling_db: largest true peak of the sounds that play, in dB of full scale.

    Raises SdaError for no sound and for more than 26.
    """

    clips: Mapping[str, AudioClip]
    equally_loud: bool = True
    ceiling_db: float = CEILING_DB

    def __post_init__(self) -> None:
        if not 1 <= len(self.clips) <= MOST:
            raise SdaError(f"A comparison takes two to {MOST} sounds, not {len(self.clips)}.")

    @cached_property
    def levels(self) -> dict[str, Level]:
        """How loud every sound is."""
        return {name: Level.of(clip) for name, clip in self.clips.items()}

    @cached_property
    def match(self) -> LoudnessMatch:
        """The gains that the sounds get."""
        levels = list(self.levels.values())
        return match_levels(levels, self.ceiling_db) if self.equally_loud else one_gain(levels, self.ceiling_db)

    @cached_property
    def matched(self) -> dict[str, AudioClip]:
        """The sounds with their gains."""
        return dict(zip(self.clips, matched(list(self.clips.values()), self.match), strict=True))

    @cached_property
    def spectrograms(self) -> dict[str, np.ndarray]:
        """Levels of the matched sounds in dB of full scale [band, frame], all as long as the longest sound."""
        return dict(zip(self.clips, spectrograms(list(self.matched.values())), strict=True))

    @cached_property
    def measures(self) -> dict[str, dict[str, float]]:
        """The measures of every sound by its name and theirs, with the units of UNITS."""
        gains = zip(self.clips.items(), self.match.before, self.match.gains_db, strict=True)
        return {name: self._measured(name, clip, before, gain) for (name, clip), before, gain in gains}

    @cached_property
    def differences(self) -> dict[str, Difference]:
        """The difference of every further sound from the first, with their gains."""
        (_, first), *others = self.matched.items()
        return {name: difference(first, clip) for name, clip in others}

    @cached_property
    def distances(self) -> dict[str, Distance]:
        """How far every further sound is from the first, with their gains."""
        first = next(iter(self.matched.values()))
        return {name: distance(first, self.matched[name], found) for name, found in self.differences.items()}

    @property
    def silent(self) -> tuple[str, ...]:
        """Names of the sounds that are too quiet to be matched."""
        return tuple(name for name, level in self.levels.items() if level.is_silent)

    def _measured(self, name: str, clip: AudioClip, before: float, gain: float) -> dict[str, float]:
        found = {**measures_of(clip), "loudness": before, "gain": gain, "true peak": self.levels[name].true_peak_db}
        return {one: found[one] for one in UNITS}
