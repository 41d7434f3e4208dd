"""Layers and mixes: several sounds as one, with how each of them was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Self

from sda_lib.api.clip import AnySound, AudioClip, clip_of
from sda_lib.api.names import PublicNames
from sda_lib.api.take import Take
from sda_lib.display.clips import clip_view
from sda_lib.display.page import page
from sda_lib.export.finish import Finish
from sda_lib.mixing import layers as core
from sda_lib.mixing.mix_tags import read_layer, write_mix


class Layer(PublicNames, core.Layer):
    """A sound of a mix, with its begin, gain and pan. `Layer.of` makes one of any sound.

    Args:
        clip: the sound.
        at: time at which it begins in seconds, 0 to 3600.
        gain: in dB, -96 to 24.
        pan: place from left (-1) to right (1), at equal power.
        mute: whether it is left out.
        made: how it was made with a model, if it was.

    Raises SdaError for values out of range.

    Example:
        >>> layer = sda_lib.Layer(clip, at=0.5, pan=-1)
        >>> layer.name == clip.name
        True
    """

    @classmethod
    def of(
        cls, sound: AnySound | Take, at: float = 0.0, gain: float = 0.0, pan: float = 0.0, mute: bool = False
    ) -> Self:
        """Return a layer of a take, a file, a clip, or (samples, sample_rate).

        Args:
            sound: the sound; of a take, and of a file that `sda` made, it is kept how it was made.
            at: time at which it begins in seconds, 0 to 3600.
            gain: in dB, -96 to 24.
            pan: place from left (-1) to right (1).
            mute: whether it is left out.

        Raises SdaError for a sound that can't be read, and for values out of range.

        Example:
            >>> sda_lib.Layer.of(take, gain=-6).made.request["seed"] == take.options.seed
            True
        """
        if isinstance(sound, Take):
            return cls(sound.clip, at, gain, pan, mute, sound._provenance(Finish()))
        if isinstance(sound, str | PathLike):
            found = read_layer(Path(sound), at, gain, pan, mute)
            return cls(found.clip, at, gain, pan, mute, found.made)
        return cls(clip_of(sound), at, gain, pan, mute)


@dataclass(frozen=True)
class Mix(PublicNames):
    """Several layers as one sound.

    Args:
        layers: 1 to 64 layers.

    Example:
        >>> mix = sda_lib.Mix([sda_lib.Layer.of(take), sda_lib.Layer.of("sounds/bell.wav", at=0.5, gain=-6)])
        >>> mix.clip.seconds >= take.clip.seconds, len(mix.layers)
        (True, 2)
    """

    layers: Sequence[core.Layer]

    @property
    def clip(self) -> AudioClip:
        """The sum of the layers that are not muted, at the highest of their rates."""
        return AudioClip.of(core.mixed_layers(self.layers))

    def save(self, path: str | PathLike[str], finish: Finish | None = None) -> Path:
        """Write the mix with its layers in the tags, from which `sda render` makes it again, and return its path.

        Args:
            path: a file of one of the formats .wav, .flac, .mp3, .ogg, .opus.
            finish: effects, space and delivery.

        Raises SdaError when every layer is muted, one is in ambisonics, or the disk is full.

        Example:
            >>> mix = sda_lib.Mix([sda_lib.Layer.of(take), sda_lib.Layer.of(take, at=0.25, pan=1)])
            >>> mix.save("twice.wav").name
            'twice.wav'
        """
        names = [f"{one.name or f'layer {number}'}.wav" for number, one in enumerate(self.layers, 1)]
        return write_mix(self.layers, names, Path(path), finish)

    def _repr_html_(self) -> str:
        return page(clip_view(self.clip))
