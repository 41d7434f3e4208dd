"""Sounds of a corpus as 16-bit samples, their split into training and held-out sounds, and random segments of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.audio import sample_cache
from sda_lib.audio.chunks import read_blocks
from sda_lib.audio.clip import AudioClip
from sda_lib.audio.corpus import Corpus
from sda_lib.audio.flac import FULL_SCALE, from_int16, to_int16
from sda_lib.audio.sample_cache import PEAK_SAMPLES, SampleCache, release
from sda_lib.audio.silence import ZEROS, learned_frames, level_of
from sda_lib.codec.codec import Codec
from sda_lib.codec.stft import left_right, mid_side, modulus
from sda_lib.config import AudioConfig, Recipe
from sda_lib.errors import SdaError
from sda_lib.memory.pieces import Piece

# Segments are made up to this much louder or softer at random (dB).
GAIN_DB = 6.0
# With fewer files the end of each one is held out.
FEWEST_FOR_SPLIT_BY_FILE = 5
# Least number of held-out files, unless it exceeds a quarter of them: a single file is not representative.
FEWEST_HELD_OUT = 3


@dataclass(frozen=True)
class CorpusSound:
    """A recording: 16-bit samples `pcm` [channel, time], normalized by its own peak `gain`, at `sample_rate` Hz.

    It counts `weight` times as much as others. `peaks` uint16 [n] are the largest magnitudes of every PEAK_SAMPLES of
    the samples, where the cache has them.
    """

    name: str
    pcm: np.ndarray
    gain: float
    sample_rate: int
    weight: float = 1.0
    peaks: np.ndarray | None = field(default=None, repr=False)

    @classmethod
    def of(cls, clip: AudioClip) -> CorpusSound:
        return cls(clip.name, *to_int16(clip.samples), clip.sample_rate)

    @classmethod
    def of_corpus(cls, corpus: Corpus, audio: AudioConfig) -> Iterator[CorpusSound]:
        """Read the sounds of a corpus block by block, at a recipe's rate and channels.

        Those of a corpus that is longer than MOST_IN_MEMORY seconds are in files of the user's cache, which are mapped
        into memory; what is in the cache already is not read again.
        """
        cache = SampleCache.of_user() if corpus.seconds > sample_cache.MOST_IN_MEMORY else None
        rate, channels = audio.sample_rate, audio.channels
        for item, (name, blocks) in zip(corpus.items, corpus.blocks(rate, channels), strict=True):
            if cache is None:
                yield cls(name, *to_int16(*blocks), rate, item.weight)
            else:
                found = cache.samples(item.path, rate, channels, partial(read_blocks, item.path, rate, channels))
                yield cls(name, found.samples, found.gain, rate, item.weight, found.peaks)

    @classmethod
    def of_pieces(cls, pieces: Sequence[Piece], sample_rate: int) -> CorpusSound:
        """Return consecutive pieces of a memory as one sound."""
        samples = torch.cat([left_right(piece.samples) for piece in pieces], -1)
        return cls.of(AudioClip(samples.cpu().numpy(), sample_rate, pieces[0].name))

    @property
    def length(self) -> int:
        return self.pcm.shape[1]

    @property
    def seconds(self) -> float:
        return self.length / self.sample_rate

    @property
    def clip(self) -> AudioClip:
        return AudioClip(self._floats(self.pcm), self.sample_rate, self.name)

    def part(self, start: int, end: int) -> CorpusSound:
        """Return the samples `start`..`end` as a sound."""
        return dataclasses.replace(self, pcm=self.pcm[:, start:end], peaks=None)

    def _floats(self, pcm: np.ndarray) -> np.ndarray:
        samples = from_int16(pcm, self.gain)
        release(pcm)
        return samples

    def learned(self, hop: int, of_corpus: float, trim: float) -> tuple[int, int]:
        """Return first and end of the frames of `hop` samples between the silent ends, as audio/silence.py has it."""
        heights = self._peaks(hop) * (self.gain / FULL_SCALE)
        return learned_frames(level_of(heights), self.sample_rate / hop, of_corpus, trim)

    def _peaks(self, hop: int) -> np.ndarray:
        """Return the largest magnitudes of every `hop` samples, float32 [frame]."""
        if self.peaks is not None and len(self.peaks) and hop % PEAK_SAMPLES == 0:
            starts = np.arange(0, len(self.peaks), hop // PEAK_SAMPLES)
            return np.maximum.reduceat(self.peaks, starts).astype(np.float32)
        starts = np.arange(0, self.length, hop)
        found = [edge.reduceat(self.pcm, starts, 1) for edge in (np.minimum, np.maximum)] if self.length else []
        release(self.pcm)
        heights: np.ndarray = np.abs(np.array(found, np.float32)).max((0, 1), initial=0.0)
        return heights

    def signal(self, start: int, end: int) -> Tensor:
        """Return mid/side samples [channel, end - start], zero beyond the ends of the recording."""
        inside = self.pcm[:, max(0, start) : max(0, end)]
        samples = mid_side(torch.from_numpy(self._floats(inside)))
        before = max(0, min(-start, end - start))
        return F.pad(samples, (before, end - start - before - samples.shape[1]))


def trimmed(sounds: Sequence[CorpusSound], recipe: Recipe) -> tuple[CorpusSound, ...]:
    """Return sounds without the silence at their ends, which is not learned; those that have none as they are."""
    hop = recipe.codec.hop
    return tuple(
        sound.part(first * hop, end * hop) if first or end * hop < sound.length else sound
        for sound, (first, end) in zip(sounds, learned_spans(sounds, recipe), strict=True)
    )


def learned_spans(sounds: Sequence[CorpusSound], recipe: Recipe) -> list[tuple[int, int]]:
    """Return first and end of the frames of each sound between its silent ends; all frames of a silent sound."""
    loudest = float(level_of(np.array([sound.gain for sound in sounds])).max(initial=ZEROS))
    found = [sound.learned(recipe.codec.hop, loudest, recipe.audio.trim) for sound in sounds]
    whole = [(0, -(-sound.length // recipe.codec.hop)) for sound in sounds]
    return [span if span[1] else every for span, every in zip(found, whole, strict=True)]


# Training and held-out sounds.
Split = tuple[tuple[CorpusSound, ...], tuple[CorpusSound, ...]]


def split(sounds: Sequence[CorpusSound], share: float, seed: int) -> Split:
    """Split sounds into (train, held_out).

    By file, or with fewer than five files by the last `share` of each one's time. Neither part is ever empty; the same
    seed gives the same split. Raises SdaError when there is too little sound to split.
    """
    if len(sounds) < FEWEST_FOR_SPLIT_BY_FILE:
        return _split_by_time(sounds, share)
    wanted = max(round(share * len(sounds)), min(FEWEST_HELD_OUT, len(sounds) // 4), 1)
    chosen = set(shuffled(len(sounds), seed)[: min(wanted, len(sounds) - 1)])
    train = tuple(sound for index, sound in enumerate(sounds) if index not in chosen)
    return train, tuple(sound for index, sound in enumerate(sounds) if index in chosen)


def shuffled(files: int, seed: int) -> list[int]:
    """Return the numbers of files in random order; the first ones are held out."""
    return np.random.default_rng(seed).permutation(files).tolist()


def split_point(length: int, share: float) -> int:
    """Return where to cut a sound of `length` >= 2 to hold out the last `share` of it, but never all or nothing."""
    return min(max(1, round(length * (1 - share))), length - 1)


def _split_by_time(sounds: Sequence[CorpusSound], share: float) -> Split:
    cuts = [(sound, split_point(sound.length, share)) for sound in sounds if sound.length >= 2]
    if not cuts:
        raise SdaError("There is too little sound to hold out a part of it for measuring; add sounds.")
    return tuple(sound.part(0, cut) for sound, cut in cuts), tuple(sound.part(cut, sound.length) for sound, cut in cuts)


@dataclass(frozen=True)
class Segments:
    """Random batches for a codec: sounds as often as they are long and by their weights, from random positions.

    Each has a random gain.

    `length` is the number of samples per segment, a multiple of the codec's hop.
    """

    codec: Codec
    sounds: Sequence[CorpusSound]
    length: int

    @cached_property
    def _weights(self) -> Tensor:
        return torch.tensor([sound.weight * max(sound.length, self.length) for sound in self.sounds])

    def draw(self, count: int, generator: torch.Generator, share: slice = slice(None)) -> tuple[Tensor, Tensor]:
        """Draw a batch: log-mel [count, channel, band, k] and complex spectra [count, channel, bin, k].

        Only the segments of the `share` are returned; the generator's next state does not depend on it.
        """
        picks = torch.multinomial(self._weights, count, replacement=True, generator=generator)
        places = [self._place(self.sounds[pick], generator) for pick in picks.tolist()][share]
        spectral = self.codec.spectral
        batch = torch.cat([self._segment(*place) for place in places])
        spectra = spectral.stft_inside(batch.to(spectral.window.device)).unflatten(0, (len(places), -1))
        return spectral.log_mel(modulus(spectra)), spectra

    def _place(self, sound: CorpusSound, generator: torch.Generator) -> tuple[CorpusSound, int, float]:
        """Draw where a segment of a sound starts, and its gain."""
        start = int(torch.randint(max(1, sound.length - self.length + 1), (1,), generator=generator))
        return sound, start, 10 ** (float(torch.rand(1, generator=generator) * 2 - 1) * GAIN_DB / 20)

    def _segment(self, sound: CorpusSound, start: int, gain: float) -> Tensor:
        """Return a segment with the margins that its first and last window extend into, mid/side [channel, time]."""
        margin = self.codec.spectral.margin
        return gain * sound.signal(start - margin, start + self.length + margin)
