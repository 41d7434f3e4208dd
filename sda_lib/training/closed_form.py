"""Closed-form fit of a codec to a corpus in a few seconds, before any gradient step, and encoding of sounds.

Long sounds are processed in parts, so that an hour needs little more memory than a minute.
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

# Most seconds of sound used by the closed form, and the length of the parts that they are processed in.
FITTED_SECONDS, RANGE_SECONDS = 600.0, 10.0
# Seconds of the training sounds within which every code must be used.
REVIVED_SECONDS = 300.0
# Code frames that the noise is measured on, and how many of them are consecutive.
NOISE_FRAMES, NOISE_RANGE = 400, 12


@dataclass(frozen=True)
class FrameRange:
    """A range of code frames, `first` up to but not including `end`, of a sound."""

    sound: Sound
    first: int
    end: int

    def spectra(self, codec: Codec) -> Tensor:
        """Return complex spectra [channel, bin, spectrum], computed with the neighboring samples of the sound."""
        hop, margin = codec.config.hop, codec.spectral.margin
        signal = self.sound.signal(self.first * hop - margin, self.end * hop + margin)
        return codec.spectral.stft_inside(signal.to(codec.spectral.window.device))

    def cut(self, codec: Codec) -> Sound:
        """Return this part as a sound of its own."""
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


def frame_count(codec: Codec, sound: Sound) -> int:
    """Return the number of code frames of a sound; the last one is padded with silence."""
    return -(-sound.length // codec.config.hop)


def frame_ranges(codec: Codec, sound: Sound, longest: int = 0) -> list[FrameRange]:
    """Cut a sound into parts of `longest` whole frames (0: STRETCH_SECONDS), the last one padded with silence."""
    hop, frames = codec.config.hop, frame_count(codec, sound)
    longest = longest or max(1, round(RANGE_SECONDS * sound.sample_rate / hop))
    return [FrameRange(sound, first, min(first + longest, frames)) for first in range(0, frames, longest)]


@dataclass(frozen=True)
class Encoded:
    """An encoded sound: latents [frame, dim] and their codes [level, frame], None without codes."""

    sound: Sound
    latent: Tensor
    codes: Tensor | None


@torch.no_grad()
def fit(codec: Codec, sounds: Sequence[Sound], seed: int = 0) -> list[Encoded]:
    """Fit PCA, codebooks and ridge regression and return the encoded sounds.

    At most FITTED_SECONDS, spread evenly over the sounds, are used. If the sounds are longer than that, the sounds
    returned are those of `employ`. Where there are too few frames to learn codes from, frames that begin between those
    of the grid are used as well.
    """
    kept = spread_ranges(codec, sounds, FITTED_SECONDS)
    frames = sum(part.end - part.first for part in kept)
    extra = math.ceil(FEWEST_POINTS / frames) - 1 if codec.bottleneck.discrete else 0
    features, magnitudes, between = zip(*(part.fitting_data(codec, extra) for part in kept), strict=True)
    heard = codec.fit_linear(features, (one.float() for one in magnitudes), seed, between, recording_numbers(kept))
    if frames < sum(frame_count(codec, sound) for sound in sounds):
        return employ(codec, sounds)
    return by_sound(codec, sounds, *heard)


def by_sound(codec: Codec, sounds: Sequence[Sound], latent: Tensor, table: Tensor) -> list[Encoded]:
    """Split latents [frame, dim] and codes [level, frame] of consecutive sounds into one encoded sound each."""
    lengths = [frame_count(codec, sound) for sound in sounds]
    tables = table.split(lengths, -1) if codec.bottleneck.discrete else [None] * len(sounds)
    return [Encoded(*one) for one in zip(sounds, latent.split(lengths), tables, strict=True)]


@torch.no_grad()
def employ(codec: Codec, sounds: Sequence[Sound]) -> list[Encoded]:
    """Move every unused code just far enough towards a frame of the sounds that this frame uses it.

    Returns the encoded sounds. At most EMPLOYED_SECONDS are used; longer corpora are sampled in parts of their sounds.
    """
    if sum(sound.seconds for sound in sounds) > REVIVED_SECONDS:
        sounds = [part.cut(codec) for part in spread_ranges(codec, sounds, REVIVED_SECONDS)]
    latent = torch.cat([latent_of(codec, sound) for sound in sounds])
    return by_sound(codec, sounds, latent, codec.bottleneck.reassign_idle(latent, codec.config.beam))


@torch.no_grad()
def encode_sounds(codec: Codec, sounds: Sequence[Sound]) -> list[Encoded]:
    """Encode sounds with the codec in its present state; the codes of all sounds are searched in one call."""
    if not sounds:
        return []
    latent = torch.cat([latent_of(codec, sound) for sound in sounds])
    table = codec.quantize(latent[None]).indices[0]  # empty without codes
    return by_sound(codec, sounds, latent, table)


def recording_numbers(parts: Sequence[FrameRange]) -> list[int]:
    """Return the number of each part's recording.

    Empty with fewer than FEWEST_FOR_SPLIT_BY_FILE recordings, which are too few for one of them to resemble the others.
    """
    numbers: dict[int, int] = {}
    found = [numbers.setdefault(id(part.sound), len(numbers)) for part in parts]
    return found if len(numbers) >= FEWEST_FOR_SPLIT_BY_FILE else []


def spread_ranges(codec: Codec, sounds: Sequence[Sound], seconds: float, longest: int = 0) -> list[FrameRange]:
    """Return parts spread evenly over the sounds, about `seconds` in all, or all parts if they are shorter."""
    parts = [part for sound in sounds for part in frame_ranges(codec, sound, longest)]
    whole = sum(part.end - part.first for part in parts) * codec.config.hop / codec.audio.sample_rate
    return parts[:: max(1, math.ceil(whole / seconds))]


def features_of(codec: Codec, sound: Sound) -> Tensor:
    """Return the encoder's input for a whole sound [frame, feature]."""
    return torch.cat([part.features(codec) for part in frame_ranges(codec, sound)])


