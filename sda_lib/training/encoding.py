"""Encode sounds with a codec, and decode them again without grains.

Long sounds are processed in parts, so that an hour needs little more memory than a minute.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codec import Codec
from sda_lib.codec.losses import mel_distance
from sda_lib.codec.stft import log_magnitude, modulus
from sda_lib.memory.decode import synthesize
from sda_lib.training.segments import CorpusSound

# Length of the parts that sounds are processed in, and the most frames that go through the encoder at once.
RANGE_SECONDS = 10.0
MOST_FRAMES = 4096
# Most seconds per sound, and of all sounds together, for measurements on excerpts.
EXCERPT_SECONDS, EXCERPTS_SECONDS = 6.0, 30.0
# Tolerance of sums of weights.
ROUNDING = 1e-6


@dataclass(frozen=True)
class FrameRange:
    """A range of code frames, `first` up to but not including `end`, of a sound."""

    sound: CorpusSound
    first: int
    end: int

    def spectra(self, codec: Codec) -> Tensor:
        """Return complex spectra [channel, bin, spectrum], computed with the neighboring samples of the sound."""
        hop, margin = codec.config.hop, codec.spectral.margin
        signal = self.sound.signal(self.first * hop - margin, self.end * hop + margin)
        return codec.spectral.stft_inside(signal.to(codec.spectral.window.device))

    def cut(self, codec: Codec) -> CorpusSound:
        """Return this range as a sound of its own."""
        return self.sound.part(self.first * codec.config.hop, self.end * codec.config.hop)

    def features(self, codec: Codec) -> Tensor:
        """Return the encoder's input [frame, feature]."""
        return codec.features(codec.spectral.log_mel(modulus(self.spectra(codec))))

    def fitting_data(self, codec: Codec, extra: int = 0) -> tuple[Tensor, Tensor, Tensor]:
        """Return the data that the closed form is fitted to.

        These are the `features`; the targets of the linear decoder [frame, channel * bin * ratio], as float16, which is
        finer than any loss can resolve; and the features of `extra` more frames between each two frames (at most as
        many as there are spectra).
        """
        spectra = self.spectra(codec)
        log_mel, ratio = codec.spectral.log_mel(modulus(spectra)), codec.ratio
        inside = log_mel.shape[-1] - ratio
        extra = min(extra, ratio - 1) if inside else 0
        offsets = [ratio * (number + 1) // (extra + 1) for number in range(extra)]
        features = codec.features(log_mel)
        between = [codec.features(log_mel[..., offset : offset + inside]) for offset in offsets]
        return features, codec.blocks(log_magnitude(spectra).half()), torch.cat([features[:0], *between])


@dataclass(frozen=True)
class Encoded:
    """An encoded sound: latents [frame, dim] and their codes [level, frame], None without codes."""

    sound: CorpusSound
    latent: Tensor
    codes: Tensor | None

    def beginning(self, frames: int, hop: int) -> Encoded:
        """Return the first `frames` frames, each `hop` samples long."""
        codes = None if self.codes is None else self.codes[:, :frames]
        return Encoded(self.sound.part(0, frames * hop), self.latent[:frames], codes)

    def decoded(self, codec: Codec, muted: Sequence[int] = ()) -> AudioClip:
        """Decode the sound without grains (Source 0), from the levels of its codes that are not `muted`."""
        latent = self.latent if self.codes is None else codec.bottleneck.embed(self.codes, muted)
        samples, _ = synthesize(codec, None, latent, 0.0)
        sound = self.sound
        return AudioClip(samples[:, : sound.length].cpu().numpy(), sound.sample_rate, sound.name)

    def distance(self, codec: Codec, muted: Sequence[int] = ()) -> float:
        """Return the mel distance between the sound and what `decoded` returns."""
        return mel_distance(self.sound.clip, self.decoded(codec, muted))


def frame_count(codec: Codec, sound: CorpusSound) -> int:
    """Return the number of code frames of a sound; the last one is padded with silence."""
    return -(-sound.length // codec.config.hop)


def framed_seconds(codec: Codec, sounds: Sequence[CorpusSound]) -> float:
    """Return the length of all frames of sounds in seconds, the silence that fills last frames included."""
    return sum(frame_count(codec, one) for one in sounds) * codec.config.hop / codec.audio.sample_rate


def frame_ranges(codec: Codec, sound: CorpusSound, longest: int = 0) -> list[FrameRange]:
    """Cut a sound into ranges of `longest` frames (0: RANGE_SECONDS), the last one padded with silence."""
    frames, longest = frame_count(codec, sound), longest or usual_range(codec)
    return [FrameRange(sound, first, min(first + longest, frames)) for first in range(0, frames, longest)]


def spread_ranges(codec: Codec, sounds: Sequence[CorpusSound], seconds: float, longest: int = 0) -> list[FrameRange]:
    """Return ranges spread evenly over the sounds, about `seconds` in all, or all ranges if they are shorter."""
    step = max(1, math.ceil(framed_seconds(codec, sounds) / seconds))
    longest = longest or usual_range(codec)
    chosen, passed = list[FrameRange](), 0  # ranges of the sounds before, counted from the last one chosen
    for sound in sounds:
        frames = frame_count(codec, sound)
        count = -(-frames // longest)
        starts = range(-passed % step * longest, frames, step * longest)
        chosen += [FrameRange(sound, first, min(first + longest, frames)) for first in starts]
        passed = (passed + count) % step
    return chosen


def usual_range(codec: Codec) -> int:
    """Return the frames of a range of RANGE_SECONDS."""
    return max(1, round(RANGE_SECONDS * codec.audio.sample_rate / codec.config.hop))


def weighted_ranges(codec: Codec, sounds: Sequence[CorpusSound], seconds: float) -> list[FrameRange]:
    """Return ranges as `spread_ranges` does, those of a sound as often as its weight is that of the lightest one.

    Where that is no whole number, some of its ranges occur once more than others.
    """
    least = min(sound.weight for sound in sounds) if sounds else 1.0
    parts, owed = [], dict.fromkeys((sound.weight for sound in sounds), 0.0)
    for part in (one for sound in sounds for one in frame_ranges(codec, sound)):
        weight = part.sound.weight
        owed[weight] += weight / least
        times = int(owed[weight] + ROUNDING)
        owed[weight] -= times
        parts += [part] * times
    whole = sum(part.end - part.first for part in parts) * codec.config.hop / codec.audio.sample_rate
    return parts[:: max(1, math.ceil(whole / seconds))]


def covers(parts: Sequence[FrameRange], codec: Codec, sounds: Sequence[CorpusSound]) -> bool:
    """Return whether `weighted_ranges` are all frames of sounds, each once."""
    equal = len({sound.weight for sound in sounds}) == 1
    return equal and sum(part.end - part.first for part in parts) == sum(frame_count(codec, one) for one in sounds)


def features_of(codec: Codec, sound: CorpusSound) -> Tensor:
    """Return the encoder's input for a whole sound [frame, feature]."""
    return torch.cat([part.features(codec) for part in frame_ranges(codec, sound)])


@torch.no_grad()
def latent_of(codec: Codec, sound: CorpusSound) -> Tensor:
    """Return the continuous latents of a whole sound [frame, dim]; a long one is encoded in overlapping parts."""
    frames = frame_count(codec, sound)
    if frames <= MOST_FRAMES:
        return codec.latent(features_of(codec, sound)[None])[0]
    return torch.cat([_latent_of(codec, part, frames) for part in frame_ranges(codec, sound, MOST_FRAMES)])


def _latent_of(codec: Codec, part: FrameRange, frames: int) -> Tensor:
    """Return the latents [frame, dim] of a range of a sound that is `frames` long."""
    first, end = max(0, part.first - codec.latent_reach), min(part.end + codec.latent_reach, frames)
    latent = codec.latent(FrameRange(part.sound, first, end).features(codec)[None])[0]
    return latent[part.first - first : part.end - first]


@torch.no_grad()
def encode_sounds(codec: Codec, sounds: Sequence[CorpusSound]) -> list[Encoded]:
    """Encode sounds with the codec in its present state; the codes of all sounds are searched in one call."""
    if not sounds:
        return []
    latent = torch.cat([latent_of(codec, sound) for sound in sounds])
    return split_by_sound(codec, sounds, latent, codec.quantize(latent[None]).indices[0])  # empty without codes


@torch.no_grad()
def encode_ranges(codec: Codec, parts: Sequence[FrameRange]) -> list[Encoded]:
    """Encode ranges as parts of their sounds; all codes are searched in one call."""
    if not parts:
        return []
    latents = [_latent_of(codec, part, frame_count(codec, part.sound)) for part in parts]
    sounds, latent = [part.cut(codec) for part in parts], torch.cat(latents)
    return split_by_sound(codec, sounds, latent, codec.quantize(latent[None]).indices[0])


def encode_excerpts(codec: Codec, sounds: Sequence[CorpusSound]) -> list[Encoded]:
    """Encode the beginnings of sounds spread over all of them, about EXCERPTS_SECONDS in all."""
    parts = [sound.part(0, round(EXCERPT_SECONDS * sound.sample_rate)) for sound in sounds]
    step = max(1, -(-int(sum(part.seconds for part in parts)) // int(EXCERPTS_SECONDS)))
    return encode_sounds(codec, parts[::step])


def split_by_sound(codec: Codec, sounds: Sequence[CorpusSound], latent: Tensor, table: Tensor) -> list[Encoded]:
    """Split latents [frame, dim] and codes [level, frame] of consecutive sounds into one encoded sound each."""
    lengths = [frame_count(codec, sound) for sound in sounds]
    tables = table.split(lengths, -1) if codec.bottleneck.discrete else [None] * len(sounds)
    return [Encoded(*one) for one in zip(sounds, latent.split(lengths), tables, strict=True)]
