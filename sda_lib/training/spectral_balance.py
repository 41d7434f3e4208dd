"""Correct what decoding itself takes from the mean spectrum.

The decoder predicts the median of log-magnitudes, bin by bin. Noise, restored attacks and spectra that no signal has
exactly (phases are estimated) make the decoded signal louder or softer than that, in some bands more than in others.
The difference is measured on decoded training sounds and added to the constant row of the ridge regression.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codec import Codec, to_half_precision
from sda_lib.codec.stft import mid_side, modulus
from sda_lib.training.encoding import Encoded, encode_sounds
from sda_lib.training.segments import CorpusSound

# How many training sounds are decoded, spread over all of them, and how much of the beginning of each.
SOUNDS, SECONDS = 15, 2.0
# Largest correction of a band, log10 of amplitude (6 dB).
MOST = 0.3


@torch.no_grad()
def balance_spectrum(codec: Codec, sounds: Sequence[CorpusSound]) -> None:
    """Shift the codec's mean spectrum so that the median band of decoded sounds is as loud as that of the sounds.

    The bands are those of the encoder's input. A second call changes next to nothing.
    """
    some = [one.part(0, round(SECONDS * one.sample_rate)) for one in sounds[:: -(-len(sounds) // SOUNDS)]]
    lost = torch.cat(list(_lost(codec, encode_sounds(codec, some))), -1)
    offset = over_bins(lost.median(-1).values.clamp(-MOST, MOST), codec.spectral.mel)
    constant = codec.ridge[-1].unflatten(0, (*offset.shape, codec.ratio))
    codec.ridge[-1] = to_half_precision(constant + offset[..., None]).flatten()


def _lost(codec: Codec, encoded: Sequence[Encoded]) -> Iterator[Tensor]:
    """Yield by how much log10 mel bands of sounds exceed those of the decoded sounds [channel, band, spectrum]."""
    for one in encoded:
        yield _bands(codec, one.sound.clip) - _bands(codec, one.decoded(codec))


def _bands(codec: Codec, clip: AudioClip) -> Tensor:
    """Return the log10 mel bands of a clip [channel, band, spectrum], mid and side where the codec is stereo."""
    samples = mid_side(torch.tensor(clip.samples)).to(codec.mean.device)
    return codec.spectral.log_mel(
        modulus(codec.spectral.stft(F.pad(samples, (0, -samples.shape[-1] % codec.config.hop))))
    )


def over_bins(bands: Tensor, filters: Tensor) -> Tensor:
    """Return values of bands [..., band] at every bin [..., bin].

    The mean of the bands that the bin is part of, by the filters [band, bin]; zero at bins in no band.
    """
    return bands @ (filters / filters.sum(0).clamp_min(1e-9))
