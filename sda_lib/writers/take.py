"""Take, a generated sound with its codes, options and sources."""

from __future__ import annotations

from dataclasses import dataclass

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.prior.gaussian import Latents
from sda_lib.writers.options import GenerateOptions

# Representation of a sound in a model: codes, or latents where there are none.
Sound = Codes | Latents


@dataclass(frozen=True)
class Source:
    """Source of a frame's grain: the file, the position in it in seconds, and the distance of the match."""

    file: str
    seconds: float
    distance: float


@dataclass(frozen=True)
class Take:
    """A generated sound: audio, codes, the options with `auto` resolved to seconds, and the source of every frame.

    `sources` is empty without a memory. A model without codes sets `latent` instead of `codes`.
    """

    clip: AudioClip
    codes: Codes | None
    options: GenerateOptions
    sources: tuple[Source, ...] = ()
    latent: Latents | None = None
