"""Sounds below each other, equally loud, with their differences; and the same without their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from sda_lib.api.clip import AnySound, AudioClip, clip_of
from sda_lib.api.names import PublicNames
from sda_lib.audio import clip as core
from sda_lib.comparison.blind import AbxTrials, BlindVotes, new_seed, result_in_words
from sda_lib.comparison.blind import BlindTest as Votes
from sda_lib.comparison.compared import ComparedSounds
from sda_lib.comparison.difference import Difference
from sda_lib.comparison.disguise import disguised
from sda_lib.display.comparisons import blind_view, comparison_view, write_comparison
from sda_lib.display.page import page
from sda_lib.errors import SdaError

if TYPE_CHECKING:
    from sda_lib.writers.take import Take

AnyCompared: TypeAlias = "AnySound | Take"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Comparison(PublicNames, Mapping[str, AudioClip]):
    """Sounds by name, shown and played equally loud below each other, with their differences from the first.

    Args:
        clips: 1 to 26 sounds by name.
        equally_loud: whether they play equally loud; else all get one gain.

    Raises SdaError for no sound and for more than 26.
    """

    def __init__(self, clips: Mapping[str, core.AudioClip], equally_loud: bool = True) -> None:
        self._compared = ComparedSounds({name: AudioClip.of(clip) for name, clip in clips.items()}, equally_loud)

    def __getitem__(self, name: str) -> AudioClip:
        return AudioClip.of(self._compared.clips[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._compared.clips)

    def __len__(self) -> int:
        return len(self._compared.clips)

    @property
    def loudness(self) -> float:
        """The loudness in LUFS at which all play, or that of the loudest; -inf if none is audible."""
        return self._compared.match.loudness

    @property
    def gains(self) -> dict[str, float]:
        """The gain in dB at which each plays, by name."""
        return dict(zip(self, self._compared.match.gains_db, strict=True))

    @property
    def matched(self) -> dict[str, AudioClip]:
        """The sounds as they play, with their gains, by name."""
        return {name: AudioClip.of(clip) for name, clip in self._compared.matched.items()}

    @property
    def measures(self) -> dict[str, dict[str, float]]:
        """What is measured of every sound, by its name and the measure's: loudness, brightness, pitch and more."""
        return self._compared.measures

    @property
    def distances(self) -> dict[str, dict[str, float]]:
        """How far the others are from the first, by name: `mel` distance, `spectrum` in dB, `shift` in seconds."""
        return {name: dict(vars(one)) for name, one in self._compared.distances.items()}

    def difference(self, name: str) -> Difference:
        """Return the difference of a sound's spectrogram from that of the first in dB, aligned in time.

        Args:
            name: name of another sound than the first.

        Raises SdaError for another name.
        """
        if name not in self._compared.differences:
            raise SdaError(f"There is no difference of {name!r}; there are {', '.join(self._compared.differences)}.")
        return self._compared.differences[name]

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the comparison as one HTML file, which needs no other place, and return its path.

        Raises SdaError if the path doesn't end in .html or .htm, or the disk is full.
        """
        return write_comparison(self._compared, Path(path))

    def blind(self, seed: int | None = None) -> BlindTest:
        """Return the sounds without their names, in an order that a seed draws, to vote for the best.

        Args:
            seed: a whole number from 0; by default one that cannot be guessed.

        Raises SdaError for fewer than two sounds.
        """
        return BlindTest(self._compared.clips, BlindVotes(tuple(self), new_seed() if seed is None else seed))

    def abx(self, first: str, second: str, seed: int | None = None) -> BlindTest:
        """Return two of the sounds, and one of these as X without its name, to say which it is.

        Args:
            first: name of a sound.
            second: name of another sound.
            seed: a whole number from 0; by default one that cannot be guessed.

        Raises SdaError for a name that no sound has, and for one sound twice.
        """
        for name in (first, second):
            if name not in self:
                raise SdaError(f"There is no sound {name!r}; there are {', '.join(self)}.")
        trials = AbxTrials((first, second), new_seed() if seed is None else seed)
        return BlindTest(self._compared.clips, trials)

    def __repr__(self) -> str:
        gains = (f"{name} {self[name].seconds:.2f} s {gain:+.1f} dB" for name, gain in self.gains.items())
        return f"Comparison({', '.join(gains)})"

    def _repr_html_(self) -> str:
        return page(comparison_view(self._compared))


class BlindTest(PublicNames):
    """Sounds under labels that hide their names; only `result` says what was found."""

    def __init__(self, clips: Mapping[str, core.AudioClip], votes: Votes) -> None:
        self._clips, self._votes = clips, votes

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels: 1, 2, 3 … for votes; in ABX trials both names, and X."""
        return self._votes.labels

    def answer(self, label: str | int) -> BlindTest:
        """Return the test with an answer, in another order: the label of the best sound, or in ABX X's name.

        Raises SdaError for another label.
        """
        return BlindTest(self._clips, self._votes.answer(str(label)))

    @property
    def result(self) -> str:
        """The votes for every sound, or the right answers and the probability of as many by guessing, in words."""
        return result_in_words(self._votes)

    def __repr__(self) -> str:
        return f"BlindTest({', '.join(self.labels)})"

    def _repr_html_(self) -> str:
        clips = disguised([self._clips[name] for name in dict.fromkeys(self._votes.order)])
        found = dict(zip(dict.fromkeys(self._votes.order), clips, strict=True))
        shown = [found[name] for name in self._votes.order]
        return page(blind_view(dict(zip(self.labels, shown, strict=True))))


def compare(*sounds: AnyCompared, equally_loud: bool = True, **named: AnyCompared) -> Comparison:
    """Return sounds to be shown below each other, equally loud, with the differences of the others from the first.

    Loudness is gated as in ITU-R BS.1770; of sounds shorter than 400 ms it is the maximum momentary loudness.

    Args:
        *sounds: clips, takes, paths of files, or (samples, sample_rate); called by their names, or else A, B, C …
        equally_loud: whether each gets the gain that makes all equally loud, as loud as they can be with a true peak
            of -1 dB; else all get one gain.
        **named: sounds with the names to show.

    Raises SdaError without any, for more than 26, and for what is no sound.

    Example:
        >>> both = sda_lib.compare(original=clip, quiet=(0.1 * clip.samples, clip.sample_rate))
        >>> both
        Comparison(original 0.32 s -0.7 dB, quiet 0.32 s +19.3 dB)
        >>> abs(both.gains["quiet"] - both.gains["original"] - 20) < 0.01
        True
    """
    clips = [_clip_of(sound) for sound in sounds]
    own = {_name(clip, number, clips): clip for number, clip in enumerate(clips)}
    found = {**own, **{name: _clip_of(sound) for name, sound in named.items()}}
    if not found:
        raise SdaError("There is nothing to compare; give two sounds or more.")
    return Comparison(found, equally_loud)


def _clip_of(sound: Any) -> AudioClip:
    """Return the clip of a take, or of anything else that is a sound. Raises SdaError for anything else."""
    return clip_of(getattr(sound, "clip", sound))


def _name(clip: AudioClip, number: int, clips: list[AudioClip]) -> str:
    """Return a clip's name, or a letter where it has none or shares it."""
    is_own = clip.name and [one.name for one in clips].count(clip.name) == 1
    return clip.name if is_own else LETTERS[number % len(LETTERS)]
