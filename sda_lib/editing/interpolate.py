"""Interpolate between two sounds: mix their latents frame by frame, and quantize the mixture."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from sda_lib.codec.codes import Codes
from sda_lib.codec.placement import mixed_placement
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel


@torch.no_grad()
def interpolated(model: SdaModel, one: Codes, other: Codes, share: float) -> Codes:
    """Return codes between two sounds.

    Latents represent log-magnitudes, so partials of only one sound are quieter in between, and so is the whole.

    Args:
        model: the model of both sounds.
        one: codes of the first sound.
        other: codes of the second sound.
        share: weight of `other`, 0 (`one` itself) to 1 (`other` itself).

    Raises SdaError for another share, for codes of another model, and for a continuous model.

    Example:
        >>> rain = model.encode(corpus["rain"])
        >>> between = sda_lib.interpolated(model, codes, rain, 0.5)
        >>> min(codes.frames, rain.frames) <= between.frames <= max(codes.frames, rain.frames)
        True
    """
    latent = mixed_latents(model, one, other, share)
    if share in (0, 1):
        return other if share else one
    end = len(latent) * one.hop
    lead, length = (
        round(first + share * (second - first))
        for first, second in ((one.lead, other.lead), (one.natural_length, other.natural_length))
    )
    length = min(max(length, end - one.hop + 1 - lead, 1), end - lead)
    indices = model.codec.quantize(latent[None]).indices[0].cpu().numpy()
    placement = {"lead": lead, **mixed_placement(one, other, share)}
    return Codes(indices, one.codebook_size, one.hop, one.sample_rate, length, **placement)


@torch.no_grad()
def mixed_latents(model: SdaModel, one: Codes, other: Codes, share: float) -> Tensor:
    """Return the mixed latents [frame, dim], for `SdaModel.synth`; their number of frames is interpolated too.

    Raises SdaError as `interpolated` does.
    """
    checked_share(share)
    frames = max(1, round(one.frames + share * (other.frames - one.frames)))
    first, second = (resample_latents(model.embed(codes), frames) for codes in (one, other))
    return torch.lerp(first, second, float(share))


def resample_latents(latent: Tensor, frames: int) -> Tensor:
    """Resample latents [frame, dim] to `frames` frames, linearly in time; the first and the last one are kept."""
    if len(latent) == frames:
        return latent
    return F.interpolate(latent.T[None], size=frames, mode="linear", align_corners=True)[0].T


def checked_share(share: float) -> float:
    """Return the share. Raises SdaError unless it is in 0..1."""
    if not 0 <= share <= 1:
        raise SdaError(f"The share must be from 0 (the first sound alone) to 1 (the second alone), not {share:g}.")
    return share
