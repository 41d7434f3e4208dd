"""Interpolate two sounds: their latents are mixed frame by frame and quantized."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.codec.codes import Codes
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel


@torch.no_grad()
def interpolated(model: SdaModel, one: Codes, other: Codes, share: float) -> Codes:
    """Return codes whose sound is `share` 0..1 of the way between two sounds: 0 is `one` itself, 1 is `other`.

    Latents represent log-magnitudes, so partials that only one sound has are quieter in between, and so is the sound.
    Raises SdaError for another share, for codes of another model, and for a continuous model.
    """
    latent = between(model, one, other, share)
    if share in (0, 1):
        return other if share else one
    frames = len(latent)
    samples = round(one.samples + share * (other.samples - one.samples))
    return Codes(
        model.codec.quantize(latent[None]).indices[0].cpu().numpy(),
        one.codebook_size,
        one.hop,
        one.sample_rate,
        min(max(samples, (frames - 1) * one.hop + 1), frames * one.hop),
    )


@torch.no_grad()
def between(model: SdaModel, one: Codes, other: Codes, share: float) -> Tensor:
    """Return the mixed latents [frame, dim], for `SdaModel.synth`. Their number of frames, at least 1, is interpolated
    between both lengths. Raises SdaError as `interpolated` does."""
    checked_share(share)
    latents = model.embed(one), model.embed(other)
    frames = max(1, round(one.frames + share * (other.frames - one.frames)))
    return torch.lerp(*(stretched(latent, frames) for latent in latents), float(share))


def stretched(latent: Tensor, frames: int) -> Tensor:
    """Resample latents [frame, dim] to `frames` frames linearly in time; the first and the last are kept."""
    if len(latent) == frames:
        return latent
    return F.interpolate(latent.T[None], size=frames, mode="linear", align_corners=True)[0].T


def checked_share(share: float) -> float:
    """Return the share. Raises SdaError unless it is in 0..1."""
    if not 0 <= share <= 1:
        raise SdaError(f"The share goes from 0 (the first alone) to 1 (the second alone), not {share:g}.")
    return share
