"""The closed form: what a codec learns of a corpus in a few seconds, before any gradient, and how it hears sounds.

Long sounds are looked at in stretches, so that an hour needs little more memory than a minute.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sda_lib.codec.codec import Codec
from sda_lib.codec.rvq import FEWEST_POINTS
from sda_lib.codec.stft import log_magnitude, modulus
from sda_lib.training.segments import FEWEST_FOR_SPLIT_BY_FILE, Sound

FITTED_SECONDS, STRETCH_SECONDS = 600.0, 10.0
"""How much sound the closed form looks at, at most, and in stretches of which length."""
EMPLOYED_SECONDS = 300.0
"""How much of the training sounds every code must be used in."""
TEXTURE_FRAMES, TEXTURE_STRETCH = 400, 12
"""Code frames from which the texture is measured, and frames in a row of it."""


@dataclass(frozen=True)
class Stretch:
    """Some code frames of a sound."""

    sound: Sound
    first: int
    end: int

    def spectra(self, codec: Codec) -> Tensor:
        """Complex [channel, bin, spectrum], the sound's neighboring samples included."""
        hop, margin = codec.config.hop, codec.spectral.margin
        signal = self.sound.signal(self.first * hop - margin, self.end * hop + margin)
        return codec.spectral.stft_inside(signal.to(codec.spectral.window.device))

    def cut(self, codec: Codec) -> Sound:
        """A sound of its own."""
        return self.sound.part(self.first * codec.config.hop, self.end * codec.config.hop)

    def features(self, codec: Codec) -> Tensor:
        """What the encoder sees [frame, feature]."""
        return codec.features(codec.spectral.log_mel(modulus(self.spectra(codec))))

    def lesson(self, codec: Codec, extra: int = 0) -> tuple[Tensor, Tensor, Tensor]:
        """`features`, and what the linear decoder should say [frame, channel * bin * ratio], as float16: finer than
        any loss can see. And the features of `extra` frames (as many as there are spectra for) between each two."""
        spectra = self.spectra(codec)
        log_mel, ratio = codec.spectral.log_mel(modulus(spectra)), codec.ratio
        inside = log_mel.shape[-1] - ratio
        extra = min(extra, ratio - 1) if inside else 0
        offsets = [ratio * (number + 1) // (extra + 1) for number in range(extra)]
        features = codec.features(log_mel)
        between = [codec.features(log_mel[..., offset : offset + inside]) for offset in offsets]
        return features, codec.blocks(log_magnitude(spectra).half()), torch.cat([features[:0], *between])


def frames_of(codec: Codec, sound: Sound) -> int:
    """Code frames of a sound, the last one filled up with silence."""
    return -(-sound.length // codec.config.hop)


def stretches(codec: Codec, sound: Sound, longest: int = 0) -> list[Stretch]:
    """A sound cut into stretches of `longest` (or STRETCH_SECONDS) whole frames, the last filled up with silence."""
    hop, frames = codec.config.hop, frames_of(codec, sound)
    longest = longest or max(1, round(STRETCH_SECONDS * sound.sample_rate / hop))
    return [Stretch(sound, first, min(first + longest, frames)) for first in range(0, frames, longest)]


@dataclass(frozen=True)
class Hearing:
    """What a codec hears of a whole sound: latents [frame, dim], and their codes [level, frame] or none."""

    sound: Sound
    latent: Tensor
    codes: Tensor | None


@torch.no_grad()
def fit(codec: Codec, sounds: Sequence[Sound], seed: int = 0) -> list[Hearing]:
    """PCA, codebooks and ridge from at most FITTED_SECONDS, spread evenly over the sounds; what is heard of them after
    that, as `employ` says it where they are longer.

    Where there are too few frames to learn codes from, frames that begin between those of the grid are looked at too.
    """
    kept = spread(codec, sounds, FITTED_SECONDS)
    frames = sum(part.end - part.first for part in kept)
    extra = math.ceil(FEWEST_POINTS / frames) - 1 if codec.bottleneck.discrete else 0
    features, magnitudes, between = zip(*(part.lesson(codec, extra) for part in kept), strict=True)
    heard = codec.fit_linear(features, (one.float() for one in magnitudes), seed, between, recordings(kept))
    if frames < sum(frames_of(codec, sound) for sound in sounds):
        return employ(codec, sounds)
    return by_sound(codec, sounds, *heard)


def by_sound(codec: Codec, sounds: Sequence[Sound], latent: Tensor, table: Tensor) -> list[Hearing]:
    """Latents [frame, dim] of sounds after one another and their table [row, frame], sound by sound."""
    lengths = [frames_of(codec, sound) for sound in sounds]
    tables = table.split(lengths, -1) if codec.bottleneck.discrete else [None] * len(sounds)
    return [Hearing(*one) for one in zip(sounds, latent.split(lengths), tables, strict=True)]


@torch.no_grad()
def employ(codec: Codec, sounds: Sequence[Sound]) -> list[Hearing]:
    """Give every code that the sounds don't use a frame of theirs; what is heard of them after that.

    Of at most EMPLOYED_SECONDS, in pieces of sounds if it must be."""
    if sum(sound.seconds for sound in sounds) > EMPLOYED_SECONDS:
        sounds = [part.cut(codec) for part in spread(codec, sounds, EMPLOYED_SECONDS)]
    latent = torch.cat([latent_of(codec, sound) for sound in sounds])
    return by_sound(codec, sounds, latent, codec.bottleneck.employ(latent, codec.config.beam))


@torch.no_grad()
def hear(codec: Codec, sounds: Sequence[Sound]) -> list[Hearing]:
    """What the codec as it is hears of the sounds, all searched at once."""
    if not sounds:
        return []
    latent = torch.cat([latent_of(codec, sound) for sound in sounds])
    table = codec.quantize(latent[None]).indices[0]  # of a continuous model, empty
    return by_sound(codec, sounds, latent, table)


def recordings(parts: Sequence[Stretch]) -> list[int]:
    """A number for the recording that each stretch is of; none of all where there are too few for one of them to be
    like the others."""
    numbers: dict[int, int] = {}
    found = [numbers.setdefault(id(part.sound), len(numbers)) for part in parts]
    return found if len(numbers) >= FEWEST_FOR_SPLIT_BY_FILE else []


def spread(codec: Codec, sounds: Sequence[Sound], seconds: float, longest: int = 0) -> list[Stretch]:
    """Stretches from all over the sounds, about so many seconds in all (or everything, if that is less)."""
    parts = [part for sound in sounds for part in stretches(codec, sound, longest)]
    whole = sum(part.end - part.first for part in parts) * codec.config.hop / codec.audio.sample_rate
    return parts[:: max(1, math.ceil(whole / seconds))]


def features_of(codec: Codec, sound: Sound) -> Tensor:
    """What the encoder sees of a whole sound [frame, feature]."""
    return torch.cat([part.features(codec) for part in stretches(codec, sound)])


@torch.no_grad()
def latent_of(codec: Codec, sound: Sound) -> Tensor:
    """Continuous latents of a whole sound [frame, dim]."""
    return codec.latent(features_of(codec, sound)[None])[0]


@torch.no_grad()
def fit_texture(codec: Codec, sounds: Sequence[Sound], unheard: Sequence[Sound]) -> None:
    """Measure how rough the sounds are beside the codec as it is now, and its quantization error on unheard ones."""
    features, magnitudes, _ = zip(*(part.lesson(codec) for part in _samples(codec, sounds)), strict=True)
    latents = [codec.quantize(codec.latent(one[None])).latent[0] for one in features]
    truths = [codec.unblocked(one.float()) for one in magnitudes]
    unheard_latents = [codec.latent(part.features(codec)[None]) for part in _samples(codec, unheard)]
    missed = torch.cat([(one - codec.quantize(one).latent)[0] for one in unheard_latents])
    error = missed.square().sum(-1).mean().sqrt()
    codec.texture.fit(codec.log_magnitudes, latents, truths, float(error))


@torch.no_grad()
def fit_attacks(codec: Codec, unheard: Sequence[Sound]) -> None:
    """Measure how much of their level unheard sounds lose in the codec as it is now, its texture included."""
    decoded, truths = [], []
    for part in _samples(codec, unheard):
        features, magnitudes, _ = part.lesson(codec)
        latent = codec.quantize(codec.latent(features[None])).latent[0]
        levels = codec.log_magnitudes(codec.texture.smooth(latent)[None])[0]
        decoded.append(levels + codec.texture(levels, latent, part.first))
        truths.append(codec.unblocked(magnitudes.float()))
    codec.attacks.fit(decoded, truths)


def _samples(codec: Codec, sounds: Sequence[Sound]) -> list[Stretch]:
    """Short stretches, about TEXTURE_FRAMES in all."""
    seconds = TEXTURE_FRAMES * codec.config.hop / codec.audio.sample_rate
    return spread(codec, sounds, seconds, TEXTURE_STRETCH)