@torch.no_grad()
def latent_of(codec: Codec, sound: Sound) -> Tensor:
    """Return the continuous latents of a whole sound [frame, dim]."""
    return codec.latent(features_of(codec, sound)[None])[0]


@torch.no_grad()
def fit_noise(codec: Codec, sounds: Sequence[Sound], unheard: Sequence[Sound]) -> None:
    """Fit the codec's noise model to sounds, given the codec in its present state.

    The quantization error is measured on the held-out sounds `unheard`.
    """
    features, magnitudes, _ = zip(*(part.fitting_data(codec) for part in _samples(codec, sounds)), strict=True)
    latents = [codec.quantize(codec.latent(one[None])).latent[0] for one in features]
    truths = [codec.unblocked(one.float()) for one in magnitudes]
    unheard_latents = [codec.latent(part.features(codec)[None]) for part in _samples(codec, unheard)]
    missed = torch.cat([(one - codec.quantize(one).latent)[0] for one in unheard_latents])
    error = missed.square().sum(-1).mean().sqrt()
    codec.texture.fit(codec.log_magnitudes, latents, truths, float(error))


@torch.no_grad()
def fit_transients(codec: Codec, unheard: Sequence[Sound]) -> None:
    """Measure the level that held-out sounds lose in the codec in its present state, noise included."""
    decoded, truths = [], []
    for part in _samples(codec, unheard):
        features, magnitudes, _ = part.fitting_data(codec)
        latent = codec.quantize(codec.latent(features[None])).latent[0]
        levels = codec.log_magnitudes(codec.texture.smooth(latent)[None])[0]
        decoded.append(levels + codec.texture(levels, latent, part.first))
        truths.append(codec.unblocked(magnitudes.float()))
    codec.attacks.fit(decoded, truths)


def _samples(codec: Codec, sounds: Sequence[Sound]) -> list[FrameRange]:
    """Return short parts of the sounds, about TEXTURE_FRAMES frames in all."""
    seconds = NOISE_FRAMES * codec.config.hop / codec.audio.sample_rate
    return spread_ranges(codec, sounds, seconds, NOISE_RANGE)
