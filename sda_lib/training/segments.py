"""What training looks at: the corpus' sounds, kept small as 16-bit samples, and random segments of them as spectra."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.audio.clip import AudioClip
from sda_lib.audio.flac import blocks_to_whole, from_whole, to_whole
from sda_lib.codec.codec import Codec
from sda_lib.codec.stft import mid_side, modulus
from sda_lib.errors import SdaError

GAIN_DB = 6.0
"""Segments are trained up to this much louder or softer."""
FEWEST_FOR_SPLIT_BY_FILE = 5
"""With fewer files the end of each one is held out."""
FEWEST_HELD_OUT = 3
"""Files held out at least, if that is not more than a quarter of them: one file alone says little."""


@dataclass(frozen=True)
class Sound:
    """A recording: 16-bit samples [channel, time] under its own peak `gain`, at `sample_rate` Hz."""

    name: str
    whole: np.ndarray
    gain: float
    sample_rate: int

    @classmethod
    def of(cls, clip: AudioClip) -> Sound:
        return cls(clip.name, *to_whole(clip.samples), clip.sample_rate)

    @classmethod
    def of_blocks(cls, name: str, blocks: Iterable[np.ndarray], sample_rate: int) -> Sound:
        """A sound that comes in float32 blocks [channel, time]."""
        return cls(name, *blocks_to_whole(list(blocks)), sample_rate)

    @property
    def length(self) -> int:
        return self.whole.shape[1]

    @property
    def seconds(self) -> float:
        return self.length / self.sample_rate

    @property
    def clip(self) -> AudioClip:
        return AudioClip(from_whole(self.whole, self.gain), self.sample_rate, self.name)

    def part(self, start: int, end: int) -> Sound:
        return dataclasses.replace(self, whole=self.whole[:, start:end])

    def signal(self, start: int, end: int) -> Tensor:
        """Mid/side samples [channel, end - start]; silence beyond the recording's ends."""
        inside = self.whole[:, max(0, start) : max(0, end)]
        samples = mid_side(torch.from_numpy(from_whole(inside, self.gain)))
        before = max(0, min(-start, end - start))
        return F.pad(samples, (before, end - start - before - samples.shape[1]))


def split(sounds: Sequence[Sound], share: float, seed: int) -> tuple[tuple[Sound, ...], tuple[Sound, ...]]:
    """Part sounds into (train, held_out): by file, or with fewer than five files the last `share` of each one's time.

    Neither side is ever empty; the same seed parts the same way. Raises SdaError when there is nothing to part.
    """
    if len(sounds) < FEWEST_FOR_SPLIT_BY_FILE:
        return _split_by_time(sounds, share)
    wanted = max(round(share * len(sounds)), min(FEWEST_HELD_OUT, len(sounds) // 4), 1)
    count = min(wanted, len(sounds) - 1)
    chosen = set(np.random.default_rng(seed).permutation(len(sounds))[:count].tolist())
    train = tuple(sound for index, sound in enumerate(sounds) if index not in chosen)
    return train, tuple(sound for index, sound in enumerate(sounds) if index in chosen)


def _split_by_time(sounds: Sequence[Sound], share: float) -> tuple[tuple[Sound, ...], tuple[Sound, ...]]:
    long_enough = [sound for sound in sounds if sound.length >= 2]
    if not long_enough:
        raise SdaError("There is too little sound to keep a part of it for measuring; add sounds.")
    cuts = [min(max(1, round(sound.length * (1 - share))), sound.length - 1) for sound in long_enough]
    train = tuple(sound.part(0, cut) for sound, cut in zip(long_enough, cuts, strict=True))
    return train, tuple(sound.part(cut, sound.length) for sound, cut in zip(long_enough, cuts, strict=True))


@dataclass(frozen=True)
class Segments:
    """Draws batches for a codec: longer sounds more often, from any place, with a random gain."""

    codec: Codec
    sounds: Sequence[Sound]
    length: int
    """Samples per segment, a multiple of the codec's step."""

    @cached_property
    def _weights(self) -> Tensor:
        return torch.tensor([float(max(sound.length, self.length)) for sound in self.sounds])

    def draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """(log-mel [count, channel, band, k], complex spectra [count, channel, bin, k])."""
        picks = torch.multinomial(self._weights, count, replacement=True, generator=generator)
        spectral = self.codec.spectral
        batch = torch.cat([self._segment(self.sounds[pick], generator) for pick in picks.tolist()])
        spectra = spectral.stft_inside(batch.to(spectral.window.device)).unflatten(0, (count, -1))
        return spectral.log_mel(modulus(spectra)), spectra

    def _segment(self, sound: Sound, generator: torch.Generator) -> Tensor:
        """A stretch and the margins that its first and last window reach into, mid/side [channel, time]."""
        margin = self.codec.spectral.margin
        start = int(torch.randint(max(1, sound.length - self.length + 1), (1,), generator=generator))
        gain = 10 ** (float(torch.rand(1, generator=generator) * 2 - 1) * GAIN_DB / 20)
        return gain * sound.signal(start - margin, start + self.length + margin)
