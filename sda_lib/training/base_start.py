"""Start a codec from a base, and fit the corpus' own ridge regression on what the base leaves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from sda_lib.base.base import Base
from sda_lib.codec.codec import Codec, to_half_precision, with_context
from sda_lib.codec.rvq import FITTING_BEAM, ResidualVQ
from sda_lib.training.closed_form import FITTED_SECONDS, revive_codes
from sda_lib.training.encoding import Encoded, covers, split_by_sound, weighted_ranges
from sda_lib.training.segments import CorpusSound

# Weight of the base's Gram matrix relative to the corpus' own: how much the base's decoder resists (docs/DECISIONS.md).
PRIOR = 1.0
# Most recordings whose ridge is fitted once more after training (`refit_own_ridge`).
FEW = 25
# Least penalty of the correction relative to the mean power of its inputs.
LEAST = 1e-3


@torch.no_grad()
def fit_from_base(codec: Codec, base: Base, sounds: Sequence[CorpusSound], own_ridge: bool = True) -> list[Encoded]:
    """Fill a codec with a base and return the encoded sounds.

    With `own_ridge`, a ridge regression from the codes to what the base leaves is added to the base's own.
    """
    base.fill(codec)
    parts = weighted_ranges(codec, sounds, FITTED_SECONDS)
    features, magnitudes, _ = zip(*(part.fitting_data(codec) for part in parts), strict=True)
    latents = [codec.latent(one[None])[0] for one in features]
    latent = torch.cat(latents)
    if isinstance(codec.bottleneck, ResidualVQ):
        codec.bottleneck.start_tracking(latent)
    codec.measure_loudest(one.float() for one in magnitudes)
    table = codec.quantize(latent[None]).indices[0]
    if own_ridge:
        quantized = codec.quantize(latent[None], FITTING_BEAM).latent[0].split([len(one) for one in latents])
        correct_ridge(codec, base.gram, zip(quantized, magnitudes, strict=True))
    if not covers(parts, codec, sounds):
        return revive_codes(codec, sounds)  # moves none of the base's codes
    return split_by_sound(codec, sounds, latent, table)


@torch.no_grad()
def refit_own_ridge(codec: Codec, base: Base, sounds: Sequence[CorpusSound]) -> None:
    """Fit the ridge of a codec that started from a base once more, to what it leaves of sounds after training."""
    data = (part.fitting_data(codec) for part in weighted_ranges(codec, sounds, FITTED_SECONDS))
    latents = ((codec.latent(features[None]), magnitudes) for features, magnitudes, _ in data)
    quantized = ((codec.quantize(one, FITTING_BEAM).latent[0], magnitudes) for one, magnitudes in latents)
    correct_ridge(codec, base.gram, quantized)


def correct_ridge(codec: Codec, prior: Tensor, stretches: Iterable[tuple[Tensor, Tensor]]) -> None:
    """Add to a codec's ridge the regression of what it leaves of stretches.

    These are quantized latents [frame, dim] with log-magnitude blocks [frame, channel * bin * ratio]; `prior` is a
    base's Gram matrix [input, input]: where the stretches say little, the codec stays as it is.
    """
    gram, products = torch.zeros(()).double(), torch.zeros(()).double()
    for latent, magnitudes in stretches:
        left = magnitudes.float() - codec.blocks(codec.log_magnitudes(latent[None])[0])
        inputs = with_context(latent[None])[0]
        exact = inputs.cpu().double()
        gram, products = gram + exact.T @ exact, products + (inputs.T @ left).cpu().double()
    count = gram[-1, -1]  # the last input is one everywhere
    penalty = torch.eye(len(gram)).double() * LEAST * gram.diagonal().mean()
    change = torch.linalg.solve(gram + PRIOR * count * prior.cpu().double() + penalty, products).float()
    codec.ridge.copy_(to_half_precision(codec.ridge + change.to(codec.ridge)))
