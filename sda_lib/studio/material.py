"""What training looks at: the corpus' sounds as spectra, computed once, and random segments of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.config import Recipe
from sda_lib.models.bundle import frames_of
from sda_lib.models.codec import Codec
from sda_lib.models.spectral import FLOOR, log_magnitude, modulus
from sda_lib.sound.clip import AudioClip

SILENCE = torch.tensor(FLOOR).log10().item()
GAIN_DB = 6.0
"""Segments are trained up to this much louder or softer."""


@dataclass(frozen=True)
class Sound:
    """A clip, its mid/side samples [channel, time], log-magnitudes [channel, bin, k], log-mel [channel, band, k]."""

    clip: AudioClip
    samples: Tensor
    magnitudes: Tensor
    mel: Tensor


def prepare(codec: Codec, recipe: Recipe, clips: Sequence[AudioClip]) -> tuple[Sound, ...]:
    """Spectra of every clip; the magnitudes as float16, which is finer than any loss can see."""
    return tuple(_sound(codec, clip, frames_of(recipe, clip)) for clip in clips)


def _sound(codec: Codec, clip: AudioClip, samples: Tensor) -> Sound:
    spectra = codec.spectral.stft(samples)
    return Sound(clip, samples, log_magnitude(spectra).half(), codec.spectral.log_mel(modulus(spectra)))


@dataclass(frozen=True)
class Segments:
    """Draws batches: longer sounds more often, at any spectrum, with a random gain."""

    sounds: Sequence[Sound]
    length: int
    """Spectra per segment."""

    def draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """(log-mel [count, channel, band, k], log-magnitudes [count, channel, bin, k])."""
        weights = torch.tensor([float(max(sound.mel.shape[-1], self.length)) for sound in self.sounds])
        picks = torch.multinomial(weights, count, replacement=True, generator=generator)
        pairs = [self._segment(self.sounds[pick], generator) for pick in picks.tolist()]
        return torch.stack([mel for mel, _ in pairs]), torch.stack([magnitudes for _, magnitudes in pairs])

    def _segment(self, sound: Sound, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        start = int(torch.randint(max(1, sound.mel.shape[-1] - self.length + 1), (1,), generator=generator))
        gain = float(torch.rand(1, generator=generator) * 2 - 1) * GAIN_DB / 20
        return tuple(
            F.pad((rows[..., start : start + self.length].float() + gain).clamp_min(SILENCE), (0, short), value=SILENCE)
            for rows in (sound.mel, sound.magnitudes)
            for short in [max(0, self.length - rows.shape[-1])]
        )
