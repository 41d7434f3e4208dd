"""Fit a codec to hours of sound: passes over a stream of frames, in memory that does not grow with its length.

The first pass sums the moments of the encoder's input, whose axes are the exact principal components, and keeps a
random sample of the frames, which the codebooks are fitted to. The second one sums the ridge regression from codes to
magnitudes. Ranges of sounds are turned into spectra when they are needed, and not kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from sda_lib.codec.clustering import Reservoir
from sda_lib.codec.codec import Codec, to_half_precision, with_context
from sda_lib.codec.linear_fit import BLOCK_FRAMES, Moments, RidgeSums, principal_axes
from sda_lib.codec.rvq import FITTING_BEAM, MOST_POINTS
from sda_lib.training.encoding import FrameRange


@torch.no_grad()
def fit_encoder(codec: Codec, parts: Sequence[FrameRange], numbers: Sequence[int], seed: int = 0) -> None:
    """Fit mean, principal components and codebooks to ranges of sounds, in one pass.

    `numbers` are those of the ranges' recordings, or none where these are too few. The codebooks are fitted to
    MOST_POINTS frames, drawn at random by the seed.
    """
    moments, sample = Moments(), Reservoir(MOST_POINTS, seed)
    for place, part in enumerate(parts):
        features = part.features(codec)
        recording, half = _marks(moments.count, len(features), numbers[place] if numbers else None)
        moments.add(features)
        sample.add(features, recording, half)
    codec.mean.copy_(moments.mean)
    codec.components.copy_(to_half_precision(principal_axes(moments.covariance, codec.config.latent_dim)))
    features, recording, half = sample.columns
    latent, device = (features - codec.mean) @ codec.components, codec.mean.device
    codec.bottleneck.fit(latent, seed, None, recording.to(device) if numbers else None, half.to(device))


def _marks(before: int, frames: int, number: int | None) -> tuple[Tensor, Tensor]:
    """Return the recording's number of every frame of a range, and which frames are of the second half, both [frame].

    Every second recording is; without a `number`, every second block of BLOCK_FRAMES, counted from the `before` frames
    of earlier ranges.
    """
    if number is None:
        return torch.zeros(frames, dtype=torch.int64), (before + torch.arange(frames)) // BLOCK_FRAMES % 2 == 1
    return torch.full((frames,), number), torch.full((frames,), number % 2 == 1)


@torch.no_grad()
def fit_decoder(codec: Codec, parts: Sequence[FrameRange]) -> None:
    """Fit the ridge regression of a codec with encoder and codebooks to ranges of sounds, in one pass."""
    sums = RidgeSums()
    codec.loudest.fill_(-torch.inf)
    for part in parts:
        features, blocks, _ = part.fitting_data(codec)
        quantized = codec.quantize(codec.latent(features[None]), FITTING_BEAM).latent
        codec.raise_loudest(blocks.float())
        sums.add(with_context(quantized)[0], blocks.float())
    codec.ridge.copy_(to_half_precision(sums.weights()))
