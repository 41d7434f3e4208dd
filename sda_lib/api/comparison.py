"""Sounds below each other, at one gain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sda_lib.api.clip import AnySound, AudioClip, clip_of
from sda_lib.display.clips import comparison_view
from sda_lib.display.page import page
from sda_lib.errors import SdaError


class Comparison(Mapping[str, AudioClip]):
    """Sounds by name, shown and played below each other, all at one gain."""

    def __init__(self, clips: Mapping[str, AudioClip]) -> None:
        self._clips = dict(clips)

    def __getitem__(self, name: str) -> AudioClip:
        return self._clips[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._clips)

    def __len__(self) -> int:
        return len(self._clips)

    def __repr__(self) -> str:
        return f"Comparison({', '.join(f'{name} {clip.seconds:.2f} s' for name, clip in self._clips.items())})"

    def _repr_html_(self) -> str:
        return page(comparison_view(self._clips))


def compare(*sounds: AnySound, **named: AnySound) -> Comparison:
    """Return sounds to be shown below each other, all at one gain.

    Args:
        *sounds: clips, paths of files, or (samples, sample_rate); called by their names, or else A, B, C …
        **named: sounds with the names to show.

    Raises SdaError without any, and for what is no sound.

    Example:
        >>> list(sda_lib.compare(original=clip, decoded=codes.decode()))
        ['original', 'decoded']
    """
    clips = [clip_of(sound) for sound in sounds]
    own = {_name(clip, number, clips): clip for number, clip in enumerate(clips)}
    found = {**own, **{name: clip_of(sound) for name, sound in named.items()}}
    if not found:
        raise SdaError("There is nothing to compare; give two sounds or more.")
    return Comparison(found)


def _name(clip: AudioClip, number: int, clips: list[AudioClip]) -> str:
    """Return a clip's name, or a letter where it has none or shares it."""
    is_own = clip.name and [one.name for one in clips].count(clip.name) == 1
    return clip.name if is_own else chr(ord("A") + number % 26)
