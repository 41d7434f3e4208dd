"""Fit a codec to a corpus in closed form, in a few seconds, before any gradient step."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from sda_lib.codec.codec import Codec
from sda_lib.codec.rvq import FEWEST_POINTS
from sda_lib.training.encoding import (
    Encoded,
    FrameRange,
    covers,
    framed_seconds,
    latent_of,
    split_by_sound,
    spread_ranges,
    weighted_ranges,
)
from sda_lib.training.segments import FEWEST_FOR_SPLIT_BY_FILE, CorpusSound
from sda_lib.training.streamed_fit import fit_decoder, fit_encoder

# Seconds of sound that the closed form is fitted to all at once; more of it is streamed, up to STREAMED_SECONDS.
FITTED_SECONDS = 600.0
STREAMED_SECONDS = 1800.0
# Seconds of the training sounds within which every code must be used.
REVIVED_SECONDS = 300.0
# Code frames that the noise is measured on, and how many of them are consecutive.
NOISE_FRAMES, NOISE_RANGE = 400, 12


@torch.no_grad()
def fit_codec(
    codec: Codec,
    sounds: Sequence[CorpusSound],
    seed: int = 0,
    copies: Sequence[CorpusSound] = (),
    fewest: int = FEWEST_POINTS,
) -> list[Encoded]:
    """Fit PCA, codebooks and ridge regression to sounds, and to copies of them, and return the encoded sounds.

    If the sounds are longer than FITTED_SECONDS, they are streamed (`_fit_streamed`). Otherwise all of them are used,
    as often as they weigh, and copies, at most FITTED_SECONDS of either. If the sounds differ in weight, the sounds
    returned are those of `revive_codes`. Where there are fewer than `fewest` frames to learn from, frames that begin
    between those of the grid are used as well.
    """
    if framed_seconds(codec, sounds) > FITTED_SECONDS:
        return _fit_streamed(codec, sounds, seed, copies)
    own = weighted_ranges(codec, sounds, FITTED_SECONDS)
    kept = own + weighted_ranges(codec, copies, FITTED_SECONDS)
    extra = math.ceil(fewest / _frames(kept)) - 1 if codec.bottleneck.discrete else 0
    features, magnitudes, between = zip(*(part.fitting_data(codec, extra) for part in kept), strict=True)
    truths = (one.float() for one in magnitudes)
    fitted = codec.fit_linear(features, truths, seed, between, recording_numbers(kept), len(own))
    if not covers(own, codec, sounds):
        return revive_codes(codec, sounds)
    return split_by_sound(codec, sounds, *fitted)


def _fit_streamed(
    codec: Codec, sounds: Sequence[CorpusSound], seed: int, copies: Sequence[CorpusSound]
) -> list[Encoded]:
    """Fit a codec to at most STREAMED_SECONDS of sounds, and as many of copies, spread over them by their weights.

    Memory does not grow with them. Returns the encoded sounds of `revive_codes`.
    """
    parts = [part for some in (sounds, copies) for part in weighted_ranges(codec, some, STREAMED_SECONDS)]
    fit_encoder(codec, parts, recording_numbers(parts), seed)
    encoded = revive_codes(codec, sounds)
    fit_decoder(codec, parts)
    return encoded


def _frames(parts: Sequence[FrameRange]) -> int:
    return sum(part.end - part.first for part in parts)


@torch.no_grad()
def revive_codes(codec: Codec, sounds: Sequence[CorpusSound]) -> list[Encoded]:
    """Move every unused code just far enough towards a frame of the sounds that this frame uses it.

    Returns the encoded sounds. At most REVIVED_SECONDS are used; longer corpora are sampled in ranges of their sounds.
    """
    if sum(sound.seconds for sound in sounds) > REVIVED_SECONDS:
        sounds = [part.cut(codec) for part in spread_ranges(codec, sounds, REVIVED_SECONDS)]
    latent = torch.cat([latent_of(codec, sound) for sound in sounds])
    return split_by_sound(codec, sounds, latent, codec.reassign_dead(latent)[1])


def recording_numbers(parts: Sequence[FrameRange]) -> list[int]:
    """Return the number of each part's recording; a copy has that of the recording of its name.

    Empty with fewer than FEWEST_FOR_SPLIT_BY_FILE recordings, which are too few for one of them to resemble the others.
    """
    numbers: dict[str, int] = {}
    found = [numbers.setdefault(part.sound.name, len(numbers)) for part in parts]
    return found if len(numbers) >= FEWEST_FOR_SPLIT_BY_FILE else []


@torch.no_grad()
def fit_noise(codec: Codec, sounds: Sequence[CorpusSound], held_out: Sequence[CorpusSound]) -> None:
    """Fit the codec's noise model to sounds, given the codec in its present state.

    The quantization error is measured on the held-out sounds.
    """
    _, _, quantized, truths = zip(*_noise_samples(codec, sounds), strict=True)
    errors = torch.cat([latent - quantized for _, latent, quantized, _ in _noise_samples(codec, held_out)])
    error = errors.square().sum(-1).mean().sqrt()
    codec.texture.fit(codec.log_magnitudes, quantized, truths, float(error))


@torch.no_grad()
def fit_transients(codec: Codec, held_out: Sequence[CorpusSound]) -> None:
    """Measure the level that held-out sounds lose in the codec in its present state, noise included."""
    decoded, truths = [], []
    for part, _, quantized, truth in _noise_samples(codec, held_out):
        smooth = codec.log_magnitudes(codec.texture.smooth(quantized)[None])[0]
        decoded.append(smooth + codec.texture(smooth, quantized, part.first))
        truths.append(truth)
    codec.attacks.fit(decoded, truths)


def _noise_samples(codec: Codec, sounds: Sequence[CorpusSound]) -> Iterator[tuple[FrameRange, Tensor, Tensor, Tensor]]:
    """Yield short ranges of the sounds, about NOISE_FRAMES frames in all.

    With each come its latents and quantized latents [frame, dim], and its true log-magnitudes [channel, bin, k].
    """
    seconds = NOISE_FRAMES * codec.config.hop / codec.audio.sample_rate
    for part in spread_ranges(codec, sounds, seconds, NOISE_RANGE):
        features, magnitudes, _ = part.fitting_data(codec)
        latent = codec.latent(features[None])
        yield part, latent[0], codec.quantize(latent).latent[0], codec.unblocked(magnitudes.float())
